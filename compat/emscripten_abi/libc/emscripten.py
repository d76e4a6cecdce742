"""Emscripten's own functions that need no browser: emscripten.h and its relatives."""

from __future__ import annotations

from math import isinf, isnan

from compat.abi.kinds import F64, I32, U32, Bytes, CString, Pointer, Text
from compat.abi.memory import Memory
from compat.abi.row import PARTIAL, STUB, Table
from compat.emscripten_abi.errno import set_errno
from compat.emscripten_abi.guest import PAGE, EmscriptenGuest, memory_limits
from compat.emscripten_abi.libc.texts import encode, store_text
from compat.errors import Abort, Frame, Trap
from compat.kernel.errno import Errno, SysError
from compat.kernel.process import Process
from compat.wasm.reader import read

env = Table("env", "emscripten", failure=set_errno(0))

EM_LOG_CONSOLE = 1
EM_LOG_WARN = 2
EM_LOG_ERROR = 4
EM_LOG_C_STACK = 8
EM_LOG_STACKS = EM_LOG_C_STACK | 16
"""The other is EM_LOG_JS_STACK: with offsets in the binary instead of lines of its source."""
EM_LOG_NO_PATHS = 64
LOG_TO_STDERR = EM_LOG_WARN | EM_LOG_ERROR
"""Plain logging goes to the standard output, as `console.log` does under node; warnings and errors to the other."""

ENTROPY_MAX = 256
"""Bytes that getentropy gives at once."""

_CONVERSION = rb"%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|L|j|z|t)?([diouxXcsfFeEgGaAp%])"


_NO_VALUES = "the values of parameters (EM_LOG_FUNC_PARAMS) are not told, and names are always demangled"
_TRAP = bytes.fromhex("0061736d 01000000 01040160 0000 0302 0100 0705 0101 7400 00 0a05 0103 0000 0b")
"""(module (func (export "t") unreachable))"""


class Stack:
    """Finds out which functions of the guest are under way: what traps now shows them in its backtrace."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._trap = guest.linker.library(read(_TRAP), lambda _: None)["t"]

    def frames(self) -> tuple[Frame, ...]:
        """The guest's functions, innermost first."""
        try:
            self._trap()
        except Trap as trap:
            return trap.frames[1:]
        return ()


def call_stack(guest: EmscriptenGuest, flags: int) -> str:
    """A line for each function of the guest that is under way, in the form of the JavaScript's."""
    return "\n".join(f"    at {frame.function} ({_place(frame, flags)})" for frame in guest.part(Stack).frames())


def _place(frame: Frame, flags: int) -> str:
    place = frame.location if flags & EM_LOG_C_STACK and frame.location else f"wasm:{frame.offset:#x}"
    return place.rpartition("/")[2] if flags & EM_LOG_NO_PATHS else place


class _Arguments:
    """Variable arguments as clang lays them out: 4 bytes each, 8 at addresses divisible by 8 for 64-bit numbers."""

    def __init__(self, memory: Memory, address: int) -> None:
        self._memory = memory
        self._address = address

    def word(self) -> int:
        self._address += 4
        return self._memory.load_u32(self._address - 4)

    def number(self) -> int:
        return self._memory.load_i64(self._pair())

    def double(self) -> float:
        return self._memory.load_f64(self._pair())

    def _pair(self) -> int:
        start = -(-self._address // 8) * 8
        self._address = start + 8
        return start


def format_printf(memory: Memory, template: bytes, arguments: int) -> bytes:
    """What printf makes of `template`, with the variable arguments at `arguments`. Errors: EFAULT."""
    import re  # not above: few programs log in this way

    values = _Arguments(memory, arguments)

    def size(text: bytes | None) -> str:
        if text is None:
            return ""
        return str(_signed(values.word())) if text == b"*" else text.decode()

    def expand(match: re.Match[bytes]) -> bytes:
        flags, width, precision, length, letter = match.groups()
        if letter == b"%":
            return b"%"
        head = f"%{flags.decode()}{size(width)}"
        if b"." in match[0]:
            head += f".{size(precision) or 0}"
        return _format_one(memory, head, length, letter.decode(), values)

    return re.sub(_CONVERSION, expand, template)


def _format_one(memory: Memory, head: str, length: bytes | None, letter: str, values: _Arguments) -> bytes:
    if letter in "fFeEgG":
        return (head + letter).encode() % values.double()
    if letter in "aA":
        return values.double().hex().encode()
    if letter == "s":
        return (head + "s").encode() % memory.cstring(values.word())
    if letter == "c":
        return (head + "c").encode() % (values.word() & 0xFF)
    if letter == "p":
        return f"{values.word():#x}".encode()
    wide = length in (b"ll", b"j")
    number = values.number() if wide else _signed(values.word())
    if letter in "ouxX":
        number &= 2**64 - 1 if wide else 2**32 - 1
    return (head + letter.replace("u", "d").replace("i", "d")).encode() % number


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


@env.function("_emscripten_log", level=PARTIAL, note=_NO_VALUES)
def emscripten_log(guest: EmscriptenGuest, flags: I32, arguments: Pointer) -> None:
    """Write a line: printf's template and its arguments are variable arguments. The flags may add the call stack."""
    memory = guest.memory
    text = format_printf(memory, memory.cstring(memory.load_u32(arguments)), arguments + 4).rstrip()
    if flags & EM_LOG_STACKS:
        text += b"\n" * bool(text) + call_stack(guest, flags).encode("utf-8", "surrogateescape")
    process = guest.process
    (process.stderr if flags & LOG_TO_STDERR else process.stdout).write(text + b"\n")


@env.function("_emscripten_console_log")
def emscripten_console_log(process: Process, line: CString) -> None:
    """Write a line to the standard output."""
    process.stdout.write(line + b"\n")


@env.function("_emscripten_console_warn")
@env.function("_emscripten_console_error")
def emscripten_console_error(process: Process, line: CString) -> None:
    """Write a line to the standard error."""
    process.stderr.write(line + b"\n")


@env.function("_emscripten_print_double")
def emscripten_print_double(memory: Memory, number: F64, buffer: Pointer, size: I32) -> I32:
    """A number in the shortest decimal form that reads back the same: returns how much of it fits, without its NUL.

    Without a buffer, all of it fits.
    """
    text = shortest(number)
    if not buffer:
        return len(text)
    return _stored(memory, buffer, size, text)


def _stored(memory: Memory, buffer: int, size: int, text: str) -> int:
    """Store as much of an ASCII text as fits, and its NUL; how much that is, without the NUL."""
    store_text(memory, buffer, max(size, 0), text)
    return min(len(text), max(size - 1, 0))


def shortest(number: float) -> str:
    """JavaScript's String(number): https://tc39.es/ecma262/#sec-numeric-types-number-tostring."""
    if isnan(number):
        return "NaN"
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    if isinf(number):
        return sign + "Infinity"
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+}"


@env.function("_emscripten_random")
def emscripten_random(process: Process) -> F64:
    """A random number from 0 up to 1, a float; asm.js passes these on as doubles."""
    return int.from_bytes(process.entropy.bytes(3), "little") / (1 << 24)


@env.function("_arc4random")
def arc4random(process: Process) -> U32:
    """A random number of 32 bits."""
    return int.from_bytes(process.entropy.bytes(4), "little")


@env.function("_getentropy", failure=set_errno(-1))
def getentropy(process: Process, buffer: Bytes) -> I32:
    """Random bytes. Errors: EFAULT, EIO (more than 256)."""
    if len(buffer) > ENTROPY_MAX:
        raise SysError(Errno.EIO)
    buffer[:] = process.entropy.bytes(len(buffer))
    return 0


@env.function("_emscripten_get_callstack", level=PARTIAL, note=_NO_VALUES)
def emscripten_get_callstack(guest: EmscriptenGuest, flags: I32, buffer: Pointer, size: I32) -> I32:
    """The call stack as text; returns the bytes that it takes with its NUL, or, given a buffer, that were written."""
    text = call_stack(guest, flags)
    needed = len(encode(text))
    if not buffer or size <= 0:
        return needed
    store_text(guest.memory, buffer, size, text)
    return min(needed, size)


@env.function("_emscripten_get_module_name")
def emscripten_get_module_name(memory: Memory, buffer: Pointer, size: U32) -> U32:
    """The name of the program's file: returns how much of it fits, without its NUL."""
    return _stored(memory, buffer, size, "this.wasm")


@env.function(
    "_emscripten_get_compiler_setting",
    level=PARTIAL,
    note="settings that can be read from the program: of others there is no trace, and the program ends",
)
def emscripten_get_compiler_setting(guest: EmscriptenGuest, name: Text) -> I32:
    """A setting that the program was compiled with. The JavaScript had them only with RETAIN_COMPILER_SETTINGS."""
    layout, memory = guest.layout, memory_limits(guest.detection.module)
    settings = {
        "WASM": 1,
        "ALLOW_MEMORY_GROWTH": int(guest.can_grow),
        "GLOBAL_BASE": layout.global_base,
        "TOTAL_MEMORY": memory.minimum * PAGE,
        "TOTAL_STACK": layout.stack_max - layout.stack_base,
        "EXIT_RUNTIME": guest.detection.glue.exit_runtime,
    }
    setting = settings.get(name)
    if setting is None:
        raise Abort(f"emscripten_get_compiler_setting: the program does not show what {name} it was compiled with")
    return int(setting)


@env.function("_emscripten_debugger", level=STUB, note="nothing: there is no debugger to stop in")
def emscripten_debugger() -> None:
    """Stop in the debugger."""


@env.function("_emscripten_get_heap_max")
def emscripten_get_heap_max(guest: EmscriptenGuest) -> U32:
    """How large memory can become, in bytes."""
    return 0x8000_0000 - 0x1_0000 if guest.can_grow else guest.memory.size


@env.function("_emscripten_get_stack_base")
def emscripten_get_stack_base(guest: EmscriptenGuest) -> Pointer:
    """Where the stack starts."""
    return guest.layout.stack_base


@env.function("_emscripten_has_asyncify")
def emscripten_has_asyncify(guest: EmscriptenGuest) -> I32:
    """Whether the program was compiled so that it can sleep: with asyncify, or for the emterpreter."""
    return int(guest.imports("___async") or guest.imports("EMTSTACKTOP"))


@env.function("_emscripten_scan_stack")
def emscripten_scan_stack(guest: EmscriptenGuest, function: Pointer) -> None:
    """Have a function called with the addresses where the stack starts and ends, for it to look for pointers there."""
    guest.call_pointer("vii", function, guest.layout.stack_base, int(guest.export("stackSave")() or 0))
