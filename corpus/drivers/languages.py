"""Name the languages of texts: arguments are the least and the most bytes to look at, how many languages, the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat import Module
from corpus.drivers import allocate, integer, string, text

LANGUAGE, PROBABILITY, RELIABLE, PROPORTION, SPANS, SPAN_LIST = 0, 4, 8, 12, 16, 20
"""Offsets of the fields of a result. A span is its first and last byte, and a probability."""


def run(module: Module, args: Sequence[str]) -> str:
    least, most, count = map(int, args[:3])
    detector = integer(module, "_Cld_create", least, most)
    names = ("_get_MinNumBytesDefault", "_get_MaxNumBytesDefault", "_get_MaxNumBytesInput")
    lines = [" ".join(str(integer(module, name)) for name in names)]
    for words in args[3:]:
        lines += [f"> {words}", *_ask(module, detector, words, count)]
    module.call("_Cld_destroy", detector)
    return "\n".join([*lines, ""])


def _ask(module: Module, detector: int, words: str, count: int) -> Iterator[str]:
    size = integer(module, "_get_SizeLanguageResult")
    results = [allocate(module, bytes(size)) for _ in range(count)]
    if count == 1:
        module.call("_Cld_findLanguage", detector, text(module, words), results[0])
    else:
        pointers = allocate(module, b"".join(result.to_bytes(4, "little") for result in results))
        yield str(integer(module, "_Cld_findTopNMostFreqLangs", detector, text(module, words), count, pointers))
    for result in results:
        yield _result(module, result)


def _result(module: Module, result: int) -> str:
    memory = module.memory
    spans = memory.load_u32(result + SPAN_LIST)
    pointers = [memory.load_u32(spans + 4 * index) for index in range(memory.load_u32(result + SPANS))]
    ranges = [f"{memory.load_i32(span)}-{memory.load_i32(span + 4)}" for span in pointers]
    language = string(module, memory.load_u32(result + LANGUAGE))
    numbers = f"{memory.load_f32(result + PROBABILITY):.6f} {memory.load_f32(result + PROPORTION):.6f}"
    return " ".join([language, numbers, str(memory.load_u8(result + RELIABLE)), *ranges])
