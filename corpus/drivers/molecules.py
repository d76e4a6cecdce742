"""Chemistry with RDKit's functions: SMILES in, counts and texts out; objects, strings, vectors and a map."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    lines: list[object] = []
    with module.map_string_string() as replacements:
        for smiles in args:
            with module.SmilesToMol(smiles, 0, True, replacements, True, False, False) as molecule:
                lines += [
                    f"> {smiles}",
                    module.getNumAtoms(molecule, True),
                    module.getNumBonds(molecule, True),
                    module.getNumHeavyAtoms(molecule),
                    module.MolToSmiles(molecule, True, False, -1, True, False, False),
                    module.MolToSmarts(molecule, False),
                    len(module.pickleMol(molecule)),
                ]
                with module.molFromPickle(module.pickleMol(molecule)) as again:
                    lines.append(module.MolToMolBlock(again, True, -1, True, False))
                module.addHs(molecule, False, False)
                lines.append(module.getNumAtoms(molecule, False))
                lines.append(module.EmbedMolecule(molecule, 0, 42, True, False, False, 2.0))
                with module.MMFFOptimizeMolecule(molecule, 50, "MMFF94", 100.0, -1, True) as energies:
                    lines.append(list(energies))
    return "".join(f"{shown(line)}\n" for line in lines)
