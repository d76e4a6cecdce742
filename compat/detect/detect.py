"""Putting it together: from a file to the verdict on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set

from compat._typing import NamedTuple
from compat.detect.container import Container, glue_text, open_container, siblings
from compat.detect.epochs import date
from compat.detect.facts import PROVIDED, Facts
from compat.detect.features import features
from compat.detect.glue import constants, names_file
from compat.detect.layout import layout
from compat.detect.model import AbiName, Detection, Evidence, Glue, Need
from compat.detect.rules import Verdict, judge
from compat.errors import Unsupported
from compat.wasm.model import Kind, Module, TableType
from compat.wasm.reader import read

_COMPONENT = b"\0asm\x0d\0\x01\0"
_DRAFT = b"\0asm\x0d\0\0\0"

_GLUE_REMEDY = "give its JavaScript: --glue FILE.js"
_OTHER_GLUE_REMEDY = "give JavaScript of the same build that is less minified: --glue FILE.js"

_NOT_RUN: dict[AbiName, Need] = {
    AbiName.EMSCRIPTEN_SIDE: Need(
        "it is a side module: it runs inside the program that loads it", "run that program, and let it dlopen this file"
    ),
    AbiName.EMSCRIPTEN_UPSTREAM: Need(
        "it is from Emscripten's upstream LLVM backend, whose interface is another",
        "run it with its own JavaScript, or build it with -sSTANDALONE_WASM",
    ),
    AbiName.WASIX: Need("it needs WASIX, an extension of WASI", "run it with wasmer"),
    AbiName.WASI_THREADS: Need("it needs wasi-threads", "run it with wasmtime -S threads"),
    AbiName.ASSEMBLYSCRIPT: Need("it is AssemblyScript, not C or C++", "run it with AssemblyScript's loader"),
    AbiName.GO: Need("it is Go for the browser", "build it with GOOS=wasip1"),
    AbiName.WASM_BINDGEN: Need("it is Rust for the browser (wasm-bindgen)", "build it for the target wasm32-wasip1"),
    AbiName.COMPONENT: Need("it is a component, not a core module", "run it with wasmtime"),
    AbiName.OBJECT: Need("it is an object file", "link it with wasm-ld"),
    AbiName.UNKNOWN: Need(
        "nothing in it tells which host it was built for",
        "if you know, say it: --abi emscripten|wasi_snapshot_preview1",
    ),
}


def detect(
    source: str | os.PathLike[str] | bytes,
    glue: str | os.PathLike[str] | None = None,
    abi: AbiName | str | None = None,
) -> Detection:
    """Find out what `source` is: a `.wasm`, JavaScript or HTML that embeds or names one, or the bytes of a module.

    `glue` names its JavaScript where that is not found by itself; `abi` overrules the evidence (the value of an
    AbiName, or the AbiName).

    Raises MalformedModule for a module that cannot be read, Unsupported for a file without one, for glue that belongs
    to another program and for an ABI of no known name, and OSError.
    """
    container = Container(source) if isinstance(source, bytes) else open_container(os.fspath(source))
    given = _abi_named(abi) if isinstance(abi, str) else abi
    if container.wasm.startswith(_COMPONENT):
        return _component(container)
    if container.wasm.startswith(_DRAFT):
        raise Unsupported("a draft of WebAssembly from before March 2017 (version 0xd)\nno engine reads it: rebuild it")
    facts = Facts(read(container.wasm))
    verdict = judge(facts)
    attempts: tuple[_Attempt, ...] = ()
    if (given or verdict.abi) is AbiName.EMSCRIPTEN:
        attempts = tuple(_attempts(facts, container, os.fspath(glue) if glue is not None else None))
        facts = next((attempt.facts for attempt in attempts if attempt.facts), facts)
        if facts.minified:
            verdict = judge(facts)  # There is more to say once names are known.
    if given is not None:
        evidence = Evidence("given", f"taken for {given.value}, as the caller says")
        verdict = Verdict(given, 1.0, (*verdict.evidence, evidence))
    return _detection(facts, verdict, container.path, tuple(attempt.evidence for attempt in attempts))


def _abi_named(name: str) -> AbiName:
    try:
        return AbiName(name)
    except ValueError:
        known = ", ".join(abi.value for abi in AbiName)
        raise Unsupported(f"no ABI is named {name}\nthere are {known}") from None


def _component(container: Container) -> Detection:
    evidence = Evidence("component", "its first eight bytes say that it is a component")
    return Detection(
        Module(container.wasm),
        AbiName.COMPONENT,
        1.0,
        (evidence,),
        needs=(_NOT_RUN[AbiName.COMPONENT],),
        path=container.path,
    )


def _detection(facts: Facts, verdict: Verdict, path: str | None, attached: tuple[Evidence, ...]) -> Detection:
    is_program = verdict.abi is AbiName.EMSCRIPTEN
    epoch, dated = date(facts) if is_program or verdict.abi is AbiName.EMSCRIPTEN_SIDE else (None, ())
    detection = Detection(
        facts.module,
        verdict.abi,
        verdict.confidence,
        verdict.evidence + attached + dated,
        epoch=epoch,
        layout=layout(facts) if is_program else None,
        glue=facts.glue,
        features=features(facts, verdict.abi),
        minified=facts.minified,
        path=path,
    )
    return detection._replace(needs=tuple(_needs(detection)))


class _Attempt(NamedTuple):
    """A file that was looked at as the module's glue; `facts` if it is."""

    evidence: Evidence
    facts: Facts | None = None


def _attempts(facts: Facts, container: Container, given: str | None) -> Iterator[_Attempt]:
    """Attach the glue that was named, that the module came out of, or that lies beside it, in this order.

    What was named has to fit; what merely lies there has to prove that it belongs to the module.
    """
    if given is not None:
        yield _attach(facts, glue_text(given), given)
    elif container.glue is not None:
        yield _attach(facts, container.glue, container.glue_path)
    elif container.path is not None:
        for path in siblings(container.path):
            attempt = _attach_sibling(facts, container.path, path)
            yield attempt
            if attempt.facts:
                return


def _attach_sibling(facts: Facts, module: str, path: str) -> _Attempt:
    text, name = glue_text(path), os.path.basename(path)
    if "WebAssembly" not in text:
        return _Attempt(Evidence("glue-refused", f"{name} is not its glue: it loads no WebAssembly"))
    try:
        attempt = _attach(facts, text, path)
    except Unsupported as error:
        return _Attempt(Evidence("glue-refused", f"{name} is not its glue: {str(error).splitlines()[-1]}"))
    # Minified names that fit are proof; where names are in clear, the glue has to say which file it loads.
    if facts.minified or names_file(text, os.path.basename(module)):
        return attempt
    return _Attempt(Evidence("glue-refused", f"{name} is not its glue: it names no {os.path.basename(module)}"))


def _attach(facts: Facts, text: str, path: str | None) -> _Attempt:
    """Read glue for a module. Raises Unsupported where they are not of one build."""
    glue, name = constants(text, path), os.path.basename(path or "")
    _check_table(facts.module, glue)
    if not facts.minified:
        return _Attempt(Evidence("glue", f"{name} is its glue"), facts.with_glue(glue, text))
    # It brings lark in, which most programs can do without.
    from compat.detect.names import names

    keys, imports, exports, closure = names(text, facts.renamable)
    _check_cover(facts, glue, keys - PROVIDED, exports.keys())
    glue = glue._replace(import_keys=keys, import_names=imports, export_names=exports, closure=closure)
    sentence = f"{name} is its glue, and names {len(imports)} minified imports and {len(exports)} exports"
    if closure:
        sentence = f"{name} is its glue, but the Closure compiler renamed what would name its {len(keys)} imports"
    return _Attempt(Evidence("glue", sentence), facts.with_glue(glue, text))


def _check_table(module: Module, glue: Glue) -> None:
    table = next((i.type for i in module.imported(Kind.TABLE)), None)
    if isinstance(table, TableType) and glue.table_size not in (None, table.limits.minimum):
        raise Unsupported(
            f"{glue.path} is glue of another build\n"
            f"its table has {glue.table_size} elements, the module's {table.limits.minimum}"
        )


def _check_cover(facts: Facts, glue: Glue, imports: Set[str], exports: Set[str]) -> None:
    """Minified names say nothing by themselves: only where they are all there are module and glue of one build."""
    exported = {e.name for e in facts.module.exports if e.kind is Kind.FUNC}
    for what, module, found in (("imports", facts.renamable, imports), ("exports", exported, exported & exports)):
        if module != found:
            raise Unsupported(
                f"{glue.path} is glue of another build, or of a form that cannot be read\n"
                + _difference(what, sorted(module - found), sorted(found - module))
            )


def _difference(what: str, missing: list[str], extra: list[str]) -> str:
    lacks = f"of the module's {what} it lacks {_some(missing)}"
    return lacks + (f", and it has {_some(extra)} more" if extra else "")


def _some(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else "none"


def _needs(detection: Detection) -> Iterator[Need]:
    if detection.abi in _NOT_RUN:
        yield _NOT_RUN[detection.abi]
    if detection.abi is AbiName.EMSCRIPTEN:
        yield from _names_needed(detection)
        yield from _layout_needed(detection)
        yield from _files_needed(detection)


def _names_needed(detection: Detection) -> Iterator[Need]:
    known, total = detection.names_known
    if detection.glue.closure:
        yield Need(
            f"the names of {total - known} imports: the Closure compiler renamed them in its glue too",
            _OTHER_GLUE_REMEDY,
        )
    elif known < total:
        where = "its glue does not have them" if detection.glue.path else "only its glue has them"
        yield Need(f"the names of {total - known} imports: they are minified, and {where}", _GLUE_REMEDY)
    if "EM_ASM" in detection.features and not detection.glue.asm_consts:
        yield Need("its EM_ASM code, which is only in its glue", _GLUE_REMEDY, blocking=False)


def _layout_needed(detection: Detection) -> Iterator[Need]:
    if detection.layout is not None or not detection.module.imported(Kind.MEMORY):
        return
    if detection.glue.path is None:
        yield Need("the size of its static data, which is only in its glue", _GLUE_REMEDY)
    else:
        yield Need("the size of its static data, which its glue does not state in a known form", _OTHER_GLUE_REMEDY)


def _files_needed(detection: Detection) -> Iterator[Need]:
    glue = detection.glue
    for name in glue.data_packages:
        if not _is_beside(glue.path, name):
            yield Need(f"the data package {name}, which its glue loads", f"put {name} beside its glue", blocking=False)
    if glue.memory_file and not detection.module.segments and not _is_beside(glue.path, glue.memory_file):
        yield Need(
            f"its static data, which is in the file {glue.memory_file}", f"put {glue.memory_file} beside its glue"
        )


def _is_beside(path: str | None, name: str) -> bool:
    return path is not None and os.path.isfile(os.path.join(os.path.dirname(path), name))
