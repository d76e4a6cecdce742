"""Stubs of real C++ libraries: mypy accepts them, a real use of the library, and none of its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compat import corpus
from compat.cli.main import main
from tests.type_checking import mistakes

USES = {
    "opencv": """
with opencv.Mat(480, 640, opencv.CV_8UC4) as picture, opencv.Mat() as grey:
    opencv.circle(picture, {"x": 320, "y": 240}, 100, [255, 0, 0, 255], -1)
    opencv.cvtColor(picture, grey, opencv.COLOR_RGBA2GRAY)
    print(grey.rows + 1, [value / 2 for value in opencv.mean(picture)], bytes(picture.data[:4]))
    opencv.circle(picture, 320, 100, [255, 0, 0, 255], -1)  # wrong
    opencv.cirlce(picture)  # wrong
    picture.row("1")  # wrong
""",
    "rdkit": """
options = rdkit.map_string_string()
molecule = rdkit.SmilesToMol("CCO", 0, True, options, True, True, True)
assert molecule
with molecule:
    print(rdkit.getNumAtoms(molecule, True) + 1, rdkit.MolToSmarts(molecule, False).upper())
    rdkit.getNumAtoms("CCO", True)  # wrong
""",
    "yoga": """
root, child = yoga.YGNode(), yoga.YGNode()
child.flexGrow, root.flexDirection = 1.0, yoga.YGFlexDirection.row
root.insertChild(child, 0)
root.calculateLayout(200, 100, yoga.YGDirection.ltr)
print(child.getComputedLayout().width / 2)
root.insertChild(0, child)  # wrong
child.getComputedLayout().widht  # wrong
child.flexGrow = "1"  # wrong
""",
    "draco": """
with draco.DecoderBuffer() as buffer, draco.Decoder() as decoder, draco.Mesh() as mesh:
    buffer.Init(b"data", 4)
    status = decoder.DecodeBufferToMesh(buffer, mesh)
    print(status.error_msg().upper() if status else "", mesh.num_faces() + 1)
    mesh.num_facse()  # wrong
    decoder.DecodeBufferToMesh(buffer)  # wrong
""",
}


@pytest.mark.parametrize("name", USES)
def test_a_real_use_is_checked(
    name: str, fetched: Callable[[str], corpus.Program], tmp_path: Path, own_cache: Path
) -> None:
    program = fetched(name)
    glue = corpus.glue(program)
    options = ["--glue", str(glue)] if glue else []
    assert main(["stubs", "--run", *options, str(corpus.path(program)), "-o", str(tmp_path / f"{name}_stub.pyi")]) == 0
    head = f"import compat\nimport {name}_stub\n{name}: {name}_stub.Bindings = compat.load('')"
    lines = (head + USES[name]).splitlines()
    wrong = [number for number, line in enumerate(lines, 1) if line.endswith("# wrong")]
    assert mistakes(tmp_path, lines, f"{name}_stub") == wrong
