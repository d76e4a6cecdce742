"""A shell script parsed, by a grammar that is loaded beside the parser:

python tree_sitter.py tree-sitter.wasm tree-sitter-bash.wasm
"""

import sys

import compat

SCRIPT = 'for f in *.txt; do\n  echo "größer: $f" | wc -c >> out 2>&1\ndone'
PIECE = 10 * 1024  # bytes of the buffer in which the parser is given text


def give_text(memory, buffer, index, row, column, size):
    """What the library's JavaScript gave it: UTF-16 from a character on, and the number of characters."""
    piece = SCRIPT.encode("utf-16-le")[2 * index :][:PIECE]
    memory.write(buffer, piece)
    memory.store_32(size, len(piece) // 2)


imports = {"env._tree_sitter_parse_callback": give_text, "env._tree_sitter_log_callback": lambda memory, *log: None}

with compat.load(sys.argv[1], imports=imports) as library:
    transfer = library.c.ts_init()  # where structures are passed
    node_to_string = library.function("ts_node_to_string_wasm", returns=str)
    symbol_name = library.function("ts_language_symbol_name", returns=str)

    language = library.load_library(sys.argv[2])["_tree_sitter_bash"]()
    library.c.ts_parser_new_wasm()
    parser, buffer = (library.memory.load_u32(transfer + offset) for offset in (0, 4))
    library.c.ts_parser_set_language(parser, language)
    tree = library.c.ts_parser_parse_wasm(parser, buffer, 0, 0, 0)

    library.c.ts_tree_root_node_wasm(tree)
    print(node_to_string(tree))
    library.c.ts_tree_root_node_wasm(tree)
    print(symbol_name(language, library.c.ts_node_symbol_wasm(tree)))
    library.c.ts_tree_root_node_wasm(tree)
    print(library.c.ts_node_child_count_wasm(tree), library.c.ts_language_version(language))
