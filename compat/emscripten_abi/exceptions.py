"""The records of C++ exceptions: `exceptions.wat`, a module of its own that the bridge imports.

A handler may have been given an *adjusted* pointer: to a base class within the object, or for a thrown pointer what it
points to. Compiled code passes that on where it means the exception. Where Emscripten's src/library_exceptions.js took
one for the other (an adjusted pointer never counted as caught, and was rethrown once too often), this does not.
"""

from __future__ import annotations

import os

FUNCTIONS = {
    # An object is thrown, with its type and destructor.
    "throw": "v(iii)",
    # It goes on after a cleanup, in which a handler may have ended. Returns the object in flight.
    "resume": "i(i)",
    # That of the innermost handler is thrown again. Returns the object, or 0 where no handler runs.
    "rethrow": "i()",
    # That which an exception_ptr holds is thrown again. Returns it.
    "rethrow_primary": "i(i)",
    # The object in flight, or caught last; 0 after the end of a handler.
    "last": "i()",
    # Of an object: its type_info, or 0.
    "type": "i(i)",
    # An object will be caught under this address.
    "adjust": "v(ii)",
    # A handler begins, for the exception that is known by an address; it owns it.
    "begin_catch": "v(i)",
    # The innermost handler ends. Returns the object, to be released, or 0.
    "end_catch": "i()",
    # The object of the innermost handler, owned once more; or 0.
    "current": "i()",
    # An object is owned once more.
    "acquire": "v(i)",
    # An object is owned once less. Returns 1 after the last owner: it is forgotten, and the caller destroys it.
    "release": "i(i)",
    # Of an object: its destructor, or 0.
    "destructor": "i(i)",
    # How many were thrown and not caught yet.
    "uncaught": "i()",
    # Nothing is under way any more: an exception has left the program.
    "settle": "v()",
}
"""The exports, with their types."""


def text() -> str:
    """The module, in WebAssembly text."""
    with open(os.path.join(os.path.dirname(__file__), "exceptions.wat"), encoding="utf-8") as file:
        return file.read()
