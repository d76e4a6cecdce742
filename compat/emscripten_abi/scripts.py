"""A program's own JavaScript: EM_ASM, EM_JS, the functions of `--js-library`, `emscripten_run_script`.

Such code is written against the glue that it stands in: its views of memory, its `UTF8ToString`, its `Module`. So the
glue itself is evaluated, in an engine of its own, up to where it would load the program; `prelude.js` and
`filesystem.js` are what it finds there. It hands over the functions that it made for the program to import, and the
rows below call those that compat does not have. What stands in the binary itself (EM_JS, from 1.37.36) needs no glue:
then `runtime.js` is evaluated in its place. None of this happens unless the user allows it: `Guest.scripting` is given.

Sources: src/preamble.js, src/library.js (emscripten_run_script), emscripten.py (ASM_CONSTS, create_em_js), 1.37.0 to
1.39.20.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from importlib.resources import files

from compat._typing import Any
from compat.abi.bind import Signature
from compat.abi.guest import Realm, Value
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.guest import LARGEST_HEAP, PAGE, EmscriptenGuest, exported_functions, memory_limits
from compat.emscripten_abi.script_files import FILE_OPERATIONS, ScriptDevices
from compat.errors import Abort, MissingImport, Unsupported
from compat.kernel.errno import Errno, SysError
from compat.wasm.model import FuncType, Kind, ValType

_MILLISECOND = 1_000_000
"""Nanoseconds."""
_MOST_POINTERS = 1 << 16
"""How many functions can be given pointers in all: each is memory of the host's."""
_LARGEST_VIEW = (1 << 31) - PAGE
"""Bytes: what an ArrayBuffer of the engine's can have."""
_MOST_RANDOM = 1 << 20
_OWN_FAMILIES = ("___syscall", "___wasi_", "_fd_", "___cxa_", "__embind_", "__emval_", "_pthread_", "___map_file")
"""Functions that share state with others of their family, which compat has: none of them may be the glue's."""


class Scripts:
    """The glue of one guest, evaluated; where there is none, what stands in for it."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        """Raises EngineUnavailable. What is wrong with the glue is said when a function of it is called."""
        assert guest.scripting
        self._guest = guest
        self._keys = {clear: key for key, clear in guest.detection.glue.import_names.items()}
        self._types = {
            i.name: i.type for i in guest.detection.module.imported(Kind.FUNC) if isinstance(i.type, FuncType)
        }
        maximum = memory_limits(guest.detection.module).maximum
        self._maximum = min(LARGEST_HEAP if maximum is None else maximum * PAGE, _LARGEST_VIEW)
        self._known: set[str] = set()
        self._problem = ""
        self._ran = False
        """Whether any script ran since `finish`."""
        self._pointers = 0
        devices = guest.part(ScriptDevices)
        devices.read, devices.write = self._device_read, self._device_write
        self._realm: Realm = guest.scripting.realm(self._host, self._expired)
        self._has_glue = bool(guest.scripting.glue)
        self._load(guest.scripting.glue or _text("runtime.js"))

    def _load(self, glue: str) -> None:
        """Evaluate the glue. It writes to its own static memory, so this comes before the program's is set up."""
        self._show()
        self._realm.evaluate(_text("filesystem.js"), "filesystem.js")
        self._realm.evaluate(_text("prelude.js"), "prelude.js")
        error_type = self._realm.error
        try:
            self._known = set(str(self._run("load", _adapted(glue), self._guest.process.args[0])).split())
        except error_type as error:
            self._problem = f"the program's glue cannot be evaluated here: {error}"

    def call(self, name: str, arguments: tuple[Value, ...]) -> Value | None:
        """Call the glue's function that the program imports as `name`, a name in clear.

        Raises MissingImport where there is none, or it must not be used, and Abort for what it throws.
        """
        key = self._keys.get(name, name)
        self._check(name, key)
        try:
            result = self._run("invoke", key, *arguments)
        except self._realm.error as error:
            raise Abort(f"JavaScript of {name} threw: {error}") from error
        declared = self._types[key].results
        return _number(result, declared[0]) if declared else None

    def _check(self, name: str, key: str) -> None:
        if not self._guest.in_first_thread:
            raise MissingImport(f"env.{name} is JavaScript, which only the program's first thread can run")
        if self._problem:
            raise MissingImport(f"env.{name}: {self._problem}")
        options = self._guest.detection.glue.import_options.get(key, ())
        if any(option.startswith(_OWN_FAMILIES) for option in options):
            raise MissingImport(
                f"env.{name} may be {' or '.join(options[:4])}, which compat has: the glue's cannot stand in for it\n"
                "say which it is: --import-map FILE (compat inspect --write-import-map writes a draft)"
            )
        if key in self._known or self._define(name, key):
            return
        if not self._has_glue:
            raise MissingImport(f"env.{name}: it is JavaScript, which is only in the program's glue: --glue FILE.js")
        raise MissingImport(f"env.{name} is not known, and the program's glue has no function for it either")

    def _define(self, name: str, key: str) -> bool:
        """Take a function out of the binary, if it is one of EM_JS: an export returns the address of its text.

        Raises MissingImport where that is no function.
        """
        export = f"___em_js__{name.removeprefix('_')}"
        if str(self._guest.export_type(export)) != "i()":
            return False
        address = int(self._guest.export(export)() or 0) & 0xFFFF_FFFF
        parameters, _, body = self._guest.memory.cstring(address).decode("utf-8", "replace").partition("<::>")
        # `(int a, const char *b)`: what comes last is the name.
        declared = [] if parameters == "(void)" else parameters[1:-1].split(",")
        names = [parameter.split()[-1].replace("*", "") for parameter in declared if parameter.strip("* ")]
        try:
            self._run("defineFunction", key, ", ".join(names), body)
        except self._realm.error as error:
            raise MissingImport(f"env.{name}: its text in the binary is no function of JavaScript: {error}") from error
        self._known.add(key)
        return True

    def finish(self) -> None:
        """Do what promises have put off; a rejection that nothing handles is told on the console, as in a page."""
        if self._ran:
            self._show()
            try:
                self._realm.run_jobs()
                self._run("reportRejections")
            except self._realm.error as error:
                raise Abort(f"JavaScript of a promise threw: {error}") from error
            self._ran = False

    def close(self) -> None:
        self._realm.close()

    # --- asked by JavaScript

    def _run(self, function: str, *arguments: Any) -> Any:
        self._show()
        self._ran = True
        return self._realm.call(function, *arguments)

    def _show(self) -> None:
        buffer = self._guest.memory.buffer()
        if len(buffer):
            self._realm.show(buffer, max(self._maximum, len(buffer)))

    def _expired(self) -> bool:
        """Raises TimeLimit when the time of the run is over."""
        self._guest.process.clock.patience(None)
        return False

    def _host(self, operation: str, *arguments: Any) -> Any:
        try:
            if operation in FILE_OPERATIONS:
                return self._file(operation, arguments)
            kinds, body = _OPERATIONS[operation]
            return body(self, *_read(operation, kinds, arguments))
        finally:
            self._show()  # The guest may have grown its memory.

    def _file(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """The result of an operation on files, or of one that failed the number of the error, negative."""
        kinds, body = FILE_OPERATIONS[operation]
        try:
            return body(self._guest, *_read(operation, kinds, arguments))
        except SysError as error:
            return -self._guest.errno_numbers[error.errno]

    def _call(self, name: str, *arguments: Any) -> Value | None:
        clear = self._guest.detection.glue.export_names.get(name, name)
        type = self._guest.export_type(clear)
        if type is None:
            raise Abort(f"JavaScript called {clear}, which the program does not export")
        padded = [*arguments, *[math.nan] * len(type.params)]  # What is not given is undefined.
        return self._guest.export(clear)(*map(_number, padded[: len(type.params)], type.params))

    def _exports(self) -> str:
        return json.dumps([*exported_functions(self._guest.detection)])

    def _add_function(self, number: int, signature: str) -> int:
        """`addFunction`. Older code gives no signature: slots that are reserved have one of each."""
        names = self._guest.detection.glue.import_names
        imported = sorted(names.get(key, key) for key in self._types)
        letters = signature or next((n.removeprefix("jsCall_") for n in imported if n.startswith("jsCall_")), "v")

        def call(*arguments: Value) -> Value | None:
            try:
                result = self._run("callback", number, *arguments)
            except self._realm.error as error:
                raise Abort(f"JavaScript of a function pointer threw: {error}") from error
            return None if letters[0] == "v" else _number(result, ValType(letters[0]))

        self._pointers += 1
        if self._pointers > _MOST_POINTERS:
            raise Abort(f"JavaScript called addFunction more than {_MOST_POINTERS} times")
        try:
            return self._guest.add_function(call, letters)
        except (ValueError, Unsupported) as error:
            raise Abort(f"JavaScript called addFunction: {error}") from error

    def _remove_function(self, pointer: int) -> None:
        try:
            self._guest.remove_function(pointer)
        except KeyError:
            raise Abort(f"JavaScript called removeFunction: {pointer} was not added") from None

    def _print(self, descriptor: int, text: str) -> None:
        stream = self._guest.process.stdout if descriptor == 1 else self._guest.process.stderr
        data = memoryview(text.encode("utf-8", "surrogatepass"))
        while data:
            data = data[stream.write(data) :]

    def _time(self) -> float:
        return float(self._guest.process.clock.realtime() // _MILLISECOND)

    def _monotonic(self) -> float:
        return self._guest.process.clock.monotonic() / _MILLISECOND

    def _random(self, size: int) -> bytes:
        return self._guest.process.entropy.bytes(max(0, min(size, _MOST_RANDOM)))

    def _timer(self, number: int, delay: int, is_frame: bool) -> None:
        def fire() -> None:
            if is_frame:
                if self._guest.frames == 0:
                    return
                if self._guest.frames is not None:
                    self._guest.frames -= 1
            try:
                self._run("fire", number)
            except self._realm.error as error:
                raise Abort(f"JavaScript of a timer threw: {error}") from error

        self._guest.timers.add(self._guest.process.clock.monotonic() + max(0, delay) * _MILLISECOND, fire)

    def _errno(self, number: int) -> str:
        """The name of an error."""
        return next((e.name for e, known in self._guest.errno_numbers.items() if known == number), str(number))

    def _errno_number(self, name: str) -> int:
        return self._guest.errno_numbers[Errno[name]] if name in Errno.__members__ else 0

    # --- devices that JavaScript made

    def _device_read(self, number: int, size: int) -> bytes | None:
        data = self._device("deviceRead", number, size)
        return data if isinstance(data, bytes) else None

    def _device_write(self, number: int, data: bytes) -> None:
        self._device("deviceWrite", number, data)

    def _device(self, function: str, *arguments: Any) -> Any:
        try:
            return self._run(function, *arguments)
        except self._realm.error:
            raise SysError(Errno.EIO) from None


_OPERATIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "call": ("tn*", Scripts._call),
    "exports": ("", Scripts._exports),
    "addFunction": ("it", Scripts._add_function),
    "removeFunction": ("i", Scripts._remove_function),
    "print": ("it", Scripts._print),
    "time": ("", Scripts._time),
    "monotonic": ("", Scripts._monotonic),
    "random": ("i", Scripts._random),
    "timer": ("ii?", Scripts._timer),
    "encode": ("t", lambda _, text: text.encode("utf-8", "replace")),
    "decode": ("bt", lambda _, data, encoding: data.decode(encoding, "replace")),
    "errno": ("i", Scripts._errno),
    "number": ("t", Scripts._errno_number),
}


def _read(operation: str, kinds: str, values: tuple[Any, ...]) -> list[Any]:
    """The arguments of an operation as its kinds say: t text, b bytes, i a whole number, o that or none, n a number,
    ? a truth; before *, any number of them.

    A program may have put functions of its own in the place of all that the prelude is written with. Raises Abort.
    """
    if kinds.endswith("*"):
        kinds = kinds[:-2] + kinds[-2] * (len(values) + 2 - len(kinds))
    if len(values) != len(kinds):
        raise Abort(f"JavaScript asked its host for {operation} with {len(values)} values, not {len(kinds)}")
    try:
        return [_KINDS[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except TypeError as error:
        raise Abort(f"JavaScript asked its host for {operation} with {error}") from None


def _a(kind: type[Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} for a {kind.__name__}")
        return value

    return check


def _whole(value: Any) -> int:
    """Within 53 bits, as JavaScript's are; a fraction goes, and what is no number is 0."""
    if not isinstance(value, int | float):
        raise TypeError(f"a {type(value).__name__} for a number")
    return 0 if math.isnan(value) else int(max(-_LARGEST, min(value, _LARGEST)))


_LARGEST = 2**53
_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "t": _a(str),
    "b": _a(bytes),
    "i": _whole,
    "o": lambda value: None if value is None else _whole(value),
    "n": lambda value: value if isinstance(value, int | float) else math.nan,
    "?": bool,
}


def _number(number: Any, type: ValType) -> Value:
    """A number of JavaScript's as WebAssembly takes it: integers by ToInt32."""
    if not isinstance(number, int | float):
        number = math.nan  # What a hostile program makes of it.
    if type in (ValType.F32, ValType.F64):
        return float(number)
    bits = 32 if type is ValType.I32 else 64
    whole = int(number) % (1 << bits) if math.isfinite(number) else 0
    return whole - (1 << bits) if whole >> (bits - 1) else whole


# --- texts


def _text(name: str) -> str:
    return files("compat.emscripten_abi").joinpath(name).read_text("utf-8")


_FS = re.compile(r"=(?=\s*\{\s*root\s*:\s*null\s*,\s*mounts\s*:\s*\[\])")
_DEFINITION = r"(?:\s*[:=]\s*\(?\s*function)?\s*\([^()]*\)\s*\{"
_POINTERS = {name: re.compile(name + _DEFINITION) for name in ("addFunction", "removeFunction")}
_EXPORT = re.compile(r"(?<![^;}\s])export\s+default\s")
_WINDOW = 200
"""Characters around what tells of a place in the glue."""
_MOST_PLACES = 10_000


def _adapted(glue: str) -> str:
    """The glue as a script, with its file system and function pointers handed over to the prelude's as they are made.

    Its own would be of its own: it has no functions of the program's, and nobody reads its files.
    """
    glue = _replaced(glue, "mounts", _FS, "=glueFS=")
    glue = _replaced(glue, "export", _EXPORT, "module.exports=")
    for name, definition in _POINTERS.items():
        glue = _replaced(glue, name, definition, rf"\g<0>return globalThis.{name}.apply(null,arguments);")
    return glue


def _replaced(glue: str, anchor: str, pattern: re.Pattern[str], replacement: str) -> str:
    """The glue with what matches around an anchor replaced: no pattern is let loose on megabytes."""
    parts, done, place = [], 0, glue.find(anchor)
    for _ in range(_MOST_PLACES):
        if place < 0:
            break
        start = max(done, place - _WINDOW)
        if match := pattern.search(glue[start : place + _WINDOW]):
            parts += [glue[done : start + match.start()], match.expand(replacement)]
            done = start + match.end()
        place = glue.find(anchor, max(place + len(anchor), done))
    return "".join([*parts, glue[done:]])


# --- the rows

env = Table("env", "javascript")
rest = Table("env", "javascript")
"""Whatever no other table knows: it stands in the place of `absent.own`."""


def _row(prefix: str) -> Callable[..., Value | None]:
    def call(guest: EmscriptenGuest, sig: Signature, *arguments: Value) -> Value | None:
        """Run JavaScript of the program's, by the function that its glue has for that."""
        return guest.part(Scripts).call(prefix + sig, arguments)

    return call


for _prefix in ("", "sync_on_main_thread_", "async_on_main_thread_"):
    _prefix = f"_emscripten_asm_const_{_prefix}"
    env.function(_prefix + "{sig}")(_row(_prefix))
for _name in ("_emscripten_run_script", "_emscripten_run_script_int", "_emscripten_run_script_string"):
    env.function(_name)(_row(_name))
env.function("_emscripten_async_run_script")(_row("_emscripten_async_run_script"))


@rest.function("{name}", level=PARTIAL, note="what of it keeps files or handles of its own has those of the glue")
def call(guest: EmscriptenGuest, sig: Signature, *arguments: Value) -> Value | None:
    """Call the function of that name in the program's glue."""
    return guest.part(Scripts).call(sig, arguments)
