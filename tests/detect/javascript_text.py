"""Writes glue for tests: what Emscripten's JavaScript says, in each of the styles in which it reaches us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum


class Style(Enum):
    """What was done to the text after Emscripten wrote it."""

    PRETTY = "pretty"
    PLAIN = "plain"
    UGLIFIED = "uglified"
    CLOSURE = "closure"


IN_CLEAR = [Style.PRETTY, Style.PLAIN, Style.UGLIFIED]


def glue(
    style: Style,
    imports: Mapping[str, str],
    exports: Mapping[str, str],
    constructors: Sequence[str] = (),
    rest: str = "",
) -> str:
    """Glue that passes `imports` (key to identifier) and wraps `exports` (key to name in clear)."""
    write = {Style.PRETTY: _pretty, Style.PLAIN: _plain, Style.UGLIFIED: _uglified, Style.CLOSURE: _closure}[style]
    return write(imports, exports, constructors, rest)


def _pretty(imports: Mapping[str, str], exports: Mapping[str, str], constructors: Sequence[str], rest: str) -> str:
    pairs = ",\n".join(f'    "{key}": {value}' for key, value in imports.items())
    wrappers = "\n".join(
        f'var {name} = Module["{name}"] = function() {{\n'
        f"    assert(runtimeInitialized, 'too early (or was it?); wait');\n"
        f'    return Module["asm"]["{key}"].apply(null, arguments)\n}};'
        for key, name in exports.items()
    )
    calls = ", ".join(f"{{\n    func: function() {{\n        {name}()\n    }}\n}}" for name in constructors)
    return (
        "// A comment with a brace { and a quote ' in it\n"
        f"{rest}\n__ATINIT__.push({calls});\n"
        f"var asmGlobalArg = {{}};\nvar asmLibraryArg = {{\n{pairs}\n}};\n"
        '// START\nvar asm = Module["asm"]// END\n(asmGlobalArg, asmLibraryArg, buffer);\n'
        f'Module["asm"] = asm;\n{wrappers}\nModule["noExitRuntime"] = true;\n\nrun();\n'
    )


def _plain(imports: Mapping[str, str], exports: Mapping[str, str], constructors: Sequence[str], rest: str) -> str:
    pairs = ",".join(f'"{key}":{value}' for key, value in imports.items())
    wrappers = "".join(f'var {name}=Module["{name}"]=asm["{key}"];' for key, name in exports.items())
    calls = ",".join(f"{{func:(function(){{{name}()}})}}" for name in constructors)
    return (
        f"{rest};__ATINIT__.push({calls});Module.asmGlobalArg={{}};Module.asmLibraryArg={{{pairs}}};"
        f'var asm=Module["asm"](Module.asmGlobalArg,Module.asmLibraryArg,buffer);{wrappers}Module["asm"]=asm;'
        'Module["noExitRuntime"]=true;run()'
    )


def _uglified(imports: Mapping[str, str], exports: Mapping[str, str], constructors: Sequence[str], rest: str) -> str:
    pairs = ",".join(f"{key}:{value}" for key, value in imports.items())
    wrappers = ",".join(
        f"{name}=Module.{name}=function(){{return Module.asm.{key}.apply(null,arguments)}}"
        for key, name in exports.items()
    )
    calls = ",".join(f"{{func:function(){{{name}()}}}}" for name in constructors)
    return (
        f"{rest};__ATINIT__.push({calls}),run=function(){{}};var asmGlobalArg={{}},asmLibraryArg={{{pairs}}},"
        f"asm=Module.asm(asmGlobalArg,asmLibraryArg,buffer);Module.asm=asm;var {wrappers};"
        "shouldRunNow&&(a=!1),Module.noExitRuntime=!0,run();"
    )


def _closure(imports: Mapping[str, str], exports: Mapping[str, str], constructors: Sequence[str], rest: str) -> str:
    pairs = ",".join(f"{key}:function(a,b){{return a+b}}" for key in imports)
    variables = {name: f"v{index}" for index, name in enumerate(exports.values())}
    wrappers = ",".join(
        f"{variables[name]}=m.{name}=function(){{return m.asm.{key}.apply(null,arguments)}}"
        for key, name in exports.items()
    )
    calls = ",".join(f"{{xh:function(){{{variables[name]}()}}}}" for name in constructors)
    return (
        f"{rest};Qa.push({calls});var rf=m.asm({{}},{{{pairs}}},buffer);"
        f"m.asm=rf;var {wrappers};m.noExitRuntime=!0;Yc();"
    )
