"""Check spelling: arguments are the affix file, the dictionary, and commands, each a verb and its words.

`spell WORD`, `suggest WORD`, `add WORD`, `affix WORD MODEL` (add it, inflected as the model is), `remove WORD`,
`dictionary FILE` (add one).
"""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import allocate, integer, string, text

FUNCTIONS = {
    "spell": "_Hunspell_spell",
    "add": "_Hunspell_add",
    "affix": "_Hunspell_add_with_affix",
    "remove": "_Hunspell_remove",
    "dictionary": "_Hunspell_add_dic",
}


def run(module: Module, args: Sequence[str]) -> str:
    affixes, words, *commands = args
    speller = integer(module, "_Hunspell_create", text(module, affixes), text(module, words))
    lines = [f"{command}: {_obey(module, speller, *command.split(' '))}\n" for command in commands]
    module.call("_Hunspell_destroy", speller)
    module.call("_fflush", 0)
    return "".join(lines)


def _obey(module: Module, speller: int, verb: str, *words: str) -> str:
    if verb == "suggest":
        return " ".join(_suggestions(module, speller, *words))
    return str(integer(module, FUNCTIONS[verb], speller, *(text(module, word) for word in words)))


def _suggestions(module: Module, speller: int, word: str) -> list[str]:
    cell = allocate(module, bytes(4))
    count = integer(module, "_Hunspell_suggest", speller, cell, text(module, word))
    first = module.memory.load_u32(cell)
    found = [string(module, module.memory.load_u32(first + 4 * index)) for index in range(count)]
    module.call("_Hunspell_free_list", speller, cell, count)
    return found
