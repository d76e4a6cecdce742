"""A page laid out, whose text is measured in Python: python yoga.py Yoga.es.js"""

import sys

import compat

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
LETTER, LINE = 8, 18  # of a font, in points: how wide and how high

with compat.load(sys.argv[1]) as yoga:

    def points(value):
        return {"value": value, "unit": yoga.YGUnit.point}

    def percent(value):
        return {"value": value, "unit": yoga.YGUnit.percent}

    def box(*children, **style):
        node = yoga.YGNode()
        for name, value in style.items():
            setattr(node, name, value)
        for index, child in enumerate(children):
            node.insertChild(child, index)
        return node

    class Text(yoga.MeasureCallback):
        """Words that are broken into lines where the width ends."""

        def measure(self, width, width_mode, height, height_mode):
            limit = float("inf") if width_mode is yoga.YGMeasureMode.undefined else width
            lines = [""]
            for word in WORDS:
                longer = f"{lines[-1]} {word}".strip()
                if len(longer) * LETTER <= limit:
                    lines[-1] = longer
                else:
                    lines.append(word)
            return {"width": max(map(len, lines)) * LETTER, "height": len(lines) * LINE}

    def show(node, depth=0):
        layout = node.getComputedLayout()
        print("  " * depth + f"{layout.left:.2f} {layout.top:.2f} {layout.width:.2f} {layout.height:.2f}")
        for index in range(node.getChildCount()):
            show(node.getChild(index), depth + 1)

    text = box()
    text.setMeasureFunc(Text())
    row = yoga.YGFlexDirection.row
    header = box(box(width=points(60)), box(width=points(90)), flexDirection=row, height=points(40))
    header.justifyContent = yoga.YGJustify["space-between"]
    sidebar, content = box(width=percent(30)), box(text, flex=1, padding=points(10))
    page = box(header, box(sidebar, content, flexDirection=row), width=points(320))

    page.calculateLayout(yoga.YGUndefined, yoga.YGUndefined, yoga.YGDirection.ltr)
    show(page)
    page.width = points(200)
    page.calculateLayout(yoga.YGUndefined, yoga.YGUndefined, yoga.YGDirection.rtl)
    show(page)
