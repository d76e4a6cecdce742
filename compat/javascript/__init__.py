"""An embedded JavaScript engine, for what of a program is JavaScript: the optional extra `js`.

It is QuickJS-ng, out of the shared object of the wheel `quickjs-ng`, whose C API is bound as that of libwasmtime is.
This package knows nothing of ABIs or of WebAssembly.
"""

from compat.javascript.realm import Item, Realm, ScriptError

__all__ = ["Item", "Realm", "ScriptError"]
