"""Load a grammar, which is a side module, into tree-sitter's runtime, and return the tree of each script as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import integer, string

INPUT_SIZE = 10 * 1024
"""Bytes of the buffer that the runtime takes text from."""


class _Source:
    """The text that is being parsed: what the JavaScript has in a global variable."""

    text: bytes
    """In UTF-16."""

    def read(self, memory: Memory, buffer: int, index: int, row: int, column: int, size: int) -> None:
        """Put the text from character `index` on into the guest's buffer, and its length in characters to `size`."""
        piece = self.text[2 * index : 2 * index + INPUT_SIZE]
        memory.write(buffer, piece)
        memory.store_32(size, len(piece) // 2)


_source = _Source()


def imports(told: list[str]) -> Mapping[str, Callable[..., float | None]]:
    """What the JavaScript library of tree-sitter provides: the text to parse; it is not asked to log."""
    return {"env._tree_sitter_parse_callback": _source.read, "env._tree_sitter_log_callback": lambda *_: None}


def run(module: Module, args: Sequence[str]) -> str:
    grammar, *scripts = args
    library = module.load_library(grammar)
    functions = [name for name in library if name.startswith("_tree_sitter_") and "_external_scanner_" not in name]
    get_language = library[functions[0]]
    assert callable(get_language)
    language = get_language()
    assert isinstance(language, int)
    transfer = integer(module, "_ts_init")
    module.call("_ts_parser_new_wasm")
    parser, buffer = module.memory.load_u32(transfer), module.memory.load_u32(transfer + 4)
    module.call("_ts_parser_set_language", parser, language)
    lines = [f"version {integer(module, '_ts_language_version', language)}"]
    for script in scripts:
        _source.text = script.encode("utf-16-le")
        tree = integer(module, "_ts_parser_parse_wasm", parser, buffer, 0, 0, 0)
        module.call("_ts_tree_root_node_wasm", tree)
        lines += [f"> {script}", string(module, integer(module, "_ts_node_to_string_wasm", tree))]
    return "\n".join([*lines, ""])
