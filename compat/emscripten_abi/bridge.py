"""The bridge: what a guest calls often and needs no host for, as a WebAssembly module that is made for this guest.

A call from the guest to Python takes about a microsecond, one to another instance some nanoseconds. Rows declared with
`Table.inline` write the body of a function here; they are given a `Writer`. The guest imports the bridge, so the bridge
reaches the guest's exports through a table of its own, `links`, which the session fills after instantiation.

Exceptions of C++ and longjmp are thrown with one tag, which carries the exception's address, or 0 for a longjmp. An
exit, an abort, a limit reached are no WebAssembly exceptions: nothing in a guest can catch them.

Two more modules are the same for all guests, each with a memory of its own, and a bridge whose rows need one imports
functions of it and exports them on: what has to be remembered of C++ exceptions (`exceptions.wat`), which the host asks
for too, and the functions of mathematics (`libm.c`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from compat.abi.bind import row_type
from compat.abi.binding import Binding, Bridge, Library
from compat.abi.row import Row, Serves, Table
from compat.detect.model import Detection
from compat.emscripten_abi import exceptions, libm
from compat.emscripten_abi.guest import exported_functions, memory_limits
from compat.errors import Unsupported
from compat.wasm.model import FuncType, GlobalType, Import, Kind, Module, TagType, ValType

host = Table("host", "bridge")
"""What inline rows ask Python for. These are no imports of a guest's: they belong to no table of the ABI."""

_WORDS = {ValType.I32: "i32", ValType.I64: "i64", ValType.F32: "f32", ValType.F64: "f64"}


class _Parts:
    """What the bodies of one bridge refer to outside of it."""

    def __init__(self, detection: Detection, side: Module | None) -> None:
        self.detection = detection
        self.exports = set(exported_functions(detection))
        if side:
            self.exports |= {export.name for export in side.exports if export.kind is Kind.FUNC}
        self.links: list[str] = []
        self.host: list[tuple[Row, FuncType]] = []
        self.libraries: dict[str, dict[str, str]] = {}
        """Of each library, the functions to import, with their types."""
        self.variables: list[str] = []


class Writer:
    """What an inline row is given: the import that it writes, and the ways out of the bridge.

    A body is folded instructions; parameters are `(local.get 0)` and so on, and `(local …)` may come first.
    """

    def __init__(self, parts: _Parts, type: FuncType, sig: str) -> None:
        self.type = type
        """The type that the guest declares."""
        self.sig = sig
        """What stood for `{sig}` in the import's name."""
        self.detection = parts.detection
        self._parts = parts

    @property
    def parameters(self) -> str:
        """All parameters, as operands."""
        return " ".join(f"(local.get {i})" for i in range(len(self.type.params)))

    @property
    def zero(self) -> str:
        """A zero of the result's type; nothing where there is no result."""
        return " ".join(f"({_WORDS[t]}.const 0)" for t in self.type.results)

    @property
    def results(self) -> str:
        """The result clause of a block of the function's own type."""
        return _clause("result", self.type.results)

    def exports(self, name: str) -> bool:
        """Whether the guest exports a function of that name in clear."""
        return name in self._parts.exports

    def guest(self, names: str, type: FuncType | str, operands: str = "") -> str:
        """A call of the guest's export: the first that there is of `names`, separated by blanks.

        Raises Unsupported if it exports none of them.
        """
        name = next(filter(self.exports, names.split()), None)
        if name is None:
            raise Unsupported(f"the program does not export {names.replace(' ', ' or ')}, which its own calls rely on")
        links = self._parts.links
        if name not in links:
            links.append(name)
        declared = FuncType.parse(type) if isinstance(type, str) else type
        return f"(call_indirect $links {_signature(declared)} {operands} (i32.const {links.index(name)}))"

    def host(self, name: str, operands: str = "") -> str:
        """A call of the Python row `name` in the table `host`."""
        row = next(row for row in host.rows if row.name == name)
        entry = (row, FuncType.parse(row_type(row) or ""))
        if entry not in self._parts.host:
            self._parts.host.append(entry)
        return _call(f"host.{name}", operands)

    def exceptions(self, name: str, operands: str = "") -> str:
        """A call of a function of `exceptions.wat`."""
        assert name in exceptions.FUNCTIONS
        self._parts.libraries["exceptions"] = exceptions.FUNCTIONS
        return _call(f"exceptions.{name}", operands)

    def libm(self, name: str, operands: str) -> str:
        """A call of a function of `libm.c`."""
        self._parts.libraries.setdefault("libm", {})[name] = libm.FUNCTIONS[name]
        return _call(f"libm.{name}", operands)

    def variable(self, name: str) -> str:
        """The name of a number of the bridge's own, 0 at first: `(global.get …)`."""
        if name not in self._parts.variables:
            self._parts.variables.append(name)
        return f"${name}"

    def set_high(self, value: str) -> str:
        """Set the register for the high half of a 64-bit result: the guest's own, up to 1.38.19, or the bridge's."""
        if self.exports("setTempRet0"):
            return self.guest("setTempRet0", "v(i)", value)
        return f"(global.set $temp_ret0 {value})"

    def raise_(self, payload: str) -> str:
        """Throw the tag of C++ exceptions and longjmp."""
        return f"(throw $thrown {payload})"


_LIBRARIES: dict[str, Callable[[], str | Module]] = {"exceptions": exceptions.text, "libm": libm.module}

SHARED: tuple[tuple[str, GlobalType | TagType], ...] = (
    ("thrown", TagType(FuncType((ValType.I32,), ()))),
    ("temp_ret0", GlobalType(ValType.I32, mutable=True)),
)
"""An exception passes from a library to its program, and so does the second half of a result."""


def make_bridge(detection: Detection, bindings: Iterable[Binding], side: Module | None = None) -> Bridge | None:
    """The bridge for a program, or for a side module of it, or None if no row that the imports are bound to is inline.

    Raises Unsupported if the program lacks an export that such a row relies on.
    """
    parts = _Parts(detection, side)
    answers: dict[Import, str] = {}
    functions = []
    for bound in bindings:
        row, item = bound.row, bound.item
        if row and row.serves is Serves.BRIDGE and item not in answers:
            write = row.declared().body
            assert write is not None
            assert isinstance(item.type, FuncType)
            if not _WORDS.keys() >= {*item.type.params, *item.type.results}:
                raise Unsupported(f"{item.module}.{bound.name} is declared as {item.type}: nothing in the ABI is")
            name = f"{item.module}.{bound.name}"
            body = write(Writer(parts, item.type, bound.sig))
            functions.append(f'(func ${name} (export "{name}") {_signature(item.type)}\n    {body.strip()})')
            answers[item] = name
    if not functions:
        return None
    fields = [
        *_memory(detection),
        '(import "shared" "thrown" (tag $thrown (param i32)))',
        '(import "shared" "temp_ret0" (global $temp_ret0 (mut i32)))',
        *(
            _passed_on(library, name, FuncType.parse(type))
            for library, functions in parts.libraries.items()
            for name, type in functions.items()
        ),
        *(f'(import "host" "{row.name}" (func $host.{row.name} {_signature(type)}))' for row, type in parts.host),
        # Of a fixed size: an engine then needs no check of a constant index.
        f'(table $links (export "links") {len(parts.links)} {len(parts.links)} funcref)',
        *(f"(global ${name} (mut i32) (i32.const 0))" for name in parts.variables),
        '(func (export "getTempRet0") (result i32) (global.get $temp_ret0))',
        '(func (export "setTempRet0") (param i32) (global.set $temp_ret0 (local.get 0)))',
        *functions,
    ]
    text = "(module $bridge\n" + "\n".join(f"  {field}" for field in fields) + ")\n"
    libraries = [Library(name, _LIBRARIES[name](), tuple(functions)) for name, functions in parts.libraries.items()]
    return Bridge(text, SHARED, tuple(libraries), tuple(parts.host), tuple(parts.links), answers)


def _call(name: str, operands: str) -> str:
    return f"(call ${name} {operands})" if operands else f"(call ${name})"


def _passed_on(library: str, name: str, type: FuncType) -> str:
    qualified = f"{library}.{name}"
    return f'(func ${qualified} (export "{qualified}") (import "{library}" "{name}") {_signature(type)})'


def _memory(detection: Detection) -> list[str]:
    if not detection.module.imported(Kind.MEMORY):
        return []
    limits = memory_limits(detection.module)
    maximum = "" if limits.maximum is None else f" {limits.maximum}"
    return [f'(import "env" "memory" (memory {limits.minimum}{maximum}{" shared" * limits.shared}))']


def _signature(type: FuncType) -> str:
    return f"{_clause('param', type.params)} {_clause('result', type.results)}".strip()


def _clause(word: str, types: tuple[ValType, ...]) -> str:
    return f"({word} {' '.join(_WORDS[t] for t in types)})" if types else ""


# --- the register for a second result, which the guest imports from 1.38.20 on

env = Table("env", "runtime")


@env.inline("getTempRet0", "i()")
def get_temp_ret0(w: Writer) -> str:
    """Read the register that carries the high half of a 64-bit result."""
    return "(global.get $temp_ret0)"


@env.inline("setTempRet0", "v(i)")
def set_temp_ret0(w: Writer) -> str:
    """Set the register that carries the high half of a 64-bit result."""
    return "(global.set $temp_ret0 (local.get 0))"
