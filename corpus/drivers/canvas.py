"""Draw with Skia's classes: smart pointers with a count within the object, structs, enumerations, pixels in memory.

The arguments are the name of a drawing and the width and height of the surface.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compat import Module
from corpus.drivers import allocate, shown


def run(module: Module, args: Sequence[str]) -> str:
    name, width, height = args[0], int(args[1]), int(args[2])
    pixels = allocate(module, bytes(4 * width * height))
    info = {
        "width": width,
        "height": height,
        "colorType": module.ColorType.RGBA_8888,
        "alphaType": module.AlphaType.Unpremul,
    }
    with module._getRasterDirectSurface(info, pixels, 4 * width) as surface:
        lines: list[object] = [surface.width(), surface.height()]
        canvas = surface.getCanvas()
        lines += DRAWINGS[name](module, canvas)
        surface._flush()
        lines.append(hashlib.sha256(module.memory.view(pixels, 4 * width * height)).hexdigest())
        with surface.makeImageSnapshot() as image, image._encodeToDataWithFormat(module.ImageFormat.PNG, 100) as data:
            content = bytes(module.getSkDataBytes(data))
            lines += [image.width(), image.height(), data.size(), hashlib.sha256(content).hexdigest()]
    return "".join(f"{shown(line)}\n" for line in lines)


def _paint(module: Module, color: int) -> Any:
    paint = module.SkPaint()
    paint.setColor(color)
    paint.setAntiAlias(True)
    return paint


def _shapes(module: Module, canvas: Any) -> list[object]:
    canvas.clear(-1)
    with _paint(module, module.RED) as paint:
        canvas.drawRect({"fLeft": 5.5, "fTop": 4, "fRight": 20, "fBottom": 30.25}, paint)
        canvas.save()
        canvas.translate(10, 10)
        canvas.rotate(30, 0, 0)
        paint.setColor(module.BLUE)
        paint.setStyle(module.PaintStyle.Stroke)
        paint.setStrokeWidth(3)
        paint.setStrokeJoin(module.StrokeJoin.Round)
        canvas.drawRect({"fLeft": 0, "fTop": 0, "fRight": 15, "fBottom": 8}, paint)
        canvas.restore()
        return [paint.getStrokeWidth(), paint.getStrokeJoin() is module.StrokeJoin.Round, paint.getColor()]


def _paths(module: Module, canvas: Any) -> list[object]:
    path = module.MakePathFromSVGString("M 4 4 L 40 8 Q 20 60 6 30 Z")
    with _paint(module, module.CYAN) as paint, module.MakeSkCornerPathEffect(5) as effect:
        paint.setPathEffect(effect)
        canvas.drawPath(path, paint)
        path._dash(5, 3, 0)
        paint.setStyle(module.PaintStyle.Stroke)
        canvas.drawPath(path, paint)
    box = path.getBounds()
    return [path.countPoints(), path.isEmpty(), path.contains(20, 20), [box.fLeft, box.fTop, box.fRight, box.fBottom]]


def _blend(module: Module, canvas: Any) -> list[object]:
    modes = module.BlendMode
    canvas.clear(module.YELLOW)
    for place, mode in enumerate((modes.SrcOver, modes.Xor, modes.DstOut)):
        with _paint(module, 0x7F0000FF) as paint:
            paint.setBlendMode(mode)
            canvas.drawRect({"fLeft": 10 * place, "fTop": 5, "fRight": 10 * place + 15, "fBottom": 25}, paint)
    with _paint(module, module.BLACK) as paint, module.MakeBlurMaskFilter(module.BlurStyle.Normal, 2, False) as blur:
        paint.setMaskFilter(blur)
        canvas.drawRect({"fLeft": 12, "fTop": 28, "fRight": 30, "fBottom": 36}, paint)
    return [list(canvas.getTotalMatrix())]


def _clip(module: Module, canvas: Any) -> list[object]:
    with module.SkPath() as path, _paint(module, module.BLACK) as paint:
        path._addRect(2, 2, 30, 30, False)
        path._addArc({"fLeft": 8, "fTop": 8, "fRight": 24, "fBottom": 24}, 0, 270)
        path.setFillType(module.FillType.EvenOdd)
        canvas.clipPath(path, module.ClipOp.Intersect, True)
        canvas.drawPaint(paint)
        with path.copy() as copy:
            copy._trim(0.25, 0.75, False)
            return [
                path.toSVGString(),
                path.equals(copy),
                path.getFillType() is module.FillType.EvenOdd,
                copy.toSVGString(),
            ]


DRAWINGS: Mapping[str, Callable[[Module, Any], list[object]]] = {
    "shapes": _shapes,
    "paths": _paths,
    "blend": _blend,
    "clip": _clip,
}
