from __future__ import annotations

import json
from pathlib import Path

from compat.detect.detect import detect
from compat.detect.model import AbiName, Detection, Epoch, Evidence, Glue, Layout, Need, Release
from compat.detect.report import as_dict, as_json, as_text
from compat.wasm.model import Import
from tests.detect.modules import module

DETECTION = Detection(
    module("env.memory memory", "env.table table", "env.a", "env.b", "global.NaN global", exports=["_main"]),
    AbiName.EMSCRIPTEN,
    0.996,
    (Evidence("bases", "imports __table_base"),),
    epoch=Epoch(Release(1, 38, 9), Release(1, 38, 17)),
    layout=Layout(1024, 2048, 4096, 4096, "glue"),
    glue=Glue("dir/x.js", {"a": "_exit"}, constructors=("c1", "c2", "c3", "c4", "c5", "c6", "c7")),
    needs=(Need("the names of 1 import", "--glue FILE.js"),),
    features=("main", "FS"),
    minified=True,
    path="dir/x.wasm",
)


def test_the_text_says_what_why_and_what_to_do() -> None:
    assert as_text(DETECTION) == "\n".join(
        [
            "x.wasm: emscripten, made by Emscripten 1.38.9 to 1.38.17 (confidence 0.996)",
            "  uses        main, FS",
            "  memory      16 MiB",
            "  table       10 functions",
            "  layout      static data at 1024, stack 2048 to 4096, heap from 4096 (from its glue)",
            "  imports     2 env, 1 global; 1 of 2 function names known",
            "  exports     _main",
            "  glue        x.js",
            "  starts with c1, c2, c3, c4, c5, c6 and 1 more",
            "  needs       the names of 1 import",
            "              --glue FILE.js",
            "  because",
            "    imports __table_base",
        ]
    )


def test_imports_are_counted_by_family_under_their_names_in_clear() -> None:
    def family(item: Import, name: str) -> str:
        return "" if name == "b" else "process" if name == "_exit" else item.module

    assert as_dict(DETECTION, family)["imports"] == {"global": 1, "missing": 1, "process": 1}
    assert "  imports     1 global, 1 missing, 1 process;" in as_text(DETECTION, family)


def test_json_has_the_same_facts_under_stable_keys() -> None:
    facts = json.loads(as_json(DETECTION))
    assert facts == as_dict(DETECTION)
    assert list(facts) == [
        *(
            "file",
            "abi",
            "confidence",
            "epoch",
            "features",
            "layout",
            "memory",
            "table",
            "minified",
            "names",
            "imports",
        ),
        *("exports", "glue", "needs", "evidence"),
    ]
    assert facts["file"] == "x.wasm"
    assert facts["epoch"] == ["1.38.9", "1.38.17"]
    assert facts["layout"]["stack_base"] == 2048
    assert facts["memory"] == {"minimum": 256, "maximum": 256, "imported": True, "shared": False}
    assert facts["names"] == {"known": 1, "functions": 2}
    assert facts["glue"]["file"] == "x.js"
    assert facts["needs"] == [{"what": "the names of 1 import", "remedy": "--glue FILE.js", "blocking": True}]


def test_a_bare_module_has_a_short_report(tmp_path: Path) -> None:
    path = tmp_path / "bare.wasm"
    path.write_bytes(b"\0asm\1\0\0\0")
    assert as_text(detect(path)) == "bare.wasm: bare (confidence 1.000)\n  because\n    imports nothing"
    assert as_dict(detect(path))["glue"] is None
