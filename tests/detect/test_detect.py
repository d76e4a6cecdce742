from __future__ import annotations

from pathlib import Path

import pytest

from compat.detect.detect import detect
from compat.detect.model import AbiName, Epoch, Release
from compat.errors import MalformedModule, Unsupported
from compat.wasm.model import Kind, Limits
from tests.wasm import builder as b


def test_wasi_needs_no_glue(tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text("var STATIC_BUMP=5000;'x.wasm'")
    module = b.build(
        imports=[("wasi_unstable", "fd_write", "i(iiii)")], exports=[("memory", Kind.MEMORY, 0)], memories=[Limits(1)]
    )
    (tmp_path / "x.wasm").write_bytes(module)
    detection = detect(tmp_path / "x.wasm")
    assert (detection.abi, detection.glue.path, detection.epoch) == (AbiName.WASI_UNSTABLE, None, None)
    assert (detection.layout, detection.needs) == (None, ())


def test_the_caller_overrules_the_evidence() -> None:
    module = b.build(imports=[("host", "add", "i(ii)")])
    assert detect(module).abi is AbiName.UNKNOWN
    for abi in (AbiName.WASI_PREVIEW1, "wasi_snapshot_preview1"):
        detection = detect(module, abi=abi)
        assert (detection.abi, detection.confidence, detection.needs) == (AbiName.WASI_PREVIEW1, 1.0, ())
        assert detection.evidence[-1].rule == "given"


def test_an_unknown_name_of_an_abi_is_refused() -> None:
    with pytest.raises(Unsupported, match="no ABI is named wasm5"):
        detect(b.module(), abi="wasm5")


def test_the_caller_says_which_release_it_was() -> None:
    module = b.build(imports=[("env", "___syscall140", "i(ii)")])
    detection = detect(module, abi="emscripten", epoch="1.38.30")
    assert detection.epoch == Epoch(Release(1, 38, 30), Release(1, 38, 30))
    assert detection.evidence[-1].rule == "epoch-given"
    for text in ("1.38", "latest", ""):
        with pytest.raises(Unsupported, match="no release of Emscripten"):
            detect(module, abi="emscripten", epoch=text)
    with pytest.raises(Unsupported, match="the ABI is bare"):
        detect(b.module(), epoch="1.38.30")


def test_a_component_is_told_by_its_header() -> None:
    detection = detect(b"\0asm\x0d\0\1\0" + b"anything")
    assert (detection.abi, detection.confidence) == (AbiName.COMPONENT, 1.0)
    assert len(detection.needs) == 1


def test_a_draft_of_the_format_is_refused() -> None:
    with pytest.raises(Unsupported, match="before March 2017"):
        detect(b"\0asm\x0d\0\0\0")


def test_a_malformed_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wasm").write_bytes(b"\0asm\1\0\0\0\xff")
    with pytest.raises(MalformedModule):
        detect(tmp_path / "x.wasm")


@pytest.mark.parametrize(
    "abi", [abi for abi in AbiName if abi.value not in {"emscripten", "bare"} and "wasi_" not in abi.value]
)
def test_an_abi_that_is_not_run_says_what_to_do(abi: AbiName) -> None:
    detection = detect(b.build(imports=[("host", "add", "i(ii)")]), abi=abi)
    assert len(detection.needs) == 1
    assert detection.needs[0].blocking
