"""Writes libraries with embind: guests in WebAssembly text that register types and functions as compiled code does.

A `Library` is filled by the methods that are named like embind's registrations. Functions are given as WebAssembly
text, with `(local.get 0)` the context that an invoker gets first. Memory from `HEAP` on is given out by a `malloc` that
counts: `balance()` is how many blocks are out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import compat
from compat.engine import default_engine

STATIC = 1024
HEAP = 1 << 20
_LETTERS = {"i": "i32", "f": "f32", "d": "f64"}

BASIC = {
    "char": (1, -128, 127),
    "signed char": (1, -128, 127),
    "unsigned char": (1, 0, 255),
    "short": (2, -32768, 32767),
    "unsigned short": (2, 0, 65535),
    "int": (4, -(1 << 31), (1 << 31) - 1),
    "unsigned int": (4, 0, -1),
}
VIEWS = ("int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "float", "double")


class Library:
    """A guest that is being written. Types are named; a name stands for the address of a `type_info`."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._texts: dict[bytes, int] = {}
        self._types: dict[str, int] = {}
        self._functions: list[tuple[str, str]] = []
        self._imports: dict[str, str] = {}
        self._calls: list[str] = []
        self.extra = ""
        """Further fields of the module."""

    # --- what registrations are made of

    def block(self, data: bytes) -> int:
        """The address of static data."""
        self._data += bytes(-len(self._data) % 4)
        address = STATIC + len(self._data)
        self._data += data
        return address

    def text(self, text: str | bytes) -> int:
        data = (text.encode("latin-1") if isinstance(text, str) else text) + b"\0"
        if data not in self._texts:
            self._texts[data] = self.block(data)
        return self._texts[data]

    def type(self, name: str) -> int:
        """The id of a type: a `type_info`, with its name."""
        if name not in self._types:
            self._types[name] = self.block(struct.pack("<II", 0, self.text(name)))
        return self._types[name]

    def types(self, *names: str) -> int:
        return self.block(b"".join(struct.pack("<I", self.type(name)) for name in names))

    def pointer(self, signature: str, body: str) -> tuple[int, int]:
        """A function as its signature and pointer; its parameters are `$0`, `$1`, … too."""
        self._functions.append((signature, body))
        return self.text(signature), len(self._functions)

    @property
    def imports(self) -> set[str]:
        """The functions that it imports."""
        return set(self._imports)

    def imported(self, name: str, signature: str) -> str:
        """The WebAssembly name of an import, declared on demand."""
        self._imports[name] = signature
        return f"${name}"

    def call(self, name: str, *arguments: int | float) -> None:
        """Let the constructor of the library call a registration."""
        values = "".join(f"(f64.const {a})" if isinstance(a, float) else f"(i32.const {a})" for a in arguments)
        letters = "".join("d" if isinstance(a, float) else "i" for a in arguments)
        self._calls.append(f"(call {self.imported(name, f'v{letters}')} {values})")

    # --- registrations

    def basics(self) -> None:
        """What every library registers first."""
        self.call("__embind_register_void", self.type("void"), self.text("void"))
        self.call("__embind_register_bool", self.type("bool"), self.text("bool"), 1, 1, 0)
        for name, (size, low, high) in BASIC.items():
            self.call("__embind_register_integer", self.type(name), self.text(name), size, low, high)
        for name, size in {"float": 4, "double": 8}.items():
            self.call("__embind_register_float", self.type(name), self.text(name), size)
        self.call("__embind_register_std_string", self.type("std::string"), self.text("std::string"))
        self.call("__embind_register_std_wstring", self.type("std::wstring"), 4, self.text("std::wstring"))
        self.call("__embind_register_std_wstring", self.type("std::u16string"), 2, self.text("std::u16string"))
        self.call("__embind_register_emval", self.type("val"), self.text("emscripten::val"))
        for number, name in enumerate(VIEWS):
            view = f"memory_view<{name}>"
            self.call("__embind_register_memory_view", self.type(view), number, self.text(view))

    def function(
        self, name: str, result: str, arguments: Sequence[str], signature: str, body: str, context: int = 0
    ) -> None:
        count = 1 + len(arguments)
        pointer = self.pointer(signature, body)
        self.call(
            "__embind_register_function", self.text(name), count, self.types(result, *arguments), *pointer, context
        )

    def class_(self, name: str, base: str = "", *, actual: str = "", up: int = 0, size: int = 4) -> None:
        """A class; as one of its base, its object starts `up` bytes further on."""
        actual = actual or f"(i32.const {self.type(name)})"
        cast = (self.pointer("ii", f"(i32.add (local.get 0) (i32.const {up}))")) if base else (self.text("v"), 0)
        back = (self.pointer("ii", f"(i32.sub (local.get 0) (i32.const {up}))")) if base else (self.text("v"), 0)
        self.call(
            "__embind_register_class",
            *(self.type(name), self.type(f"{name}*"), self.type(f"{name} const*"), self.type(base) if base else 0),
            *self.pointer("ii", actual),
            *cast,
            *back,
            self.text(name),
            *self.pointer("vi", "(call $destroyed) (call $free (local.get 0))"),
        )

    def constructor(self, name: str, arguments: Sequence[str], signature: str, body: str, result: str = "") -> None:
        types = self.types(result or f"{name}*", *arguments)
        pointer = self.pointer(signature, body)
        self.call("__embind_register_class_constructor", self.type(name), 1 + len(arguments), types, *pointer, 0)

    def method(
        self,
        owner: str,
        name: str,
        result: str,
        arguments: Sequence[str],
        signature: str,
        body: str,
        *,
        this: str = "",
        pure: int = 0,
    ) -> None:
        types = self.types(result, this or f"{owner}*", *arguments)
        pointer = self.pointer(signature, body)
        self.call(
            "__embind_register_class_function",
            *(self.type(owner), self.text(name), 2 + len(arguments), types, *pointer, 0, pure),
        )

    def static_method(
        self, owner: str, name: str, result: str, arguments: Sequence[str], signature: str, body: str
    ) -> None:
        types = self.types(result, *arguments)
        pointer = self.pointer(signature, body)
        self.call(
            "__embind_register_class_class_function",
            *(self.type(owner), self.text(name), 1 + len(arguments), types, *pointer, 0),
        )

    def property(self, owner: str, name: str, type: str, letter: str, getter: str, setter: str = "") -> None:
        get = self.pointer(f"{letter}ii", getter)
        put = (self.type(type), *self.pointer(f"vii{letter}", setter), 0) if setter else (0, 0, 0, 0)
        self.call(
            "__embind_register_class_property",
            *(self.type(owner), self.text(name), self.type(type), *get, 0, *put),
        )

    def static_property(self, owner: str, name: str, type: str, address: int, *, writable: bool = True) -> None:
        get = self.pointer("ii", "(i32.load (local.get 0))")
        put = self.pointer("vii", "(i32.store (local.get 0) (local.get 1))") if writable else (0, 0)
        self.call(
            "__embind_register_class_class_property",
            *(self.type(owner), self.text(name), self.type(type), address, *get, *put),
        )

    def smart_pointer(self, name: str, pointee: str, policy: int) -> None:
        """A block of two words: the object, and, shared by copies of the pointer, nothing more."""
        self.call(
            "__embind_register_smart_ptr",
            *(self.type(name), self.type(pointee), self.text(name), policy),
            *self.pointer("ii", "(i32.load (local.get 0))"),
            *self.pointer("i", "(call $malloc (i32.const 8))"),
            *self.pointer("iii", "(call $shared (local.get 0) (local.get 1))"),
            *self.pointer("vi", "(call $released (local.get 0))"),
        )

    def struct(self, name: str, fields: Sequence[tuple[str, str, str]], *, named: bool = True) -> None:
        """A struct of words; each field has a name, a type, and the letter of its wire form."""
        kind = "object" if named else "array"
        self.call(
            f"__embind_register_value_{kind}",
            *(self.type(name), self.text(name)),
            *self.pointer("i", f"(call $malloc (i32.const {4 * len(fields)}))"),
            *self.pointer("vi", "(call $free (local.get 0))"),
        )
        for place, (field, type, letter) in enumerate(fields):
            own = _LETTERS[letter]
            get = self.pointer(f"{letter}ii", f"({own}.load offset={4 * place} (local.get 1))")
            put = self.pointer(f"vii{letter}", f"({own}.store offset={4 * place} (local.get 1) (local.get 2))")
            parts = (self.type(type), *get, 0, self.type(type), *put, 0)
            if named:
                self.call("__embind_register_value_object_field", self.type(name), self.text(field), *parts)
            else:
                self.call("__embind_register_value_array_element", self.type(name), *parts)
        self.call(f"__embind_finalize_value_{kind}", self.type(name))

    def enumeration(self, name: str, members: Sequence[tuple[str, int]], *, size: int = 4, signed: int = 1) -> None:
        self.call("__embind_register_enum", self.type(name), self.text(name), size, signed)
        for member, value in members:
            self.call("__embind_register_enum_value", self.type(name), self.text(member), value)

    def constant(self, name: str, type: str, value: float) -> None:
        self.call("__embind_register_constant", self.text(name), self.type(type), value)

    # --- the module

    def module(self) -> str:
        """The whole as WebAssembly text."""
        imports = "".join(
            f'(import "env" "{name}" (func ${name} {_type(signature)}))' for name, signature in self._imports.items()
        )
        data = "".join(f"\\{byte:02x}" for byte in self._data)
        functions = "".join(
            f"(func $f{place} {_type(signature)} {body})" for place, (signature, body) in enumerate(self._functions, 1)
        )
        callers = "".join(_caller(signature) for signature in sorted({signature for signature, _ in self._functions}))
        elements = " ".join(f"$f{place}" for place in range(1, len(self._functions) + 1))
        return f"""(module
  {imports}
  (import "env" "memory" (memory 256 256))
  (table {len(self._functions) + 1} funcref)
  (elem (i32.const 1) {elements})
  (global (mut i32) (i32.const 65536)) (global (mut i32) (i32.const 196608))
  (global $next (mut i32) (i32.const {HEAP})) (global $out (mut i32) (i32.const 0))
  (global $destroyed (mut i32) (i32.const 0))
  (data (i32.const {STATIC}) "{data}")
  (func $malloc (export "_malloc") (param i32) (result i32) (local i32)
    (global.set $out (i32.add (global.get $out) (i32.const 1)))
    (local.set 1 (global.get $next))
    (global.set $next (i32.and (i32.add (i32.add (local.get 1) (local.get 0)) (i32.const 15)) (i32.const -8)))
    (local.get 1))
  (func $free (export "_free") (param i32) (global.set $out (i32.sub (global.get $out) (i32.const 1))))
  (func (export "balance") (result i32) (global.get $out))
  (func $destroyed (global.set $destroyed (i32.add (global.get $destroyed) (i32.const 1))))
  (func (export "destroyed") (result i32) (global.get $destroyed))
  (func (export "___getTypeName") (param i32) (result i32) (local i32)
    (local.set 1 (call $malloc (i32.const 32)))
    (memory.copy (local.get 1) (i32.load offset=4 (local.get 0)) (i32.const 31))
    (local.get 1))
  (func (export "__GLOBAL__sub_I_bind_cpp") {"".join(self._calls)})
  {self.extra}
  {functions}
  {callers})"""


def _type(signature: str) -> str:
    params = "".join(f" (param {_LETTERS[letter]})" for letter in signature[1:])
    return params + (f" (result {_LETTERS[signature[0]]})" if signature[0] != "v" else "")


def _caller(signature: str) -> str:
    arguments = "".join(f"(local.get {place})" for place in range(1, len(signature)))
    types = _type(f"{signature[0]}i{signature[1:]}")
    return f'(func (export "dynCall_{signature}") {types} (call_indirect {_type(signature)} {arguments} (local.get 0)))'


@contextmanager
def loaded(library: Library, folder: Path, **options: object) -> Iterator[compat.Module]:
    """The library, ready for use."""
    path = folder / "library.wasm"
    path.write_bytes(default_engine().assemble(library.module()))
    with compat.load(path, abi="emscripten", **options) as module:  # type: ignore[arg-type]
        yield module
