"""The Python interface: `run` a program, or `load` a library and call it. Neither prints, neither exits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from threading import RLock

from compat._typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self
from compat.abi.guest import Exit, Value
from compat.abi.memory import Memory
from compat.errors import GuestError, GuestExited
from compat.files import Files, GuestPath
from compat.functions import (
    I64,
    U32,
    U64,
    Callback,
    Function,
    Functions,
    ParameterKind,
    c_functions,
    exported_functions,
)
from compat.kernel.errno import SysError
from compat.kernel.vfs.stream import CAPTURE_LIMIT, CapturedOutput
from compat.session import HostFunction, Mount, Options, Program, Session

if TYPE_CHECKING:
    from socket import socket

__all__ = ["I64", "U32", "U64", "Callback", "Module", "Mount", "Result", "load", "run"]


class Result(NamedTuple):
    """How a program ended."""

    status: int
    """Its exit status; where `error` is set, the status that the command line would end with."""
    stdout: bytes
    stderr: bytes
    error: GuestError | None = None
    """What ended it, where that was not an exit."""
    files: Mapping[str, bytes] = {}
    """The files that were to be collected, those of them that were there, and regular files, at the end."""

    def check(self) -> Self:
        """This result; raises `error` if there is one."""
        if self.error:
            raise self.error
        return self


def run(
    path: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    mounts: Sequence[Mount] = (),
    files: Mapping[str, bytes] | None = None,
    preload: Sequence[str | os.PathLike[str]] = (),
    imports: Mapping[str, HostFunction] | None = None,
    allow_js: bool = False,
    listen: Sequence[socket] = (),
    allow_net: Sequence[str] = (),
    allow_hosts: Sequence[str] = (),
    max_requests: int | None = None,
    collect: Sequence[str] = (),
    glue: str | os.PathLike[str] | None = None,
    import_map: str | os.PathLike[str] | None = None,
    abi: str | None = None,
    epoch: str | None = None,
    native: bool = False,
    timeout: float | None = None,
    max_memory: int | None = None,
    frames: int | None = None,
    output_limit: int = CAPTURE_LIMIT,
    deterministic: bool = True,
    trace: Callable[[str], None] | None = None,
) -> Result:
    """Run a program to its end.

    `args` follow the program's name. `files` (guest path to content) are there when it starts; `collect` names those to
    bring back. `preload` names data packages, besides those that lie beside the program; `frames` ends a main loop
    after so many calls. `import_map` names a file that says what minified imports are called, where no glue does;
    `epoch` is the release of Emscripten that made the program (`1.38.30`), for where it says that it cannot tell.

    `imports` are functions of your own, by `module.name` as `compat inspect` lists what is missing; they go
    before what compat has. Each gets the guest's `Memory` and then the numbers that the guest passes, ints signed, and
    returns a number where the guest's declaration has one. The listening sockets in `listen` become the program's, and
    are closed with it; `allow_net` grants it places on the network, each as `HOST[:PORT]`. `allow_hosts` are URLs of
    hosts that a WASI program may make HTTP requests to, at every port unless one is written out, and `max_requests` how
    many answers it may hold at once. `timeout` is in seconds, `max_memory` and `output_limit` (per stream) in bytes.

    `allow_js` runs the JavaScript that the program calls, out of its glue, and needs the extra `js`: it sees the
    guest's memory, files and clock and no more, but in a native engine, which is no WebAssembly sandbox.

    `native` has a C compiler make the code, if `compat compile --native` has not yet: that takes long, once.

    What the guest does wrong is `Result.error`; what a function of yours raises passes as it is. Raised are
    MalformedModule, Unsupported and EngineUnavailable, where it cannot start, OSError, where a file of the host cannot
    be read, and ValueError for limits or grants that mean nothing.
    """
    options = Options(
        env=env or {},
        mounts=mounts,
        files=files or {},
        preload=preload,
        listen=listen,
        allow_net=allow_net,
        allow_hosts=allow_hosts,
        max_requests=max_requests,
        stdin=stdin,
        capture=output_limit,
        glue=glue,
        import_map=import_map,
        abi=abi,
        epoch=epoch,
        native=native,
        timeout=timeout,
        max_memory=max_memory,
        frames=frames,
        deterministic=deterministic,
        trace=trace,
        imports=imports or {},
        allow_js=allow_js,
    )
    error: GuestError | None = None
    with Session(Program(path, options), args, options) as session:
        try:
            status = session.main()
        except GuestError as failure:
            error, status = failure, failure.exit_status
        collected = dict(_collected(Files(session.process.fs), collect))
        return Result(status, *_captured(session), error, collected)


def load(
    path: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    mounts: Sequence[Mount] = (),
    files: Mapping[str, bytes] | None = None,
    preload: Sequence[str | os.PathLike[str]] = (),
    imports: Mapping[str, HostFunction] | None = None,
    allow_js: bool = False,
    listen: Sequence[socket] = (),
    allow_net: Sequence[str] = (),
    allow_hosts: Sequence[str] = (),
    max_requests: int | None = None,
    glue: str | os.PathLike[str] | None = None,
    import_map: str | os.PathLike[str] | None = None,
    abi: str | None = None,
    epoch: str | None = None,
    native: bool = False,
    timeout: float | None = None,
    max_memory: int | None = None,
    frames: int | None = 0,
    output_limit: int = CAPTURE_LIMIT,
    deterministic: bool = True,
    trace: Callable[[str], None] | None = None,
) -> Module:
    """Load a library, run its constructors and hand it over, ready to be called; its parameters are those of `run`,
    but a main loop gets no calls unless `frames` says how many (None: until the guest cancels it).
    """
    options = Options(
        env=env or {},
        mounts=mounts,
        files=files or {},
        preload=preload,
        listen=listen,
        allow_net=allow_net,
        allow_hosts=allow_hosts,
        max_requests=max_requests,
        stdin=stdin,
        capture=output_limit,
        glue=glue,
        import_map=import_map,
        abi=abi,
        epoch=epoch,
        native=native,
        timeout=timeout,
        max_memory=max_memory,
        frames=frames,
        deterministic=deterministic,
        trace=trace,
        imports=imports or {},
        allow_js=allow_js,
    )
    return Module(Program(path, options), args, options)


class Module:
    """A loaded library. A context manager; after `close` nothing of it may be used."""

    def __init__(self, program: Program, args: Sequence[str], options: Options) -> None:
        self._args, self._options = args, options
        session = self._session = Session(program, args, options)
        self.files = GuestPath(session.process.fs)
        self.detection = session.detection
        self._lock = RLock()
        session.guest.door = self._enter
        self.c = Functions(self.function, lambda: c_functions(self.detection))
        try:
            session.start()
        except Exit as end:
            session.close()
            raise GuestExited(end.status) from None
        except BaseException:
            session.close()
            raise

    @property
    def memory(self) -> Memory:
        """The guest's memory; its methods raise SysError(EFAULT) outside its bounds."""
        return self._session.guest.memory

    @property
    def exports(self) -> Mapping[str, Callable[..., Value | None]]:
        """The exported functions, under their names in clear. `call` is the way to call them."""
        return self._session.guest.exports

    @property
    def stdout(self) -> bytes:
        """All that the guest has written to its standard output."""
        return _captured(self._session)[0]

    @property
    def stderr(self) -> bytes:
        """All that the guest has written to its standard error."""
        return _captured(self._session)[1]

    def call(self, name: str, *args: Value) -> Value | None:
        """Call the export `name` with numbers; i32 and i64 results come back signed.

        Raises KeyError for a name that is not exported, TypeError for arguments that do not fit, GuestExited if the
        library ends the program, and any other GuestError.
        """
        return self._enter(self.exports[name], *args)

    def function(
        self, name: str, *, returns: type | None = None, params: Sequence[ParameterKind] | None = None
    ) -> Function:
        """The C function `name`, to be called with Python values. `name` is as in C, or the export's own.

        `params` says what each argument is: `int`, `U32` (no sign), `I64` and `U64` (also where they are two halves),
        `float`, `bool`, `str` (UTF-8, with a NUL), `bytes` (any buffer that the function reads, as a NumPy array),
        `bytearray` (any buffer that it may write to, too) or `Callback(SIGNATURE)` (a Python function). Where it is not
        given, an argument for an `i32` is passed by what it is, and a buffer that can be written is written back.
        Texts, buffers and callbacks may be None, for a null pointer; what is passed of them is gone after the call.

        `returns` is one of the same up to `bytes`; `str` and `bytes` stand for the NUL-terminated text at the address
        that the function returns, and are None where that is null. Without it, a number is returned as `call` does.

        Raises KeyError for a name that is not exported, and TypeError for a signature that the function cannot have.
        The function raises TypeError for arguments that do not fit, MemoryError where the guest has no room for copies,
        Unsupported where it has none to give or cannot be given callbacks, and whatever `call` raises.
        """
        export = next((spelt for spelt in (name, f"_{name}") if spelt in self.exports), None)
        if export is None:
            import difflib  # not above: few need it

            near = ", ".join(difflib.get_close_matches(name.removeprefix("_"), dir(self.c)))
            raise KeyError(f"the library exports no function {name}" + f"; near it are {near}" * bool(near))
        declared = exported_functions(self.detection)[export]
        guest = self._session.guest
        return Function(name, guest, self._enter, self.exports[export], declared, params, returns)

    def add_function(self, function: Callable[..., Value | None], signature: str) -> int:
        """A function pointer by which the guest can call `function`, until `remove_function`.

        `signature` is Emscripten's letters, the result first, as in `vii`: v i j f d. What `function` raises passes
        through the guest and comes out of `call` as itself; it may call the guest in its turn.

        Raises ValueError for a bad signature, and Unsupported where the guest was built without room for such pointers,
        or none is left.
        """
        return self._session.guest.add_function(function, signature)

    def remove_function(self, pointer: int) -> None:
        """Let go of a pointer that `add_function` returned. Raises KeyError for any other."""
        self._session.guest.remove_function(pointer)

    def load_library(self, path: str | os.PathLike[str]) -> Mapping[str, Callable[..., Value | None] | int]:
        """Load a side module of the host's into the running program, as the glue's `loadDynamicLibrary` does.

        Returns its functions, to be called like those of `exports`, and the addresses of its data, by name.

        Raises MalformedModule, Unsupported where the program was built without dynamic linking, and OSError.
        """
        with open(path, "rb") as file:
            data = file.read()
        symbols: Mapping[str, Callable[..., Value | None] | int] = {}

        def load() -> None:
            nonlocal symbols
            symbols = self._session.guest.load_library(os.path.basename(path), data)

        self._enter(load)
        return symbols

    @cached_property
    def bindings(self) -> MutableMapping[str, Any]:
        """The functions, classes, enumerations and constants that a C++ library registers (embind), by name; or the
        classes and enumerations of one that was bound by the WebIDL binder.

        They are attributes of the module too. What is put here, a library with embind finds as a property of `Module`.
        """
        if any(name.startswith("_emscripten_bind_") for name in self.exports):
            # Imported here: few libraries are of this kind.
            from compat.webidl import bindings

            return bindings(self._session.guest, self.detection)
        return self._session.guest.bindings

    def __getattr__(self, name: str) -> Any:
        if "_session" in self.__dict__:
            bindings = self.bindings
            if name in bindings:
                return bindings[name]
        raise AttributeError(f"the module has no attribute {name!r}, and its library registers nothing of that name")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.bindings})

    def another(self) -> Module:
        """Another instance of the same library, with the same options: it starts anew, and shares the code only.

        Each instance may be used by a thread of its own: they do not wait for one another, and are closed one by one.
        Listening sockets were the first one's.
        """
        return Module(self._session.program, self._args, self._options._replace(listen=()))

    def close(self) -> None:
        """Free the guest. Again is harmless."""
        self._session.close()

    def __repr__(self) -> str:
        return f"<compat.Module {self._session.program.name}>"

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("a loaded library cannot be copied or pickled: load it where it is needed, or use another()")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _enter(self, function: Callable[..., Value | None], *args: Value) -> Value | None:
        if not self._lock.acquire(False):
            raise RuntimeError("the library is in use by another thread: make an instance for each, with another()")
        try:
            session = self._session
            if session.running:
                # A function that the guest called: what ends this call is the business of the frames around it.
                return function(*args)
            try:
                return session.call(function, *args)
            except Exit as end:
                # To a caller in Python, a library that ends itself is an error.
                raise GuestExited(end.status) from None
        finally:
            self._lock.release()


def _collected(tree: Files, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """What can be read. A guest may have put anything in a file's place: a directory, a link in a circle, a device."""
    for name in names:
        try:
            content = tree.read(name)
        except SysError:
            continue
        yield name, content


def _captured(session: Session) -> tuple[bytes, bytes]:
    stdout, stderr = session.process.stdout, session.process.stderr
    assert isinstance(stdout, CapturedOutput)
    assert isinstance(stderr, CapturedOutput)
    return stdout.getvalue(), stderr.getvalue()
