"""Putting it together: from a file to the verdict on it."""

from __future__ import annotations

import os

from compat.detect.container import Container, open_container
from compat.detect.facts import Facts
from compat.detect.features import features
from compat.detect.model import AbiName, Detection, Epoch, Evidence, Need, Release
from compat.detect.rules import Verdict, judge
from compat.errors import Unsupported
from compat.wasm.model import Module
from compat.wasm.reader import read

_COMPONENT = b"\0asm\x0d\0\x01\0"
_DRAFT = b"\0asm\x0d\0\0\0"

_EMSCRIPTEN = (AbiName.EMSCRIPTEN, AbiName.EMSCRIPTEN_SIDE)

_NOT_RUN: dict[AbiName, Need] = {
    AbiName.EMSCRIPTEN_UPSTREAM: Need(
        "another interface: it is from Emscripten's upstream LLVM backend",
        "run it with its own JavaScript, or build it with -sSTANDALONE_WASM",
    ),
    AbiName.WASIX: Need("WASIX, an extension of WASI", "run it with wasmer"),
    AbiName.WASI_THREADS: Need("wasi-threads", "run it with wasmtime -S threads"),
    AbiName.ASSEMBLYSCRIPT: Need(
        "AssemblyScript's interface: it is not C or C++", "run it with AssemblyScript's loader"
    ),
    AbiName.GO: Need("the browser: it is Go for JavaScript", "build it with GOOS=wasip1"),
    AbiName.WASM_BINDGEN: Need("the browser: it is Rust with wasm-bindgen", "build it for the target wasm32-wasip1"),
    AbiName.COMPONENT: Need("a host of components: it is no core module", "run it with wasmtime"),
    AbiName.OBJECT: Need("the rest of its program: it is an object file", "link it with wasm-ld"),
    AbiName.UNKNOWN: Need(
        "to be told its host: nothing in it tells which it was built for",
        "if you know, say it: --abi emscripten|wasi_snapshot_preview1",
    ),
}


def detect(
    source: str | os.PathLike[str] | bytes,
    glue: str | os.PathLike[str] | None = None,
    abi: AbiName | str | None = None,
    import_map: str | os.PathLike[str] | None = None,
    epoch: str | None = None,
) -> Detection:
    """Find out what `source` is: a `.wasm`, JavaScript or HTML that embeds or names one, or the bytes of a module.

    `glue` names its JavaScript where that is not found by itself; `abi` overrules the evidence (the value of an
    AbiName, or the AbiName); `import_map` names a file that says what minified imports are called; `epoch` is the
    release of Emscripten that made it, where that is known.

    Raises MalformedModule for a module that cannot be read, Unsupported for a file without one, for glue that belongs
    to another program, for an ABI of no known name and for what is no release, and OSError.
    """
    container = Container(source) if isinstance(source, bytes) else open_container(os.fspath(source))
    given = _abi_named(abi) if isinstance(abi, str) else abi
    if container.wasm.startswith(_COMPONENT):
        return _component(container)
    if container.wasm.startswith(_DRAFT):
        raise Unsupported("a draft of WebAssembly from before March 2017 (version 0xd)\nno engine reads it: rebuild it")
    facts = Facts(read(container.wasm))
    verdict = judge(facts)
    attached: tuple[Evidence, ...] = ()
    if (given or verdict.abi) is AbiName.EMSCRIPTEN:
        # Here and below, because all that is known of Emscripten's releases and glue is nothing to a WASI program.
        from compat.detect.emscripten import attach

        facts, attached = attach(facts, container, os.fspath(glue) if glue is not None else None)
        if import_map is not None:
            from compat.detect.emscripten import with_import_map

            facts = with_import_map(facts, os.fspath(import_map))
        if facts.minified:
            verdict = judge(facts)  # There is more to say once names are known.
    if given is not None:
        evidence = Evidence("given", f"taken for {given.value}, as the caller says")
        verdict = Verdict(given, 1.0, (*verdict.evidence, evidence))
    detection = _detection(facts, verdict, container.path, attached)
    return detection if epoch is None else _dated(detection, epoch)


def _abi_named(name: str) -> AbiName:
    try:
        return AbiName(name)
    except ValueError:
        known = ", ".join(abi.value for abi in AbiName)
        raise Unsupported(f"no ABI is named {name}\nthere are {known}") from None


def _dated(detection: Detection, text: str) -> Detection:
    """The same, made by the release that the caller names."""
    if detection.abi not in _EMSCRIPTEN:
        raise Unsupported(f"no release of Emscripten made it: the ABI is {detection.abi.value}")
    try:
        release = Release.parse(text)
    except ValueError:
        raise Unsupported(f"{text} is no release of Emscripten, as 1.38.30 is") from None
    evidence = Evidence("epoch-given", f"taken for a build of Emscripten {release}, as the caller says")
    return detection._replace(epoch=Epoch(release, release), evidence=(*detection.evidence, evidence))


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
    detection = Detection(
        facts.module,
        verdict.abi,
        verdict.confidence,
        verdict.evidence + attached,
        glue=facts.glue,
        needs=(_NOT_RUN[verdict.abi],) if verdict.abi in _NOT_RUN else (),
        features=features(facts, verdict.abi),
        minified=facts.minified,
        path=path,
    )
    if verdict.abi in _EMSCRIPTEN:
        from compat.detect.emscripten import completed

        return completed(detection, facts)
    return detection
