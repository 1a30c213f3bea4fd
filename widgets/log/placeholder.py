"""What stands in a view that has nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mqtail.printable import printable

TEXT_WIDTH = 72
"""Cells at which the texts are wrapped at the latest."""


def placeholder_line(
    texts: Sequence[str], y: int, size: tuple[int, int], title: Style, hint: Style
) -> Strip:
    """One line of texts that stand in the middle.

    Args:
        texts: a title, and lines under it.
        y: the line.
        size: width and height of the view, cells.
        title: style of the title.
        hint: style of the other lines.
    """
    width, height = size
    lines = [
        (line, hint if number else title)
        for number, text in enumerate(texts)
        for line in wrap(printable(text), max(10, min(TEXT_WIDTH, width - 4))) or [""]
    ]
    at = y - max(0, (height - len(lines)) // 2)
    text, style = lines[at] if 0 <= at < len(lines) else ("", hint)
    left = max(0, (width - cell_len(text)) // 2)
    return Strip([Segment(" " * left), Segment(text, style)]).adjust_cell_length(width)
