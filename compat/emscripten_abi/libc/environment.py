"""Environment variables. `environ` is a variable of the C library that the host fills."""

from __future__ import annotations

from compat.abi.kinds import I32, Pointer, Text
from compat.abi.row import Table
from compat.emscripten_abi.errno import set_errno
from compat.emscripten_abi.files import environment
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.texts import allocate, encode, new_text
from compat.kernel.errno import Errno, SysError

env = Table("env", "environment", failure=set_errno(-1))

BLOCK = 1280
"""Bytes for the variables and the pointers to them: what the JavaScript takes, and knows no more."""


class Environment:
    """A guest's variables, and where `environ` shows them."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self.variables = environment(guest.process)
        self.environ = 0
        """Address of the variable `environ`, once it is known."""
        self._block = 0
        self._size = 0
        self._values: dict[str, int] = {}

    def store(self) -> None:
        """Write the array that `environ` points to, and what it points to. Errors: ENOMEM."""
        if not self.environ:
            get_environ = self._guest.exports.get("__get_environ")
            if get_environ is None:
                return
            self.environ = int(get_environ() or 0) & 0xFFFF_FFFF
        strings = [encode(f"{name}={value}") for name, value in self.variables.items()]
        table = 4 * (len(strings) + 1)
        self._reserve(table + sum(map(len, strings)))
        memory = self._guest.memory
        address = self._block + table
        for i, string in enumerate(strings):
            memory.store_32(self._block + 4 * i, address)
            memory.write(address, string)
            address += len(string)
        memory.store_32(self._block + table - 4, 0)
        memory.store_32(self.environ, self._block)

    def _reserve(self, size: int) -> None:
        if not self._block and size <= BLOCK:
            self._block, self._size = self._guest.owned("environ", BLOCK), BLOCK
        elif size > self._size:
            # Programs keep pointers into the old block, so it is not freed.
            self._block, self._size = allocate(self._guest, 2 * size), 2 * size

    def value(self, name: str) -> int:
        """Address of the value of a variable, valid until it is next read; 0 if there is none. Errors: ENOMEM."""
        if name not in self.variables:
            return 0
        if name in self._values:
            self._guest.free(self._values[name])
        self._values[name] = new_text(self._guest, self.variables[name])
        return self._values[name]

    def change(self, name: str, value: str | None) -> None:
        """Set a variable, or remove it if `value` is None. Errors: EINVAL (no name for a variable), ENOMEM."""
        if not name or "=" in name:
            raise SysError(Errno.EINVAL)
        if value is None:
            self.variables.pop(name, None)
        else:
            self.variables[name] = value
        self.store()


@env.function("___buildEnvironment")
def build_environment(guest: EmscriptenGuest, environ: Pointer) -> None:
    """Fill `environ` at start-up. Without the JavaScript's limits of 64 variables and 1,024 bytes."""
    state = guest.part(Environment)
    state.environ = environ
    state.store()


@env.function("_getenv", failure=set_errno(0))
@env.function("_emscripten_get_env", failure=set_errno(0))
def getenv(guest: EmscriptenGuest, name: Text | None) -> Pointer:
    """The value of a variable, or NULL; it stays where it is until the same variable is read again."""
    return 0 if name is None else guest.part(Environment).value(name)


@env.function("_setenv")
def setenv(guest: EmscriptenGuest, name: Text | None, value: Text, overwrite: I32) -> I32:
    """Set a variable, an existing one only with `overwrite`. Errors: EINVAL, ENOMEM."""
    state = guest.part(Environment)
    if name is None:
        raise SysError(Errno.EINVAL)
    if overwrite or name not in state.variables:
        state.change(name, value)
    return 0


@env.function("_unsetenv")
def unsetenv(guest: EmscriptenGuest, name: Text | None) -> I32:
    """Remove a variable. Errors: EINVAL."""
    guest.part(Environment).change(name or "", None)
    return 0


@env.function("_putenv")
def putenv(guest: EmscriptenGuest, assignment: Text | None) -> I32:
    """Set a variable by `NAME=value`; the string is copied. Errors: EINVAL (no `=`), ENOMEM."""
    name, equals, value = (assignment or "").partition("=")
    if not equals:
        raise SysError(Errno.EINVAL)
    guest.part(Environment).change(name, value)
    return 0


@env.function("_clearenv")
def clearenv(guest: EmscriptenGuest) -> I32:
    """Remove all variables."""
    state = guest.part(Environment)
    state.variables.clear()
    state.store()
    return 0
