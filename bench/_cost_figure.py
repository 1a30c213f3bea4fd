"""A figure of what something costs by how much there is, as SVG."""

from __future__ import annotations

from math import log10
from typing import NamedTuple

WIDTH, HEIGHT = 300, 200
LEFT, TOP, RIGHT, BOTTOM = 44, 34, 30, 44
STYLE = """
  text { font: 11px sans-serif; fill: #57606a }
  .title { font-size: 12px; font-weight: bold; fill: #24292f }
  .axis { stroke: #afb8c1; fill: none }
  .curve { stroke: #0969da; stroke-width: 2; fill: none }
  circle { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .axis { stroke: #656c76 }
    .curve { stroke: #4493f8 }
    circle { fill: #4493f8 }
  }"""


class Curve(NamedTuple):
    """What is measured, of what, and the values by how much there is of it."""

    title: str
    of: str
    values: dict[int, float]


def figure(curves: tuple[Curve, ...]) -> str:
    """An SVG with the curves side by side, from zero on; amounts are on a logarithmic scale."""
    parts = [
        f'<g transform="translate({WIDTH * row} 0)">\n{_curve(curve)}\n</g>'
        for row, curve in enumerate(curves)
    ]
    size = f'viewBox="0 0 {WIDTH * len(curves)} {HEIGHT}" width="{WIDTH * len(curves)}"'
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}\n</style>'
    return f"{head}\n{body}\n</svg>\n"


def _curve(curve: Curve) -> str:
    amounts = sorted(curve.values)
    first, span = log10(amounts[0]), log10(amounts[-1]) - log10(amounts[0]) or 1
    most = _round_up(max(curve.values.values()))
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(amount: int) -> tuple[float, float]:
        x = LEFT + (right - LEFT) * (log10(amount) - first) / span
        return round(x, 1), round(floor - (floor - TOP) * curve.values[amount] / most, 1)

    points = [place(amount) for amount in amounts]
    lines = [
        f'<text class="title" x="{LEFT}" y="18">{curve.title}</text>',
        f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{right}"/>',
        f'<text x="{LEFT - 6}" y="{TOP + 4}" text-anchor="end">{most:g}</text>',
        f'<text x="{LEFT - 6}" y="{floor + 4}" text-anchor="end">0</text>',
        f'<polyline class="curve" points="{" ".join(f"{x},{y}" for x, y in points)}"/>',
    ]
    for amount, (x, y) in zip(amounts, points, strict=True):
        lines.append(f'<circle cx="{x}" cy="{y}" r="3"/>')
        lines.append(f'<text x="{x}" y="{floor + 16}" text-anchor="middle">{amount:,}</text>')
    middle = (LEFT + right) / 2
    lines.append(f'<text x="{middle}" y="{floor + 34}" text-anchor="middle">{curve.of}</text>')
    return "\n".join(lines)


def _round_up(value: float) -> float:
    """The next number of one digit that leaves some room."""
    step = 10.0 ** int(log10(value) // 1)
    return step * (int(value / step) + 1)
