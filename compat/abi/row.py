"""One function of an ABI is one row of a table, declared once where its body is.

Binding, tracing, `compat abi`, the message about a missing import and the names that detection knows are all derived
from the rows. A row is answered in one of three ways: by Python (`function`, `family`), by WebAssembly that is linked
into the guest's bridge module (`inline`), or, for an imported global, by a number (`value`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from compat._enum import Enum
from compat._typing import Any, NamedTuple, TypeVar
from compat.abi.guest import Guest, Value
from compat.kernel.errno import Errno

Body = TypeVar("Body", bound=Callable[..., Any])
Failure = Callable[[Guest, Errno], Value]
"""How an ABI presents a failed call: the value that the guest gets, after whatever else must be done."""


SIGNATURE = "{sig}"
"""In the name of a row: signature letters, or a number."""
NAME = "{name}"
"""In the name of a row: any name."""
PLACEHOLDERS = (SIGNATURE, NAME)


class Level(Enum):
    """How much of a function is there."""

    FULL = "full"
    PARTIAL = "partial"
    """Its note says what is missing."""
    STUB = "stub"
    """It answers the same always; its note says what, and why that is right for most programs."""
    ABSENT = "absent"
    """Known by name only; calling it ends the program with its name."""


FULL, PARTIAL, STUB, ABSENT = Level


class Serves(Enum):
    """What answers a row."""

    PYTHON = "python"
    BRIDGE = "bridge"
    VALUE = "value"
    NOTHING = "nothing"


class Row(NamedTuple):
    """A function (or global) of an ABI."""

    module: str
    name: str
    """The import name; `{sig}` in it stands for signature letters or a number, `{name}` for any name: a family."""
    level: Level
    note: str
    group: str
    """The part of the ABI that it belongs to, as `compat inspect` counts them: syscalls, time, cxx, gl …"""
    serves: Serves
    body: Callable[..., Any] | None
    failure: Failure | None
    """None: a failed call cannot be told to the guest, so it traps."""
    varargs: bool = False
    """Its arguments are slots in guest memory, as for a system call of Emscripten: the type is `i(ii)`, but for a guest
    with direct calls (`Guest.direct_calls`).
    """
    variadic: bool = False
    """Of a `varargs` row: in a direct call, too, what comes last is only pointed to."""
    returns_errno: bool = False
    """The result is an error number; a body that returns has succeeded (WASI)."""
    type: str | None = None
    """The signature of a row that WebAssembly answers, as `str(FuncType)` writes it; None for whatever is declared.

    Of a row out of an index it is what `compat.abi.bind` finds out of others: `row_type`; for `varargs`, `direct_type`.
    """
    native: str = ""
    """The function in C that serves the frequent case of a row that Python answers (`compat.native`)."""
    where: str = ""
    """Of a row out of an index (`compat.abi.index`): the table that declares it, as `module:name`."""

    def declared(self) -> Row:
        """The row as it was declared, with its body: for one out of an index, its module is imported now."""
        if not self.where:
            return self
        from compat.abi.index import declared  # not above: there may be no index

        return declared(self)

    @property
    def doc(self) -> str:
        """The first line of the body's docstring."""
        return ((self.body and self.body.__doc__) or self.note).strip().partition("\n")[0]


class Table:
    """The rows of one import module, for one group of functions. Tables of the same module are looked up together."""

    def __init__(self, module: str, group: str, *, failure: Failure | None = None, returns_errno: bool = False) -> None:
        """`failure` and `returns_errno` are what its rows have unless they say otherwise."""
        self.module = module
        self.group = group
        self.failure = failure
        self.returns_errno = returns_errno
        self.rows: list[Row] = []
        """Those that are answered."""
        self.absences: dict[str, str] = {}
        """Names that are not, with their notes. Each becomes a row when it is asked for: there are thousands."""

    def __iter__(self) -> Iterator[Row]:
        return chain(self.rows, map(self.absence, self.absences))

    def absence(self, name: str) -> Row:
        """The row of one of `absences`."""
        return Row(self.module, name, ABSENT, self.absences[name], self.group, Serves.NOTHING, None, None)

    def _declare(self, name: str, serves: Serves, level: Level, note: str, failure: Failure | None, **rest: Any) -> Any:
        assert note or level is FULL, f"{name}: a row that is not FULL says what is missing"

        def add(body: Body) -> Body:
            self.rows.append(Row(self.module, name, level, note, self.group, serves, body, failure, **rest))
            return body

        return add

    def function(
        self, name: str, *, level: Level = FULL, note: str = "", failure: Failure | None = None, native: str = ""
    ) -> Callable[[Body], Body]:
        """The decorated function answers `name`; its annotations are the prototype (`compat.abi.kinds`).

        Parameters annotated `Guest` (or the ABI's subclass), `Memory` or `Process` are supplied, not decoded. Where
        `name` has `{sig}`, a parameter annotated `Signature` gets what stood there; a body that takes `*args` is called
        with the values as they come, whatever the guest declares. `native` names the C function, if any, that serves
        the frequent case.
        """
        failure = failure or self.failure
        adder: Callable[[Body], Body] = self._declare(
            name, Serves.PYTHON, level, note, failure, returns_errno=self.returns_errno, native=native
        )
        return adder

    def varargs(
        self,
        name: str,
        *,
        level: Level = FULL,
        note: str = "",
        failure: Failure | None = None,
        variadic: bool = False,
        native: str = "",
    ) -> Callable[[Body], Body]:
        """Like `function`, for a call whose arguments are consecutive slots of 4 bytes in guest memory."""
        failure = failure or self.failure
        adder: Callable[[Body], Body] = self._declare(
            name, Serves.PYTHON, level, note, failure, varargs=True, variadic=variadic, native=native
        )
        return adder

    def inline(
        self, name: str, type: str | None = None, *, level: Level = FULL, note: str = ""
    ) -> Callable[[Body], Body]:
        """The decorated function writes `name` as WebAssembly text: see the ABI's bridge for what it is given.

        `type` is its signature, as in `i(ij)`; without one, it writes for any type that a guest declares.
        """
        adder: Callable[[Body], Body] = self._declare(name, Serves.BRIDGE, level, note, None, type=type)
        return adder

    def value(self, name: str, *, level: Level = FULL, note: str = "") -> Callable[[Body], Body]:
        """The decorated function, given the guest, returns the number that the imported global `name` holds."""
        adder: Callable[[Body], Body] = self._declare(name, Serves.VALUE, level, note, None)
        return adder

    def absent(self, *names: str, note: str) -> None:
        """Names that are known and not answered: a call ends the program, and says `note`."""
        self.absences |= dict.fromkeys(names, note)


class Rows:
    """The rows of one ABI, for look-up by import."""

    def named(self, module: str, name: str) -> list[Row]:
        """The rows of just this name, which may stand for a family."""
        raise NotImplementedError

    def families(self) -> Sequence[Row]:
        """The rows that stand for many names."""
        raise NotImplementedError

    def find(self, module: str, name: str) -> list[tuple[Row, str]]:
        """The rows for an import, each with what stood for `{sig}` in its name ('' where nothing did).

        There is more than one where releases gave one name different types, and none where the name is unknown. A row
        for just this name goes before a family's, and of families the one goes first that tells more of the name.
        """
        exact = self.named(module, name)
        if exact:
            return [(row, "") for row in exact]
        found: list[tuple[Row, str]] = []
        told = 0
        for row in self.families():
            before, _, after = row.name.partition(next(filter(row.name.__contains__, PLACEHOLDERS)))
            sig = name.removeprefix(before).removesuffix(after)
            if row.module == module and name == before + sig + after and (sig.isalnum() or not sig or NAME in row.name):
                if len(before + after) > told:
                    found, told = [], len(before + after)
                if len(before + after) == told:
                    found.append((row, sig))
        return found


class Tables(Rows):
    """Every table of one ABI."""

    def __init__(self, *tables: Table) -> None:
        self.tables = tables
        self._exact: dict[tuple[str, str], list[Row]] = {}
        self._families: list[Row] = []
        for table in tables:
            families = (name for name in table.absences if "{" in name)
            for row in (*table.rows, *map(table.absence, families)):
                if any(text in row.name for text in PLACEHOLDERS):
                    self._families.append(row)
                else:
                    self._exact.setdefault((row.module, row.name), []).append(row)

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self.tables)

    def named(self, module: str, name: str) -> list[Row]:
        exact = self._exact.get((module, name))
        if exact:
            return exact
        return [table.absence(name) for table in self.tables if table.module == module and name in table.absences][:1]

    def families(self) -> Sequence[Row]:
        return self._families
