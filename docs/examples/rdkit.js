// What rdkit.py does, with the JavaScript beside the binary.
"use strict";

const CAFFEINE = ["CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"];
const ASPIRIN = "CC(=O)OC1=CC=CC=C1C(=O)O";
const ACETYL = "[CH3]C(=O)";
const SEED = 42;

const rdkit = require(process.argv[2]);
rdkit.load().then(() => {
  const replacements = new rdkit.map_string_string();
  const parse = (smiles) => rdkit.SmilesToMol(smiles, 0, true, replacements, true, false, false);
  const canonical = (molecule) => rdkit.MolToSmiles(molecule, true, false, -1, true, false, false);

  for (const smiles of CAFFEINE) {
    const molecule = parse(smiles);
    console.log(canonical(molecule), rdkit.getNumHeavyAtoms(molecule), rdkit.getNumBonds(molecule, true));
    molecule.delete();
  }

  const [aspirin, acetyl] = [parse(ASPIRIN), rdkit.SmartsToMol(ACETYL, 0, false, replacements)];
  const rest = rdkit.deleteSubstructs(aspirin, acetyl, false, false);
  console.log(canonical(aspirin), "without", rdkit.MolToSmarts(acetyl, false), "is", canonical(rest));

  rdkit.addHs(aspirin, false, false);
  console.log("conformer", rdkit.EmbedMolecule(aspirin, 0, SEED, true, false, false, 2));
  const folded = rdkit.MMFFOptimizeMolecule(aspirin, 200, "MMFF94", 100, -1, true);
  console.log(folded.get(0), `${folded.get(1).toFixed(6)} kcal/mol`);
  console.log(rdkit.MolToMolBlock(aspirin, true, -1, true, false).split("\n")[4]);
  for (const object of [aspirin, acetyl, rest, folded]) object.delete();

  try {
    parse("CC(").delete();
  } catch (error) {
    // All that JavaScript is told of an exception of C++ is its address, with a remark behind it.
    if (!(parseInt(error) > 0)) throw error;
    console.log("CC( is no molecule");
  }
  replacements.delete();
});
