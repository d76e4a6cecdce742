"""What OpenCV's classes and functions make of a picture that is drawn here; the argument names what is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compat import CppException, Module
from corpus.drivers import shown

SIZE = 64


def run(module: Module, args: Sequence[str]) -> str:
    [task] = args
    with _picture(module) as picture:
        return "".join(f"{shown(line)}\n" for line in TASKS[task](module, picture))


def _picture(cv: Module) -> Any:
    """Two rectangles and a disc on a slope, in RGBA."""
    picture = cv.Mat(SIZE, SIZE, cv.CV_8UC4)
    picture.data[:] = bytes(
        value for y in range(SIZE) for x in range(SIZE) for value in (2 * x, 2 * y, (x * y) % 256, 255)
    )
    cv.rectangle(picture, {"x": 8, "y": 8}, {"x": 24, "y": 30}, [255, 0, 0, 255], -1)
    cv.rectangle(picture, {"x": 30, "y": 40}, {"x": 60, "y": 50}, [0, 255, 0, 255], 2)
    cv.circle(picture, {"x": 45, "y": 20}, 10, [255, 255, 255, 255], -1)
    return picture


def _digest(mat: Any) -> str:
    digest = hashlib.sha256(mat.data).hexdigest()
    return f"{mat.rows} x {mat.cols}, type {mat.type()}, {digest}"


def _edges(cv: Module, picture: Any) -> list[object]:
    grey, blurred, edges, small = (cv.Mat() for _ in range(4))
    cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY)
    cv.GaussianBlur(grey, blurred, {"width": 5, "height": 5}, 0)
    cv.Canny(blurred, edges, 50, 150)
    cv.resize(edges, small, {"width": 20, "height": 30})
    return [*map(_digest, (grey, blurred, edges, small)), cv.countNonZero(edges), small.ucharAt(3, 4), small.channels()]


def _contours(cv: Module, picture: Any) -> list[object]:
    grey, binary, hierarchy = (cv.Mat() for _ in range(3))
    cv.cvtColor(picture, grey, cv.COLOR_RGBA2GRAY)
    cv.threshold(grey, binary, 120, 255, cv.THRESH_BINARY)
    found = cv.MatVector()
    cv.findContours(binary, found, hierarchy, cv.RETR_CCOMP, cv.CHAIN_APPROX_SIMPLE, {"x": 0, "y": 0})
    lines: list[object] = [found.size(), _digest(hierarchy)]
    for contour in found:
        box, circle, moments = cv.boundingRect(contour), cv.minEnclosingCircle(contour), cv.moments(contour, False)
        lines += [
            [box.x, box.y, box.width, box.height],
            [cv.contourArea(contour), cv.arcLength(contour, True)],
            [moments.m00, moments.mu11, circle.center.x],
        ]
    return lines


def _numbers(cv: Module, picture: Any) -> list[object]:
    ones, eye, sum_, product = cv.Mat.ones(3, 3, cv.CV_64F), cv.Mat.eye(3, 3, cv.CV_64F), cv.Mat(), cv.Mat()
    eye.data64F[1] = 0.5
    cv.add(ones, eye, sum_, cv.Mat(), -1)
    cv.gemm(sum_, eye, 2.0, ones, -1.0, product, 0)
    planes = cv.MatVector()
    cv.split(picture, planes)
    plane = planes.get(2)
    extremes = cv.minMaxLoc(plane)
    mean = cv.mean(picture)
    part = picture.roi({"x": 10, "y": 10, "width": 3, "height": 2})
    return [
        list(product.data64F),
        cv.determinant(product),
        [extremes.minVal, extremes.maxVal, extremes.maxLoc.x, extremes.maxLoc.y],
        list(mean),
        [part.rows, part.isContinuous(), part.empty(), picture.isAliasOf(picture), part.isAliasOf(picture)],
        _digest(part.clone()),
    ]


def _values(cv: Module, picture: Any) -> list[object]:
    """Vectors of numbers and structs, and an error that C++ throws."""
    numbers, points = cv.IntVector(), cv.PointVector()
    for number in (3, 1, -4):
        numbers.push_back(number)
    numbers.resize(5, 7)
    numbers.set(0, 2)
    points.push_back({"x": 1, "y": -2})
    point = points.get(0)
    lines: list[object] = [[numbers.get(place) for place in range(6)], [point.x, point.y, points.size()]]
    try:
        cv.cvtColor(cv.Mat(), cv.Mat(), cv.COLOR_RGBA2GRAY)
    except CppException as error:
        lines.append(error.type)
    rotated = cv.minAreaRect(_corners(cv))
    lines += [[rotated.center.x, rotated.center.y], rotated.size.width * rotated.size.height]
    return [*lines, cv.CV_8UC3, cv.Mat(picture).dot(picture)]


def _corners(cv: Module) -> Any:
    mat = cv.Mat(4, 1, cv.CV_32SC2)
    mat.data32S[:] = memoryview(bytes(32)).cast("i")
    for place, value in enumerate((0, 0, 10, 0, 10, 5, 0, 5)):
        mat.data32S[place] = value
    return mat


TASKS: Mapping[str, Callable[[Module, Any], list[object]]] = {
    "edges": _edges,
    "contours": _contours,
    "numbers": _numbers,
    "values": _values,
}
