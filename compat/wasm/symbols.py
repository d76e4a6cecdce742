"""What to call a place in a module: function names for backtraces, and file and line where the compiler left them.

Sources: the name section (https://webassembly.github.io/spec/core/appendix/custom.html) and DWARF as embedded in
WebAssembly (https://yurydelendik.github.io/webassembly-dwarf/). Both are custom sections, faults in which must not fail
a module: here they cost a name, and are told in `Symbols.problems`.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.errors import Frame, MalformedModule
from compat.wasm.cursor import Cursor
from compat.wasm.demangle import demangle
from compat.wasm.model import Kind, Module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elftools.dwarf.dwarfinfo import DWARFInfo
    from elftools.dwarf.lineprogram import LineProgram

# What linkers write for the address of a function that they dropped; no function starts at 0, a size stands there.
_TOMBSTONES = frozenset((0, 0xFFFFFFFF, 0xFFFFFFFE))

_DWARF_SECTIONS = (
    *("debug_info", "debug_abbrev", "debug_str", "debug_str_offsets", "debug_line", "debug_line_str", "debug_addr"),
    *("debug_ranges", "debug_rnglists", "debug_aranges", "debug_loc", "debug_loclists", "debug_types", "debug_sup"),
    *("debug_frame", "eh_frame", "debug_pubtypes", "debug_pubnames", "gnu_debugaltlink"),
)


class _Row(NamedTuple):
    """A row of a line table: what the code from `address` on comes from."""

    address: int
    location: str | None
    """`file:line`; None for code that comes from no line, and for where a sequence ends."""


class Symbols:
    """Names of a module's functions and code, each kind read when it is first asked for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.problems: list[str] = []
        """A sentence for each custom section that was found to be damaged so far."""

    def frame(self, function_index: int, offset: int | None) -> Frame:
        """The backtrace line for a place in the code. Raises nothing: what is not known is not named.

        `function_index` counts in the function index space, `offset` in bytes from the start of the module; None for
        the first instruction.
        """
        if offset is None:
            code = self._module.code(function_index)
            offset = code.start if code else 0
        return Frame(self.name(function_index), offset, self.location(offset))

    def name(self, function_index: int) -> str:
        """The function's name, demangled, from the name section, or else from an export or import; or `function[N]`."""
        name = self._names.get(function_index) or self._linked_names.get(function_index)
        return demangle(name) if name else f"function[{function_index}]"

    def location(self, offset: int) -> str | None:
        """`file:line` of the instruction at `offset` in the module, where there is DWARF for it."""
        address = offset - self._module.code_offset
        place = bisect_right(self._rows, address, key=lambda row: row.address)
        return self._rows[place - 1].location if place else None

    @cached_property
    def module_name(self) -> str | None:
        """The name that the module gives itself."""
        part = self._name_part(0)
        try:
            return part.name() if part else None
        except MalformedModule as error:
            self.problems.append(f"The module's name cannot be read: {error}")
            return None

    @cached_property
    def _names(self) -> dict[int, str]:
        """Function names of the name section: those before a fault, if there is one."""
        names: dict[int, str] = {}
        part = self._name_part(1)
        try:
            for _ in range(part.count("names") if part else 0):
                assert part
                index = part.u32()
                names[index] = part.name()
        except MalformedModule as error:
            self.problems.append(f"Function names are missing: {error}")
        return names

    def _name_part(self, kind: int) -> Cursor | None:
        section = self._module.custom_section("name")
        if section is None:
            return None
        cursor = Cursor(self._module.data, section.start, section.end, "the name section")
        try:
            while cursor.left:
                found = cursor.byte()
                size = cursor.u32()
                part = Cursor(cursor.data, cursor.take(size), cursor.pos, cursor.what)
                if found == kind:
                    return part
        except MalformedModule as error:
            self.problems.append(f"Names are missing: {error}")
        return None

    @cached_property
    def _linked_names(self) -> dict[int, str]:
        imported = self._module.imported(Kind.FUNC)
        names = {index: f"{item.module}.{item.name}" for index, item in enumerate(imported)}
        for export in self._module.exports:
            if export.kind is Kind.FUNC:
                names.setdefault(export.index, export.name)
        return names

    @cached_property
    def _rows(self) -> list[_Row]:
        """The line tables of all units, as one, by address."""
        if self._module.custom_section(".debug_line") is None or self._module.custom_section(".debug_info") is None:
            return []
        rows: list[_Row] = []
        try:
            dwarf = _dwarf(self._module)
            for unit in dwarf.iter_CUs():
                if program := dwarf.line_program_for_CU(unit):
                    rows.extend(_program_rows(program))
        # pyelftools lets whatever damaged data leads it to come out: errors of its own, of struct, of lists and dicts.
        # None of it may take the place of the trap that is being reported.
        except Exception as error:
            self.problems.append(f"Line numbers are missing: the DWARF cannot be read ({error!r})")
        # Where one sequence ends, another may start: the start must come last. Otherwise rows keep their order.
        rows.sort(key=lambda row: (row.address, row.location is not None))
        return rows


def _dwarf(module: Module) -> DWARFInfo:
    """The DWARF of a module, as pyelftools sees that of an ELF file."""
    # Imported here, as only a backtrace of a module with DWARF wants it, and it takes longer than starting a program.
    from io import BytesIO

    from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

    sections = {}
    for name in _DWARF_SECTIONS:
        payload = module.custom(f".{name}")
        sections[f"{name}_sec"] = (
            None
            if payload is None
            else DebugSectionDescriptor(BytesIO(payload), f".{name}", global_offset=0, size=len(payload), address=0)
        )
    config = DwarfConfig(little_endian=True, machine_arch="wasm", default_address_size=4)
    return DWARFInfo(config=config, **sections)


def _program_rows(program: LineProgram) -> Iterator[_Row]:
    paths = _paths(program)
    sequence: list[_Row] = []
    for entry in program.get_entries():
        if (state := entry.state) is None:
            continue
        path = None if state.end_sequence or state.line == 0 else paths.get(state.file)
        sequence.append(_Row(state.address, f"{path}:{state.line}" if path else None))
        if state.end_sequence:
            if sequence[0].address not in _TOMBSTONES:
                yield from sequence
            sequence = []


def _paths(program: LineProgram) -> dict[int, str]:
    """The files of a line table by number, relative to where the compiler ran if it was told so."""
    header = program.header
    # DWARF counts files and directories from 1 before version 5, with 0 for the directory where the compiler ran.
    base = 0 if header.version >= 5 else 1
    directories = {number: path.decode(errors="replace") for number, path in enumerate(header.include_directory, base)}
    paths = {}
    for number, file in enumerate(header.file_entry, base):
        name = file.name.decode(errors="replace")
        inside = file.dir_index != 0 and not name.startswith("/")
        paths[number] = f"{directories[file.dir_index]}/{name}" if inside else name
    return paths
