"""Operations on paths with PathKit's classes. The first argument is the operation, the others are paths as in SVG;
`curve` takes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    operation, *texts = args
    if operation == "curve":
        with module._SkCubicMap([0.25, 0.5], [0.75, 1.0]) as curve:
            return f"{shown(curve.computeYFromX(0.3))}\n{shown(curve.computePtFromT(0.6))}\n"
    paths = [module.FromSVGString(text) for text in texts]
    lines: list[object] = []
    result = _operated(module, operation, paths)
    for path in [*paths, result]:
        bounds = path.computeTightBounds()
        lines += [
            path.toSVGString(),
            path.toCmds(),
            [bounds.fLeft, bounds.fTop, bounds.fRight, bounds.fBottom],
            path.getFillTypeString(),
            path.equals(result),
        ]
    return "".join(f"{shown(line)}\n" for line in lines)


def _operated(module: Module, operation: str, paths: Sequence[Any]) -> Any:
    first, second = paths
    if operation == "build":
        with module.SkOpBuilder() as builder:
            builder.add(first, module.PathOp.UNION)
            builder.add(second, module.PathOp.XOR)
            return builder.resolve()
    if operation == "stroke":
        copy = first.copy()
        options = {"width": 2.5, "miter_limit": 4, "join": module.StrokeJoin.ROUND, "cap": module.StrokeCap.SQUARE}
        copy._stroke(options)
        copy._transform(0.5, 0, 1, 0, 2, -3, 0, 0, 1)
        return copy
    return module.MakeFromOp(first, second, module.PathOp[operation])
