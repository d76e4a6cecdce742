"""Lay out a tree of boxes with Yoga's classes: properties, structs, enumerations, and a measure function in Python.

The argument is the root as JSON: properties, `children`, and `measure`, the size of what a leaf shows. A number is a
length in points, `"50%"` one in per cent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compat import Module
from corpus.drivers import shown

ENUMERATIONS = {
    "flexDirection": "YGFlexDirection",
    "justifyContent": "YGJustify",
    "alignItems": "YGAlign",
    "alignSelf": "YGAlign",
    "alignContent": "YGAlign",
    "flexWrap": "YGWrap",
    "position": "YGPositionType",
    "display": "YGDisplay",
}
NUMBERS = {"flex", "flexGrow", "flexShrink", "aspectRatio", "borderLeft", "borderTop"}


def run(module: Module, args: Sequence[str]) -> str:
    [description] = args
    root = _built(module, json.loads(description))
    root.calculateLayout(module.YGUndefined, module.YGUndefined, module.YGDirection.ltr)
    return "".join(f"{line}\n" for line in _computed(root, 0))


def _built(module: Module, description: Mapping[str, Any]) -> Any:
    node = module.YGNode()
    for name, value in description.items():
        if name == "children":
            for place, child in enumerate(value):
                node.insertChild(_built(module, child), place)
        elif name == "measure":
            node.setMeasureFunc(_measure(module, value))
        else:
            setattr(node, name, _value(module, name, value))
    return node


def _value(module: Module, name: str, value: Any) -> Any:
    if name in ENUMERATIONS:
        return getattr(module, ENUMERATIONS[name])[value]
    if name in NUMBERS:
        return value
    if isinstance(value, str):
        return {"value": float(value.removesuffix("%")), "unit": module.YGUnit.percent}
    return {"value": value, "unit": module.YGUnit.point}


def _measure(module: Module, size: Sequence[float]) -> Any:
    width, height = size

    class Content(module.MeasureCallback):  # type: ignore[misc, name-defined]
        """As wide as it is let, and higher where it has to be narrower."""

        def measure(self, offered: float, mode: Any, _: float, __: Any) -> Mapping[str, float]:
            free = mode is module.YGMeasureMode.undefined
            wide = width if free else min(width, offered)
            return {"width": wide, "height": height if wide == width else 2 * height}

    return Content()


def _computed(node: Any, depth: int) -> Iterator[str]:
    layout = node.getComputedLayout()
    yield " ".join(["  " * depth + "box", *map(shown, (layout.left, layout.top, layout.width, layout.height))])
    for place in range(node.getChildCount()):
        yield from _computed(node.getChild(place), depth + 1)
