"""C++ function names for backtraces: `_ZN3foo3BarIiE3bazEv` is `foo::Bar<...>::baz`.

Source: https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling. Only the name is read: template arguments are
stepped over, parameters not even looked at. This is why no demangler of others is used here. A mangled name is
untrusted, and written out in full it can be exponentially longer than it is: on a name of 300 bytes LLVM's (PyPI
pydemumble) exhausts the memory and takes the process with it. All that can grow is in what is left out here, and hardly
missed in a backtrace.
"""

from __future__ import annotations

import re

_OPERATORS = {
    **{"nw": " new", "na": " new[]", "dl": " delete", "da": " delete[]", "aw": " co_await"},
    **{"ps": "+", "ng": "-", "ad": "&", "de": "*", "co": "~", "nt": "!", "pp": "++", "mm": "--"},
    **{"pl": "+", "mi": "-", "ml": "*", "dv": "/", "rm": "%", "an": "&", "or": "|", "eo": "^", "ls": "<<", "rs": ">>"},
    **{"pL": "+=", "mI": "-=", "mL": "*=", "dV": "/=", "rM": "%=", "aN": "&=", "oR": "|=", "eO": "^=", "aS": "="},
    **{"lS": "<<=", "rS": ">>=", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "ss": "<=>"},
    **{"aa": "&&", "oo": "||", "cm": ",", "pm": "->*", "pt": "->", "cl": "()", "ix": "[]"},
}
_ABBREVIATIONS = {
    "t": "std",
    "a": "std::allocator",
    "b": "std::basic_string",
    "s": "std::string",
    "i": "std::istream",
    "o": "std::ostream",
    "d": "std::iostream",
}
_ELIDED = "..."

_THUNK = re.compile(r"T(?:hn?\d+_|vn?\d+_n?\d+_|c(?:hn?\d+_|vn?\d+_n?\d+_){2})")
_LENGTH = re.compile(r"\d+")
_REFERENCE = re.compile(r"[0-9A-Z]*_")
_QUALIFIERS = re.compile(r"[PROrVKCG]+")
_BUILTIN = re.compile(r"[vwbahcstijlmxynofdegz]|D[defhinusac]|DF\d+[_bx]")
_ARRAY = re.compile(r"(?:A|Dv)\d*_")
_CONSTRUCTOR = re.compile(r"C[1-5]|CI[12]")
_DESTRUCTOR = re.compile(r"D[0-5]")
_VALUE = re.compile(r"[^E]*")
_DISCRIMINATOR = re.compile(r"__\d+_|_\d|")
_NUMBER = re.compile(r"\d*_")


class _UnknownFormError(Exception):
    """The symbol is not mangled, or in a way that is not read here (expressions in template arguments)."""


def demangle(symbol: str) -> str:
    """The name of the function that `symbol` stands for, without parameters; `symbol` itself if it is not mangled."""
    # Emscripten's symbols are those of C with an underscore in front.
    mangled = symbol[1:] if symbol.startswith("__Z") else symbol
    if not mangled.startswith("_Z"):
        return symbol
    try:
        return _Parser(mangled).function()
    except (_UnknownFormError, RecursionError):
        return symbol


class _Parser:
    """Recursive descent over the mangled name, without a step back: it takes as long as the name is."""

    def __init__(self, mangled: str) -> None:
        self.text = mangled
        self.pos = 2

    def function(self) -> str:
        if self.skip(_THUNK):
            return f"thunk to {self.name()}"
        return self.name()

    def at(self, *heads: str) -> bool:
        return self.text.startswith(heads, self.pos)

    def accept(self, head: str) -> bool:
        if not self.at(head):
            return False
        self.pos += len(head)
        return True

    def skip(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.pos)
        if match is None:
            return None
        self.pos = match.end()
        return match[0]

    def expect(self, found: object) -> None:
        if not found:
            raise _UnknownFormError

    def name(self) -> str:
        if self.accept("N"):
            return self.nested()
        if self.accept("Z"):
            return self.local()
        name = self.substitution() if self.accept("S") else self.unqualified("")
        return self.with_arguments(name)

    def nested(self) -> str:
        self.skip(_QUALIFIERS)
        parts: list[str] = []
        while not self.accept("E"):
            if self.accept("S"):
                part = _ABBREVIATIONS["t"] if self.accept("t") else self.substitution()
            elif self.accept("T"):
                self.expect(self.skip(_NUMBER))
                part = _ELIDED
            else:
                part = self.unqualified(parts[-1] if parts else "")
            parts.append(self.with_arguments(part))
        self.expect(parts)
        return "::".join(parts)

    def local(self) -> str:
        """A name inside a function."""
        function = self.name()
        self.types()
        if self.accept("s"):
            self.skip(_DISCRIMINATOR)
            return f"{function}::{{string literal}}"
        if self.accept("d"):
            self.expect(self.skip(_NUMBER))
        entity = self.name()
        self.skip(_DISCRIMINATOR)
        return f"{function}::{entity}"

    def with_arguments(self, name: str) -> str:
        if not self.accept("I"):
            return name
        self.arguments()
        return f"{name}<{_ELIDED}>"

    def substitution(self) -> str:
        """What stands behind `S`. A reference to an earlier part of the name is not followed."""
        if self.accept("t"):
            return f"std::{self.unqualified('')}"
        if name := _ABBREVIATIONS.get(self.text[self.pos : self.pos + 1]):
            self.pos += 1
            return name
        self.expect(self.skip(_REFERENCE))
        return _ELIDED

    def unqualified(self, scope: str) -> str:
        self.accept("L")
        if self.at(*"0123456789"):
            name = self.source_name()
        elif constructor := self.skip(_CONSTRUCTOR):
            if constructor.startswith("CI"):
                self.type()
            name = _class_name(scope)
        elif self.skip(_DESTRUCTOR):
            name = f"~{_class_name(scope)}"
        elif self.accept("Ul"):
            self.types()
            self.expect(self.skip(_NUMBER))
            name = "{lambda}"
        elif self.accept("Ut"):
            self.expect(self.skip(_NUMBER))
            name = "{unnamed}"
        else:
            name = self.operator()
        while self.accept("B"):
            name += f"[abi:{self.source_name()}]"
        return name

    def operator(self) -> str:
        if self.accept("cv"):
            self.type()
            return f"operator {_ELIDED}"
        if self.accept("li"):
            return f'operator""{self.source_name()}'
        sign = _OPERATORS.get(self.text[self.pos : self.pos + 2])
        self.expect(sign)
        self.pos += 2
        return f"operator{sign}"

    def source_name(self) -> str:
        digits = self.skip(_LENGTH)
        # A number longer than the text is none; int() would refuse one of thousands of digits.
        if digits is None or len(digits) > len(str(len(self.text))):
            raise _UnknownFormError
        start, self.pos = self.pos, self.pos + int(digits)
        self.expect(start < self.pos <= len(self.text))
        name = self.text[start : self.pos]
        return "(anonymous namespace)" if name.startswith("_GLOBAL__N") else name

    def arguments(self) -> None:
        """Template arguments, up to their `E`."""
        while not self.accept("E"):
            if self.accept("J"):
                self.arguments()
            elif self.accept("L"):
                self.literal()
            else:
                self.type()

    def literal(self) -> None:
        if self.accept("_Z"):
            self.name()
            self.types()
            return
        self.type()
        self.skip(_VALUE)
        self.expect(self.accept("E"))

    def types(self) -> None:
        """Types, up to an `E`."""
        while not self.accept("E"):
            self.type()

    def type(self) -> None:
        self.skip(_QUALIFIERS)
        if self.skip(_BUILTIN):
            return
        if self.accept("F"):
            self.accept("Y")
            self.types()
        elif self.skip(_ARRAY) or self.accept("Dp"):
            self.type()
        elif self.accept("M"):
            self.type()
            self.type()
        elif self.accept("U"):
            self.with_arguments(self.source_name())
            self.type()
        elif self.accept("T"):
            self.expect(self.skip(_NUMBER))
            self.with_arguments(_ELIDED)
        elif self.accept("u"):
            self.source_name()
        else:
            self.expect(self.at("N", "Z", "S", *"0123456789"))
            self.name()


def _class_name(scope: str) -> str:
    """What a constructor in `scope` is called."""
    return scope.removesuffix(f"<{_ELIDED}>").rpartition("::")[2]
