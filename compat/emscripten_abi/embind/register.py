"""Rows of src/embind/embind.js, 1.37.2 to 1.39.x: a program tells its host of its C++ types, mostly at start-up.

Names are Latin-1. A type is known by the address of its `type_info`; `signature` and function pointer go together.
"""

from __future__ import annotations

from compat._typing import TYPE_CHECKING
from compat.abi.kinds import F64, I32, CString, Pointer
from compat.abi.row import Table
from compat.emscripten_abi.guest import EmscriptenGuest

if TYPE_CHECKING:
    from compat.emscripten_abi.embind.bindings import Bindings

env = Table("env", "embind")


def _bindings(guest: EmscriptenGuest) -> Bindings:
    # Imported here: every program's plan has these rows, and few programs call them.
    from compat.emscripten_abi.embind.bindings import Bindings

    return guest.part(Bindings)


# --- types that cross by value


@env.function("__embind_register_void")
def register_void(guest: EmscriptenGuest, type: Pointer, name: CString) -> None:
    """`void`."""
    _bindings(guest).void(type, name)


@env.function("__embind_register_bool")
def register_bool(guest: EmscriptenGuest, type: Pointer, name: CString, size: I32, true: I32, false: I32) -> None:
    """`bool`, with its size in bytes and the two values that it takes."""
    _bindings(guest).boolean(type, name, size, true, false)


@env.function("__embind_register_integer")
def register_integer(guest: EmscriptenGuest, type: Pointer, name: CString, size: I32, low: I32, high: I32) -> None:
    """An integer of up to 32 bits: its size in bytes and its range. A `high` of -1 is 2**32 - 1."""
    _bindings(guest).integer(type, name, size, low, high)


@env.function("__embind_register_float")
def register_float(guest: EmscriptenGuest, type: Pointer, name: CString, size: I32) -> None:
    """`float` or `double`, by its size in bytes."""
    _bindings(guest).float(type, name, size)


@env.function("__embind_register_std_string")
def register_std_string(guest: EmscriptenGuest, type: Pointer, name: CString) -> None:
    """`std::string`, or another string of bytes."""
    _bindings(guest).string(type, name)


@env.function("__embind_register_std_wstring")
def register_std_wstring(guest: EmscriptenGuest, type: Pointer, unit: I32, name: CString) -> None:
    """A string of characters of 2 or 4 bytes: `std::wstring`, `u16string`, `u32string`."""
    _bindings(guest).wide_string(type, name, unit)


@env.function("__embind_register_emval")
def register_emval(guest: EmscriptenGuest, type: Pointer, name: CString) -> None:
    """`emscripten::val`: any value, by a handle."""
    _bindings(guest).val(type, name)


@env.function("__embind_register_memory_view")
def register_memory_view(guest: EmscriptenGuest, type: Pointer, element: I32, name: CString) -> None:
    """`emscripten::memory_view<T>`; the number of T in the order int8, uint8, int16 … float, double."""
    _bindings(guest).memory_view(type, name, element)


@env.function("__embind_register_enum")
def register_enum(guest: EmscriptenGuest, type: Pointer, name: CString, size: I32, signed: I32) -> None:
    """An enumeration."""
    _bindings(guest).enumeration(type, name, size, signed)


@env.function("__embind_register_enum_value")
def register_enum_value(guest: EmscriptenGuest, type: Pointer, name: CString, value: I32) -> None:
    """A member of an enumeration."""
    _bindings(guest).enumerator(type, name, value)


@env.function("__embind_register_value_array")
def register_value_array(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    constructor_signature: CString,
    constructor: Pointer,
    destructor_signature: CString,
    destructor: Pointer,
) -> None:
    """A struct that crosses as a list; its elements follow, and then `__embind_finalize_value_array`."""
    make, destroy = (constructor_signature, constructor), (destructor_signature, destructor)
    _bindings(guest).aggregate(type, name, make, destroy, named=False)


@env.function("__embind_register_value_array_element")
def register_value_array_element(
    guest: EmscriptenGuest,
    type: Pointer,
    getter_type: Pointer,
    getter_signature: CString,
    getter: Pointer,
    getter_context: Pointer,
    setter_type: Pointer,
    setter_signature: CString,
    setter: Pointer,
    setter_context: Pointer,
) -> None:
    """The next element of a struct that crosses as a list."""
    get = (getter_type, getter_signature, getter, getter_context)
    put = (setter_type, setter_signature, setter, setter_context)
    _bindings(guest).field(type, b"", get, put)


@env.function("__embind_register_value_object")
def register_value_object(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    constructor_signature: CString,
    constructor: Pointer,
    destructor_signature: CString,
    destructor: Pointer,
) -> None:
    """A struct that crosses with named fields; these follow, and then `__embind_finalize_value_object`."""
    make, destroy = (constructor_signature, constructor), (destructor_signature, destructor)
    _bindings(guest).aggregate(type, name, make, destroy, named=True)


@env.function("__embind_register_value_object_field")
def register_value_object_field(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    getter_type: Pointer,
    getter_signature: CString,
    getter: Pointer,
    getter_context: Pointer,
    setter_type: Pointer,
    setter_signature: CString,
    setter: Pointer,
    setter_context: Pointer,
) -> None:
    """A field of a struct that crosses with named fields."""
    get = (getter_type, getter_signature, getter, getter_context)
    put = (setter_type, setter_signature, setter, setter_context)
    _bindings(guest).field(type, name, get, put)


@env.function("__embind_finalize_value_array")
@env.function("__embind_finalize_value_object")
def finalize_aggregate(guest: EmscriptenGuest, type: Pointer) -> None:
    """All elements or fields of a struct have been registered."""
    _bindings(guest).finalize(type)


# --- functions and constants


@env.function("__embind_register_function")
def register_function(
    guest: EmscriptenGuest,
    name: CString,
    count: I32,
    types: Pointer,
    signature: CString,
    invoker: Pointer,
    function: Pointer,
) -> None:
    """A function. Of `types`, the first is the result's; the invoker takes the function and what it is called with."""
    bindings = _bindings(guest)
    bindings.function(name, bindings.ids(count, types), (signature, invoker), function)


@env.function("__embind_register_constant")
def register_constant(guest: EmscriptenGuest, name: CString, type: Pointer, value: F64) -> None:
    """A constant; its value is what a function of that type would return, as a double."""
    _bindings(guest).constant(name, type, value)


# --- classes


@env.function("__embind_register_class")
def register_class(
    guest: EmscriptenGuest,
    type: Pointer,
    pointer_type: Pointer,
    const_pointer_type: Pointer,
    base: Pointer,
    get_actual_type_signature: CString,
    get_actual_type: Pointer,
    upcast_signature: CString,
    upcast: Pointer,
    downcast_signature: CString,
    downcast: Pointer,
    name: CString,
    destructor_signature: CString,
    destructor: Pointer,
) -> None:
    """A class; a base that is not registered yet will be. Signatures without a function may be null."""
    _bindings(guest).class_(
        name,
        (type, pointer_type, const_pointer_type),
        base,
        get_actual_type=(get_actual_type_signature, get_actual_type),
        upcast=(upcast_signature, upcast),
        downcast=(downcast_signature, downcast),
        destructor=(destructor_signature, destructor),
    )


@env.function("__embind_register_class_constructor")
def register_class_constructor(
    guest: EmscriptenGuest,
    type: Pointer,
    count: I32,
    types: Pointer,
    signature: CString,
    invoker: Pointer,
    constructor: Pointer,
) -> None:
    """A constructor; there is one for each number of arguments."""
    bindings = _bindings(guest)
    bindings.constructor(type, bindings.ids(count, types), (signature, invoker), constructor)


@env.function("__embind_register_class_function")
def register_class_function(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    count: I32,
    types: Pointer,
    signature: CString,
    invoker: Pointer,
    context: Pointer,
    pure_virtual: I32,
) -> None:
    """A method. The second of `types` is that of `this`."""
    bindings = _bindings(guest)
    bindings.method(type, name, bindings.ids(count, types, 2), (signature, invoker), context, pure_virtual)


@env.function("__embind_register_class_property")
def register_class_property(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    getter_type: Pointer,
    getter_signature: CString,
    getter: Pointer,
    getter_context: Pointer,
    setter_type: Pointer,
    setter_signature: CString,
    setter: Pointer,
    setter_context: Pointer,
) -> None:
    """A property; one that cannot be set has no setter."""
    get = (getter_type, getter_signature, getter, getter_context)
    put = (setter_type, setter_signature, setter, setter_context)
    _bindings(guest).property(type, name, get, put)


@env.function("__embind_register_class_class_function")
def register_class_class_function(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    count: I32,
    types: Pointer,
    signature: CString,
    invoker: Pointer,
    function: Pointer,
) -> None:
    """A static method."""
    bindings = _bindings(guest)
    bindings.static_method(type, name, bindings.ids(count, types), (signature, invoker), function)


@env.function("__embind_register_class_class_property")
def register_class_class_property(
    guest: EmscriptenGuest,
    type: Pointer,
    name: CString,
    value_type: Pointer,
    address: Pointer,
    getter_signature: CString,
    getter: Pointer,
    setter_signature: CString,
    setter: Pointer,
) -> None:
    """A static property; one that cannot be set has no setter."""
    get = (value_type, getter_signature, getter, address)
    put = (value_type, setter_signature, setter, address)
    _bindings(guest).static_property(type, name, get, put)


@env.function("__embind_register_smart_ptr")
def register_smart_ptr(
    guest: EmscriptenGuest,
    type: Pointer,
    pointee: Pointer,
    name: CString,
    policy: I32,
    get_pointee_signature: CString,
    get_pointee: Pointer,
    constructor_signature: CString,
    constructor: Pointer,
    share_signature: CString,
    share: Pointer,
    destructor_signature: CString,
    destructor: Pointer,
) -> None:
    """A smart pointer to a class, with the policy by which others can come to share what it owns."""
    _bindings(guest).smart_pointer(
        type,
        pointee,
        name,
        policy,
        get_pointee=(get_pointee_signature, get_pointee),
        constructor=(constructor_signature, constructor),
        share=(share_signature, share),
        destructor=(destructor_signature, destructor),
    )


@env.function("__embind_create_inheriting_constructor")
def create_inheriting_constructor(guest: EmscriptenGuest, name: CString, wrapper: Pointer, properties: I32) -> I32:
    """A class of the host's that derives from one of C++: the `extend` of a class with `allow_subclass`."""
    return _bindings(guest).inheriting_constructor(name, wrapper, properties)
