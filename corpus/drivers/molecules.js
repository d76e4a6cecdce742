"use strict";

const { shown } = require("./common.js");

exports.run = ({ exports: rdkit }, args) => {
  const lines = [];
  const replacements = new rdkit.map_string_string();
  for (const smiles of args) {
    const molecule = rdkit.SmilesToMol(smiles, 0, true, replacements, true, false, false);
    lines.push(
      `> ${smiles}`,
      rdkit.getNumAtoms(molecule, true),
      rdkit.getNumBonds(molecule, true),
      rdkit.getNumHeavyAtoms(molecule),
      rdkit.MolToSmiles(molecule, true, false, -1, true, false, false),
      rdkit.MolToSmarts(molecule, false),
      rdkit.pickleMol(molecule).length,
    );
    const again = rdkit.molFromPickle(rdkit.pickleMol(molecule));
    lines.push(rdkit.MolToMolBlock(again, true, -1, true, false));
    again.delete();
    rdkit.addHs(molecule, false, false);
    lines.push(rdkit.getNumAtoms(molecule, false));
    lines.push(rdkit.EmbedMolecule(molecule, 0, 42, true, false, false, 2));
    const energies = rdkit.MMFFOptimizeMolecule(molecule, 50, "MMFF94", 100, -1, true);
    lines.push(Array.from({ length: energies.size() }, (_, place) => energies.get(place)));
    energies.delete();
    molecule.delete();
  }
  replacements.delete();
  return lines.map((line) => `${shown(line)}\n`).join("");
};
