"""Rows of src/embind/emval.js, 1.37.2 to 1.39.x: what a program does with values of its host's, by handle."""

from __future__ import annotations

from collections.abc import Iterator

from compat._typing import TYPE_CHECKING, Any, NoReturn
from compat.abi.kinds import F64, I32, CString, Pointer
from compat.abi.row import Table
from compat.emscripten_abi.guest import EmscriptenGuest

if TYPE_CHECKING:
    from compat.emscripten_abi.embind.bindings import Bindings

env = Table("env", "embind")


def _bindings(guest: EmscriptenGuest) -> Bindings:
    # Imported here, as in `register`.
    from compat.emscripten_abi.embind.bindings import Bindings

    return guest.part(Bindings)


def _held(guest: EmscriptenGuest, handle: int) -> Any:
    return _bindings(guest).handles[handle]


def _new(guest: EmscriptenGuest, value: Any) -> int:
    return _bindings(guest).handles.add(value)


def _text(data: bytes) -> str:
    return data.decode("latin-1")


# --- handles


@env.function("__emval_register_symbol")
def register_symbol(address: Pointer) -> None:
    """Names a string that others will be taken from; it is read where it is used, so there is nothing to do."""


@env.function("__emval_incref")
def incref(guest: EmscriptenGuest, handle: I32) -> None:
    """Hold a value once more."""
    _bindings(guest).handles.retain(handle)


@env.function("__emval_decref")
def decref(guest: EmscriptenGuest, handle: I32) -> None:
    """Hold a value once less."""
    _bindings(guest).handles.release(handle)


@env.function("__emval_run_destructors")
def run_destructors(guest: EmscriptenGuest, handle: I32) -> None:
    """Give back what `__emval_as` or `__emval_call_method` took for its result."""
    _bindings(guest).run_destructors(handle)


# --- values


@env.function("__emval_new_array")
def new_array(guest: EmscriptenGuest) -> I32:
    """`[]`."""
    return _new(guest, [])


@env.function("__emval_new_object")
def new_object(guest: EmscriptenGuest) -> I32:
    """`{}`."""
    return _new(guest, {})


@env.function("__emval_new_cstring")
def new_cstring(guest: EmscriptenGuest, text: CString) -> I32:
    """A string, in Latin-1."""
    return _new(guest, _text(text))


@env.function("__emval_take_value")
def take_value(guest: EmscriptenGuest, type: Pointer, argument: Pointer) -> I32:
    """A value of a C++ type."""
    return _new(guest, _bindings(guest).types[type].read(argument))


@env.function("__emval_get_global")
def get_global(guest: EmscriptenGuest, name: Pointer) -> I32:
    """What the global object has under a name; with a null pointer, the global object."""
    bindings = _bindings(guest)
    if not name:
        return bindings.handles.add(bindings.globals)
    return bindings.handles.add(bindings.globals.properties.get(_text(guest.memory.cstring(name)), bindings.undefined))


@env.function("__emval_get_module_property")
def get_module_property(guest: EmscriptenGuest, name: CString) -> I32:
    """What the Module object has under a name: here, what the program has registered or Python has put there."""
    bindings = _bindings(guest)
    return bindings.handles.add(bindings.get(_text(name), bindings.undefined))


# --- properties and operators


@env.function("__emval_get_property")
def get_property(guest: EmscriptenGuest, handle: I32, key: I32) -> I32:
    """`value[key]`."""
    from compat.emscripten_abi.embind import values

    return _new(guest, values.get(_held(guest, handle), _held(guest, key)))


@env.function("__emval_set_property")
def set_property(guest: EmscriptenGuest, handle: I32, key: I32, value: I32) -> None:
    """`value[key] = other`."""
    from compat.emscripten_abi.embind import values

    values.put(_held(guest, handle), _held(guest, key), _held(guest, value))


@env.function("__emval_in")
def in_(guest: EmscriptenGuest, key: I32, handle: I32) -> I32:
    """`key in value`."""
    from compat.emscripten_abi.embind import values

    return values.has(_held(guest, handle), _held(guest, key))


@env.function("__emval_delete")
def delete(guest: EmscriptenGuest, handle: I32, key: I32) -> I32:
    """`delete value[key]`."""
    from compat.emscripten_abi.embind import values

    return values.delete(_held(guest, handle), _held(guest, key))


@env.function("__emval_typeof")
def typeof(guest: EmscriptenGuest, handle: I32) -> I32:
    """`typeof value`."""
    from compat.emscripten_abi.embind import values

    return _new(guest, values.typeof(_held(guest, handle)))


@env.function("__emval_is_number")
def is_number(guest: EmscriptenGuest, handle: I32) -> I32:
    """`typeof value === "number"`."""
    from compat.emscripten_abi.embind import values

    return values.typeof(_held(guest, handle)) == "number"


@env.function("__emval_is_string")
def is_string(guest: EmscriptenGuest, handle: I32) -> I32:
    """`typeof value === "string"`."""
    return isinstance(_held(guest, handle), str)


@env.function("__emval_instanceof")
def instanceof(guest: EmscriptenGuest, handle: I32, constructor: I32) -> I32:
    """`value instanceof constructor`."""
    from compat.emscripten_abi.embind import values

    return values.is_instance(_held(guest, handle), _held(guest, constructor))


@env.function("__emval_equals")
def equals(guest: EmscriptenGuest, first: I32, second: I32) -> I32:
    """`first == second`."""
    from compat.emscripten_abi.embind import values

    return values.equal(_held(guest, first), _held(guest, second))


@env.function("__emval_strictly_equals")
def strictly_equals(guest: EmscriptenGuest, first: I32, second: I32) -> I32:
    """`first === second`."""
    from compat.emscripten_abi.embind import values

    return values.strictly_equal(_held(guest, first), _held(guest, second))


@env.function("__emval_greater_than")
def greater_than(guest: EmscriptenGuest, first: I32, second: I32) -> I32:
    """`first > second`."""
    from compat.emscripten_abi.embind import values

    return values.less(_held(guest, second), _held(guest, first))


@env.function("__emval_less_than")
def less_than(guest: EmscriptenGuest, first: I32, second: I32) -> I32:
    """`first < second`."""
    from compat.emscripten_abi.embind import values

    return values.less(_held(guest, first), _held(guest, second))


@env.function("__emval_not")
def not_(guest: EmscriptenGuest, handle: I32) -> I32:
    """`!value`."""
    from compat.emscripten_abi.embind import values

    return not values.truth(_held(guest, handle))


# --- calls


def _arguments(guest: EmscriptenGuest, count: int, types: int, address: int) -> Iterator[Any]:
    bindings = _bindings(guest)
    for id in bindings.ids(count, types, 0):
        type = bindings.types[id]
        yield type.read(address)
        address += type.advance


@env.function("__emval_new")
def new(guest: EmscriptenGuest, handle: I32, count: I32, types: Pointer, arguments: Pointer) -> I32:
    """`new value(…)`."""
    from compat.emscripten_abi.embind import values

    passed = [*_arguments(guest, count, types, arguments)]
    return _new(guest, values.construct(_held(guest, handle), *passed))


@env.function("__emval_call")
def call(guest: EmscriptenGuest, handle: I32, count: I32, types: Pointer, arguments: Pointer) -> I32:
    """`value(…)`."""
    from compat.emscripten_abi.embind import values

    passed = [*_arguments(guest, count, types, arguments)]
    return _new(guest, values.call(_held(guest, handle), *passed))


@env.function("__emval_get_method_caller")
def get_method_caller(guest: EmscriptenGuest, count: I32, types: Pointer) -> I32:
    """A number for calls of one signature: the types of the result and of the arguments."""
    bindings = _bindings(guest)
    return bindings.signature(bindings.ids(count, types))


@env.function("__emval_call_method")
def call_method(
    guest: EmscriptenGuest, caller: I32, handle: I32, name: CString, destructors: Pointer, arguments: Pointer
) -> F64:
    """`value.name(…)`, with a result of a C++ type; the program gives back what that took."""
    cleanups = _bindings(guest).destructors(destructors)
    return _bindings(guest).call_method(caller, _held(guest, handle), _text(name), arguments, cleanups)


@env.function("__emval_call_void_method")
def call_void_method(guest: EmscriptenGuest, caller: I32, handle: I32, name: CString, arguments: Pointer) -> None:
    """`value.name(…)`, without a result."""
    _bindings(guest).call_method(caller, _held(guest, handle), _text(name), arguments, [])


@env.function("__emval_as")
def as_(guest: EmscriptenGuest, handle: I32, type: Pointer, destructors: Pointer) -> F64:
    """A value as one of a C++ type; the program gives back what that took."""
    cleanups = _bindings(guest).destructors(destructors)
    return _bindings(guest).types[type].wire(_held(guest, handle), cleanups)


@env.function("__emval_throw")
def throw(guest: EmscriptenGuest, handle: I32) -> I32:
    """`throw value`: it passes the program's frames, and comes out of the call in Python."""
    raise_value(_held(guest, handle))


def raise_value(value: Any) -> NoReturn:
    """Raise a value: an exception as it is, anything else within ThrownValue."""
    from compat.emscripten_abi.embind import values
    from compat.errors import ThrownValue

    raise value if isinstance(value, Exception) else ThrownValue(values.text(value), value=value)
