"""Dynamic linking: side modules, which are loaded into a program's memory and table while it runs.

A library is placed at addresses that it imports as globals (`__memory_base`, `__table_base`). It finds functions of the
program and of libraries loaded before it by importing them; addresses of data through functions `g$NAME`, function
pointers through `fp$NAME$SIGNATURE`. Addresses that it exports count from its own base.

Behaviour: src/support.js (loadDynamicLibrary, loadWebAssemblyModule) and src/library.js (dlopen), 1.38.0 to 1.39.x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compat._typing import Any, NamedTuple, NoReturn
from compat.abi.guest import Value
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.errors import MissingImport, Unsupported
from compat.wasm.metadata import Dylink, dylink
from compat.wasm.model import FuncType, Import, Kind, Module, ValType
from compat.wasm.reader import read

SELF = -1
"""The handle of the program itself."""

_ADDRESS = "g$"
_POINTER = "fp$"
_MEMORY_BASE = frozenset({"memoryBase", "__memory_base", "gb"})
_TABLE_BASE = frozenset({"tableBase", "__table_base", "fb"})
_STACK_ALIGNMENT = 16

Symbol = Callable[..., Value | None] | int
"""A function, or the address of data."""


class Library:
    """One loaded library."""

    def __init__(
        self, name: str, symbols: Mapping[str, Symbol], memory: range = range(0), table: range = range(0)
    ) -> None:
        self.name = name
        self.symbols = symbols
        self.references = 0
        self.is_global = False
        """Whether libraries that are loaded later see its symbols (RTLD_GLOBAL)."""
        self.memory = memory
        """Where its data lie."""
        self.table = table
        """Where its functions are in the table."""


class Origin(NamedTuple):
    """What an address belongs to."""

    library: Library
    symbol: str
    """The name in C of what it is in; empty where that is not known."""
    start: int
    """Where the symbol lies."""


class Libraries:
    """The libraries of one program."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._handles = 0
        self._pointers: dict[str, int] = {}
        data = {f"_{n}": guest.layout.global_base + at for n, at in guest.detection.glue.named_globals.items()}
        self.loaded: dict[int, Library] = {SELF: Library("__self__", {**guest.exports, **data})}
        self.loaded[SELF].is_global = True

    def open(self, name: str, find: Callable[[str], bytes], *, is_global: bool, keep: bool = False) -> int:
        """Load the library `name`, once; returns its handle. `find` gives the bytes of it and of those that it needs.

        Raises Unsupported and MalformedModule for what is no library of this program, and what `find` raises.
        """
        handle = next((h for h, library in self.loaded.items() if library.name == name), None)
        if handle is None:
            library = self._load(name, find, is_global=is_global)
            self._handles += 1
            handle = self._handles
            self.loaded[handle] = library
        library = self.loaded[handle]
        library.references += 1 + keep
        library.is_global |= is_global
        return handle

    def close(self, handle: int) -> None:
        """Let go of a library. Its memory and its place in the table stay taken. Raises KeyError for a bad handle."""
        library = self.loaded[handle]
        library.references -= 1
        if library.references == 0 and handle != SELF:
            del self.loaded[handle]

    def address(self, handle: int, name: str) -> int:
        """The address of data, or a pointer to a function, by its name in C. Raises KeyError."""
        symbol = self.loaded[handle].symbols[f"_{name}"]
        return symbol if isinstance(symbol, int) else self._pointer(f"{handle}:{name}", symbol)

    def function(self, name: str) -> Callable[..., Value | None] | None:
        """The function of that name of the first global library that has one; not the program's own."""
        for handle, library in self.loaded.items():
            symbol = library.symbols.get(name)
            if handle != SELF and library.is_global and symbol is not None and not isinstance(symbol, int):
                return symbol
        return None

    def address_of(self, name: str) -> int:
        """The address that `g$NAME` is to return. Raises MissingImport."""
        symbol = self._resolve(name)
        if not isinstance(symbol, int):
            _missing(name)
        return symbol

    def pointer_to(self, name: str, signature: str) -> int:
        """The function pointer that `fp$NAME$SIGNATURE` is to return. Raises MissingImport."""
        symbol = self._resolve(name)
        if symbol is None:
            given = self._guest.linker.given.get(name)
            symbol = self._guest.linker.function(name, _type(signature), given) if given else None
        if symbol is None or isinstance(symbol, int):
            _missing(name)
        return self._pointer(name, symbol)

    def origin(self, address: int) -> Origin:
        """What a function pointer, or an address of data, belongs to; the program, if to no library.

        Symbols are known of libraries' data, and of functions to which there is a pointer because it was asked for.
        """
        libraries = self.loaded.values()
        owner = next((one for one in libraries if address in one.table or address in one.memory), self.loaded[SELF])
        asked = (key for key, pointer in self._pointers.items() if pointer == address)
        if name := next(asked, ""):
            handle, _, symbol = name.rpartition(":")
            return Origin(self.loaded.get(int(handle), owner) if handle else owner, symbol.removeprefix("_"), address)
        data = ((place, name) for name, place in owner.symbols.items() if isinstance(place, int) and place <= address)
        start, symbol = max(data, default=(0, "")) if address in owner.memory else (0, "")
        return Origin(owner, symbol.removeprefix("_"), start)

    def _load(self, name: str, find: Callable[[str], bytes], *, is_global: bool) -> Library:
        module = read(find(name))
        sizes = dylink(module)
        if sizes is None:
            raise Unsupported(f"{name} is not a side module: it has no section dylink")
        for needed in sizes.needed:
            self.open(needed, find, is_global=is_global)
        placed = _Placed(self, self._guest, module, sizes)
        return Library(name, placed.symbols, placed.memory, placed.table)

    def _resolve(self, name: str) -> Symbol | None:
        """What a name means to everybody: the program's own, else that of the first global library that has it."""
        for library in self.loaded.values():
            if library.is_global and name in library.symbols:
                return library.symbols[name]
        return None

    def _pointer(self, key: str, function: object) -> int:
        """The place of a function in the table: the same one each time."""
        if key not in self._pointers:
            table = self._guest.linker.table
            if table is None or not table.grow(1):
                raise Unsupported("the program's table of functions cannot grow")
            self._pointers[key] = len(table) - 1
            table[len(table) - 1] = function
        return self._pointers[key]

    # What a library imports: for `_Placed`.

    def provide(self, item: Import, own: Mapping[str, Symbol]) -> Any:
        """What answers a function that a library imports, which exports `own`; None for a function of the ABI."""
        assert isinstance(item.type, FuncType)
        name, linker = item.name, self._guest.linker

        def resolved(name: str) -> Symbol:
            symbol = self._resolve(name)
            return own.get(name) or _missing(name) if symbol is None else symbol

        def address() -> Value:
            symbol = resolved(name.removeprefix(_ADDRESS))
            return symbol if isinstance(symbol, int) else _missing(name)

        def pointer() -> Value:
            target, _, signature = name.removeprefix(_POINTER).partition("$")
            symbol = own.get(target)
            if symbol is None or isinstance(symbol, int):
                return self.pointer_to(target, signature)
            return self._pointer(f"{id(own)}:{target}", symbol)

        def call(*arguments: Value) -> Value | None:
            function = resolved(name)
            return function(*arguments) if not isinstance(function, int) else _missing(name)

        if name.startswith(_ADDRESS):
            return linker.function(name, item.type, address)
        if name.startswith(_POINTER):
            return linker.function(name, item.type, pointer)
        function = self._resolve(name)
        if function is not None and getattr(function, "type", None) == item.type:
            return function
        if linker.answers(item):
            return None
        # It may come with a library that is loaded later.
        return linker.function(name, item.type, call)


class _Placed:
    """A library that is being put into its place."""

    def __init__(self, libraries: Libraries, guest: EmscriptenGuest, module: Module, sizes: Dylink) -> None:
        table = guest.linker.table
        if table is None or not table.grow(sizes.table_size):
            raise Unsupported("the program was built without dynamic linking")
        table_base = len(table) - sizes.table_size
        memory_base = _reserve(guest, sizes)
        self.memory = range(memory_base, memory_base + sizes.memory_size)
        self.table = range(table_base, len(table))
        symbols: dict[str, Symbol] = {}
        self.symbols: Mapping[str, Symbol] = symbols

        def provide(item: Import) -> Any:
            if item.name in _MEMORY_BASE:
                return memory_base
            if item.name in _TABLE_BASE:
                return table_base
            if item.kind is Kind.FUNC and item.module == "env":
                return libraries.provide(item, symbols)
            return None

        exports = guest.linker.library(module, provide)
        for export in module.exports:
            value: Any = exports[export.name]
            if export.kind is Kind.FUNC:
                symbols[export.name] = value
            elif export.kind is Kind.GLOBAL:
                is_pointer = export.name.startswith(_POINTER) and export.name[len(_POINTER) :] in exports
                symbols[export.name] = int(value.value) + (table_base if is_pointer else memory_base)
        set_up = symbols.get("__post_instantiate")
        if set_up is not None and not isinstance(set_up, int):
            set_up()


def _reserve(guest: EmscriptenGuest, sizes: Dylink) -> int:
    """The address of zeroed memory for a library's static data, its stack included. It is never given back."""
    alignment = max(1 << sizes.memory_alignment, _STACK_ALIGNMENT)
    start = guest.malloc(sizes.memory_size + alignment)
    if not start:
        raise Unsupported(f"no memory for the {sizes.memory_size} bytes of a library")
    base = -(-start // alignment) * alignment
    guest.memory.write(base, bytes(sizes.memory_size))
    return base


def _type(signature: str) -> FuncType:
    return FuncType(tuple(map(ValType, signature[1:])), () if signature[0] == "v" else (ValType(signature[0]),))


def _missing(name: str) -> NoReturn:
    raise MissingImport(f"{name} is neither in the program nor in a library that is loaded")
