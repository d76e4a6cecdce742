"""Molecules read, compared, changed and folded in space: python rdkit.py rdkit.wasm"""

import sys

import compat

CAFFEINE = ["CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"]
ASPIRIN = "CC(=O)OC1=CC=CC=C1C(=O)O"
ACETYL = "[CH3]C(=O)"
SEED = 42  # of the random numbers that a conformer starts from

with compat.load(sys.argv[1]) as rdkit, rdkit.map_string_string() as replacements:

    def parse(smiles):
        return rdkit.SmilesToMol(smiles, 0, True, replacements, True, False, False)

    def canonical(molecule):
        return rdkit.MolToSmiles(molecule, True, False, -1, True, False, False)

    for smiles in CAFFEINE:
        with parse(smiles) as molecule:
            print(canonical(molecule), rdkit.getNumHeavyAtoms(molecule), rdkit.getNumBonds(molecule, True))

    with parse(ASPIRIN) as aspirin, rdkit.SmartsToMol(ACETYL, 0, False, replacements) as acetyl:
        with rdkit.deleteSubstructs(aspirin, acetyl, False, False) as rest:
            print(canonical(aspirin), "without", rdkit.MolToSmarts(acetyl, False), "is", canonical(rest))

        rdkit.addHs(aspirin, False, False)
        print("conformer", rdkit.EmbedMolecule(aspirin, 0, SEED, True, False, False, 2.0))
        with rdkit.MMFFOptimizeMolecule(aspirin, 200, "MMFF94", 100.0, -1, True) as folded:
            more_needed, energy = folded
            print(f"{more_needed:.0f} {energy:.6f} kcal/mol")
        print(rdkit.MolToMolBlock(aspirin, True, -1, True, False).split("\n")[4])

    try:
        parse("CC(").delete()
    except compat.CppException as error:
        if error.type != "RDKit::SmilesParseException":
            raise
        print("CC( is no molecule")
