"""A program's own JavaScript: EM_ASM, EM_JS, the functions of `--js-library`, `emscripten_run_script`.

Such code is written against the glue that it stands in: its views of memory, its `UTF8ToString`, its `Module`. So the
glue itself is evaluated, in an engine of its own, up to where it would load the program; `prelude.js` is what it finds
there. It hands over the functions that it made for the program to import, and the rows below call those that compat
does not have. None of this happens unless the user allows it: `Guest.scripting` is then given.

Sources: src/preamble.js, src/library.js (emscripten_run_script), emscripten.py (ASM_CONSTS), 1.37.0 to 1.39.20.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from importlib.resources import files

from compat._typing import Any
from compat.abi.bind import Signature
from compat.abi.guest import Realm, Value
from compat.abi.row import PARTIAL, Table
from compat.emscripten_abi.guest import LARGEST_HEAP, PAGE, EmscriptenGuest, memory_limits
from compat.emscripten_abi.kinds import MODE_BITS, MODE_MASK
from compat.errors import Abort, MissingImport
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import OpenFlags
from compat.kernel.stat import FileType
from compat.wasm.model import FuncType, Kind, ValType

_MILLISECOND = 1_000_000
"""Nanoseconds."""
_READ = 1 << 20
_OWN_FAMILIES = ("___syscall", "___wasi_", "_fd_", "___cxa_", "__embind_", "__emval_", "_pthread_", "___map_file")
"""Functions that share state with others of their family, which compat has: none of them may be the glue's."""


class Scripts:
    """The glue of one guest, evaluated."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        """Raises EngineUnavailable. What is wrong with the glue is said when a function of it is called."""
        assert guest.scripting
        self._guest = guest
        self._keys = {clear: key for key, clear in guest.detection.glue.import_names.items()}
        self._types = {
            i.name: i.type for i in guest.detection.module.imported(Kind.FUNC) if isinstance(i.type, FuncType)
        }
        maximum = memory_limits(guest.detection.module).maximum
        self._maximum = LARGEST_HEAP if maximum is None else maximum * PAGE
        self._known: frozenset[str] = frozenset()
        self._problem = ""
        self._realm: Realm = guest.scripting.realm(self._host, self._expired)
        self._load(guest.scripting.glue)

    def _load(self, glue: str) -> None:
        """Evaluate the glue. It writes to its own static memory, so this comes before the program's is set up."""
        if not glue:
            self._problem = "it is JavaScript, which is only in the program's glue: --glue FILE.js"
            return
        self._show()
        prelude = files("compat.emscripten_abi").joinpath("prelude.js").read_text("utf-8")
        self._realm.evaluate(prelude, "prelude.js")
        error_type = self._realm.error
        try:
            self._known = frozenset(str(self._realm.call("load", glue, self._guest.process.args[0])).split())
        except error_type as error:
            self._problem = f"the program's glue cannot be evaluated here: {error}"

    def call(self, name: str, arguments: tuple[Value, ...]) -> Value | None:
        """Call the glue's function that the program imports as `name`, a name in clear.

        Raises MissingImport where there is none, or it must not be used, and Abort for what it throws.
        """
        key = self._keys.get(name, name)
        self._check(name, key)
        self._show()
        try:
            result = self._realm.call("invoke", key, *arguments)
        except self._realm.error as error:
            raise Abort(f"JavaScript of {name} threw: {error}") from error
        declared = self._types[key].results
        return _number(result, declared[0]) if declared else None

    def _check(self, name: str, key: str) -> None:
        if self._problem:
            raise MissingImport(f"env.{name}: {self._problem}")
        options = self._guest.detection.glue.import_options.get(key, ())
        if any(option.startswith(_OWN_FAMILIES) for option in options):
            raise MissingImport(
                f"env.{name} may be {' or '.join(options[:4])}, which compat has: the glue's cannot stand in for it\n"
                "say which it is: --import-map FILE (compat inspect --write-import-map writes a draft)"
            )
        if key not in self._known:
            raise MissingImport(f"env.{name} is not known, and the program's glue has no function for it either")

    def close(self) -> None:
        self._realm.close()

    # --- asked by JavaScript

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
            return _OPERATIONS[operation](self, *arguments)
        finally:
            self._show()  # The guest may have grown its memory.

    def _call(self, name: str, *arguments: Any) -> Value | None:
        clear = self._guest.detection.glue.export_names.get(name, name)
        type = self._guest.export_type(clear)
        if type is None:
            raise Abort(f"JavaScript called {clear}, which the program does not export")
        padded = [*arguments, *[math.nan] * len(type.params)]  # What is not given is undefined.
        return self._guest.export(clear)(*map(_number, padded[: len(type.params)], type.params))

    def _write(self, descriptor: float, text: str) -> None:
        stream = self._guest.process.stdout if descriptor == 1 else self._guest.process.stderr
        data = memoryview(text.encode("utf-8", "surrogatepass"))
        while data:
            data = data[stream.write(data) :]

    def _time(self) -> float:
        return float(self._guest.process.clock.realtime() // _MILLISECOND)

    def _monotonic(self) -> float:
        return self._guest.process.clock.monotonic() / _MILLISECOND

    def _random(self, size: float) -> bytes:
        return self._guest.process.entropy.bytes(min(int(size), _READ))

    def _timer(self, number: float, delay: float) -> None:
        due = self._guest.process.clock.monotonic() + int(max(0.0, min(delay, 1e12)) * _MILLISECOND)

        def fire() -> None:
            self._show()
            try:
                self._realm.call("fire", number)
            except self._realm.error as error:
                raise Abort(f"JavaScript of a timer threw: {error}") from error

        self._guest.timers.add(due, fire)

    def _file(self, operation: str, *arguments: Any) -> Any:
        """The result of an operation on files, which is never a number; the number of the error where it failed."""
        try:
            return _FILES[operation](self._guest, *arguments)
        except SysError as error:
            return float(self._guest.errno_numbers[error.errno])


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "call": Scripts._call,
    "write": Scripts._write,
    "time": Scripts._time,
    "monotonic": Scripts._monotonic,
    "random": Scripts._random,
    "timer": Scripts._timer,
    "file": Scripts._file,
}


def _number(number: float, type: ValType) -> Value:
    """A number of JavaScript's as WebAssembly takes it: integers by ToInt32."""
    if type in (ValType.F32, ValType.F64):
        return number
    bits = 32 if type is ValType.I32 else 64
    whole = int(number) % (1 << bits) if math.isfinite(number) else 0
    return whole - (1 << bits) if whole >> (bits - 1) else whole


# --- files, as the methods of `FS`


def _read(guest: EmscriptenGuest, path: str) -> bytes:
    file = guest.process.fs.open(path, OpenFlags.READ | OpenFlags.NONBLOCK, base=guest.process.cwd)
    try:
        if file.stat().type is not FileType.REGULAR:
            raise SysError(Errno.EISDIR if file.stat().type is FileType.DIRECTORY else Errno.EINVAL)
        return b"".join(iter(lambda: file.read(_READ), b""))
    finally:
        file.close()


def _read_text(guest: EmscriptenGuest, path: str) -> str:
    return _read(guest, path).decode("utf-8", "replace")


def _write(guest: EmscriptenGuest, path: str, data: bytes) -> None:
    flags = OpenFlags.WRITE | OpenFlags.CREATE | OpenFlags.TRUNCATE
    file = guest.process.fs.open(path, flags, base=guest.process.cwd)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
    finally:
        file.close()


def _stat(guest: EmscriptenGuest, path: str, follow: bool) -> str:
    found = guest.process.fs.stat(path, base=guest.process.cwd, follow=follow)
    times = {name: getattr(found, name) // _MILLISECOND for name in ("atime", "mtime", "ctime")}
    mode = MODE_BITS[found.type] | found.mode
    return json.dumps({"mode": mode, "size": found.size, "ino": found.ino, "nlink": found.nlink, **times})


def _readdir(guest: EmscriptenGuest, path: str) -> str:
    file = guest.process.fs.open(path, OpenFlags.READ | OpenFlags.DIRECTORY, base=guest.process.cwd)
    try:
        return json.dumps([entry.name for entry in file.readdir() if entry.name not in (".", "..")])
    finally:
        file.close()


def _chdir(guest: EmscriptenGuest, path: str) -> None:
    guest.process.chdir(guest.process.fs.directory(path, base=guest.process.cwd))


_FILES: Mapping[str, Callable[..., Any]] = {
    "read": _read,
    "readText": _read_text,
    "write": _write,
    "stat": _stat,
    "readdir": _readdir,
    "mkdir": lambda g, path, mode: g.process.fs.mkdir(path, int(mode) & ~MODE_MASK, base=g.process.cwd),
    "rmdir": lambda g, path: g.process.fs.rmdir(path, base=g.process.cwd),
    "unlink": lambda g, path: g.process.fs.unlink(path, base=g.process.cwd),
    "rename": lambda g, old, new: g.process.fs.rename(old, new, old_base=g.process.cwd, new_base=g.process.cwd),
    "symlink": lambda g, target, path: g.process.fs.symlink(target, path, base=g.process.cwd),
    "readlink": lambda g, path: g.process.fs.readlink(path, base=g.process.cwd),
    "truncate": lambda g, path, size: g.process.fs.truncate(path, int(size), base=g.process.cwd),
    "chmod": lambda g, path, mode: g.process.fs.chmod(path, int(mode) & ~MODE_MASK, base=g.process.cwd),
    "cwd": lambda g: g.process.getcwd(),
    "chdir": _chdir,
}


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
