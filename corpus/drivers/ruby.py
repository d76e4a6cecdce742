"""Evaluate each argument in one Ruby VM, and show what it answered, or the exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import integer

OPTIONS = ("ruby", "--disable-gems", "-e_=0")

INIT = "ruby-init: func(args: list<string>) -> ()"
EVAL = "rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>"
ERROR = "rb-errinfo: func() -> handle<rb-abi-value>"
CLEAR = "rb-clear-errinfo: func() -> ()"
CALL = (
    "rb-funcallv-protect: func(recv: handle<rb-abi-value>, mid: u32, args: list<handle<rb-abi-value>>)"
    " -> tuple<handle<rb-abi-value>, s32>"
)
INTERN = "rb-intern: func(name: string) -> u32"
TEXT = "rstring-ptr: func(value: handle<rb-abi-value>) -> string"


def imports(told: list[str]) -> Mapping[str, Callable[..., float | None]]:
    """Handles are the host's to give: here, a handle is the object's own number."""

    def same(memory: Memory, value: int) -> int:
        return value

    return {f"canonical_abi.resource_{what}_rb-abi-value": same for what in ("new", "get")}


def run(module: Module, args: Sequence[str]) -> str:
    pairs = b"".join(_pair(*_text(module, option + "\0")) for option in OPTIONS)
    module.call(INIT, _put(module, pairs), len(OPTIONS))
    inspect = integer(module, INTERN, *_text(module, "inspect"))
    lines = []
    for code in args:
        value, state = _result(module, integer(module, EVAL, *_text(module, code)))
        if state:
            value = integer(module, ERROR)
            module.call(CLEAR)
        shown, _ = _result(module, integer(module, CALL, value, inspect, 0, 0))
        lines.append(f"> {code}\n{'! ' * bool(state)}{_string(module, shown)}\n")
    return "".join(lines)


def _put(module: Module, data: bytes) -> int:
    address = integer(module, "cabi_realloc", 0, 0, 4, len(data))
    module.memory.write(address, data)
    return address


def _text(module: Module, text: str) -> tuple[int, int]:
    data = text.encode()
    return _put(module, data), len(data)


def _pair(address: int, length: int) -> bytes:
    return address.to_bytes(4, "little") + length.to_bytes(4, "little")


def _result(module: Module, address: int) -> tuple[int, int]:
    return module.memory.load_u32(address), module.memory.load_i32(address + 4)


def _string(module: Module, value: int) -> str:
    address, length = _result(module, integer(module, TEXT, value))
    return module.memory.read(address, length).decode()
