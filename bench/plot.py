"""Plots as SVG, on logarithmic scales: so much that no plotting library is needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from bench.row import Results

COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")
LABELS, WIDTH, LINE = 380, 420, 22
"""Pixels: of the names of rows, of the scale beside them, and from line to line."""
SIDE, MARGIN = 320, 70
"""Of the square of a chart, and around it."""


class Chart(NamedTuple):
    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    """Points by what they show; all numbers are above 0."""


def ratios(results: Mapping[str, Results]) -> str:
    """How many times as long as each peer compat takes: a line a row, a mark a peer."""
    lines = [
        (name, {peer: ours.median / found.median for peer, found in times.items() if found and peer != "compat"})
        for name, times in results.items()
        if (ours := times["compat"])
    ]
    lines = [(name, marks) for name, marks in lines if marks]
    peers = list(dict.fromkeys(peer for _, marks in lines for peer in marks))
    span = _decades([value for _, marks in lines for value in marks.values()] + [1])

    def x(value: float) -> float:
        return LABELS + WIDTH * _place(value, span)

    bottom = LINE * (len(lines) + 2)
    parts = [
        part
        for decade in range(span[0], span[1] + 1)
        for part in (
            _line(x(10**decade), LINE, x(10**decade), bottom, "#000" if decade == 0 else "#ddd"),
            _text(x(10**decade), bottom + 15, f"{10.0**decade:g}", "middle"),
        )
    ]
    for number, (name, marks) in enumerate(lines, 2):
        parts.append(_text(LABELS - 10, LINE * number, name, "end"))
        parts += [_mark(x(value), LINE * number - 4, COLOURS[peers.index(peer)]) for peer, value in marks.items()]
    parts.append(_text(LABELS - 10, bottom + 15, "compat's time over the peer's (left of 1: compat is ahead)", "end"))
    parts += _legend(peers, LABELS, 12)
    return _svg(LABELS + WIDTH + 30, bottom + 30, parts)


def charts(drawn: Sequence[Chart]) -> str:
    """Charts side by side."""
    parts = [
        part for number, chart in enumerate(drawn) for part in _chart(chart, number * (SIDE + 2 * MARGIN) + MARGIN)
    ]
    return _svg(len(drawn) * (SIDE + 2 * MARGIN), SIDE + 2 * MARGIN, parts)


def _chart(chart: Chart, left: float) -> list[str]:
    points = [point for series in chart.series.values() for point in series]
    across, up = _decades([x for x, _ in points] or [1]), _decades([y for _, y in points] or [1])

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return left + SIDE * _place(point[0], across), MARGIN + SIDE * (1 - _place(point[1], up))

    parts = [_text(left, 20, chart.title), _text(left + SIDE / 2, SIDE + MARGIN + 40, chart.x, "middle")]
    parts.append(_text(left, MARGIN - 10, chart.y, "middle"))
    for decade in range(across[0], across[1] + 1):
        x, _ = place((10.0**decade, 10.0 ** up[0]))
        parts += [_line(x, MARGIN, x, MARGIN + SIDE), _text(x, MARGIN + SIDE + 18, f"{10.0**decade:g}", "middle")]
    for decade in range(up[0], up[1] + 1):
        _, y = place((10.0 ** across[0], 10.0**decade))
        parts += [_line(left, y, left + SIDE, y), _text(left - 6, y + 4, f"{10.0**decade:g}", "end")]
    for number, series in enumerate(chart.series.values()):
        parts += [_mark(*place(point), COLOURS[number]) for point in series]
    return [*parts, *_legend(list(chart.series), left, 40)]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _place(value: float, span: tuple[int, int]) -> float:
    return (math.log10(value) - span[0]) / (span[1] - span[0])


def _legend(names: Sequence[str], left: float, y: float) -> list[str]:
    return [
        part
        for number, name in enumerate(names)
        for part in (
            _mark(left + 105 * number, y, COLOURS[number]),
            _text(left + 105 * number + 8, y + 4, name),
        )
    ]


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = "#ddd") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _mark(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
    style = 'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f"{head} {style}", *parts, "</svg>", ""])
