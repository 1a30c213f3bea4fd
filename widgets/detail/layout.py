"""Rows of the detail as lines of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len

from widgets.detail.rows import DetailRow
from widgets.log.text import wrap_points

LEAST_ROOM = 12
"""Cells that a text takes at least, however narrow the screen is."""
BLANK = -1
"""The start of a line that keeps a section apart from what is above it."""


class DetailLine(NamedTuple):
    """A line of the screen: a part of the text of a row."""

    row: int
    start: int
    """Character of the row's text; `BLANK`: an empty line above the row."""
    end: int
    indent: int
    """Cells before it."""


class DetailLayout:
    """The lines of rows, one below the other.

    Args:
        rows: the rows.
        width: cells of a line.
        spaced: keep the sections apart by an empty line.
    """

    def __init__(self, rows: Sequence[DetailRow], width: int, *, spaced: bool) -> None:
        self.rows = rows
        self.lines: list[DetailLine] = []
        self._first: list[int] = []
        for number, row in enumerate(rows):
            if spaced and row.level == 1:
                self.lines.append(DetailLine(number, BLANK, BLANK, 0))
            self._first.append(len(self.lines))
            self.lines += _lines(number, row, width)

    def span(self, row: int) -> tuple[int, int]:
        """The first line of a row, and the one behind its last."""
        first, line = self._first[row], self._first[row] + 1
        while line < len(self.lines) and self.lines[line].row == row:
            line += 1
        return first, line

    def row_at(self, line: int) -> int:
        """The row that a line belongs to; the nearest where there is no such line."""
        return self.lines[max(0, min(line, len(self.lines) - 1))].row

    def row_of(self, key: str) -> int | None:
        """The row with a key; None: there is none."""
        return next((at for at, row in enumerate(self.rows) if row.key == key), None)

    def plain(self, line: DetailLine) -> str:
        """The text of a line, without the cells before it."""
        if line.start == BLANK:
            return ""
        return self.rows[line.row].plain[line.start : line.end]


def _lines(number: int, row: DetailRow, width: int) -> list[DetailLine]:
    text = row.plain
    indent = min(row.indent, max(0, width - LEAST_ROOM))
    room = max(LEAST_ROOM, width - indent)
    if len(text) <= room // 2 or cell_len(text) <= room:
        return [DetailLine(number, 0, len(text), indent)]
    first = next(iter(wrap_points(text[: 2 * room], room)), len(text))
    further = min(indent + row.hang, max(0, width - LEAST_ROOM))
    rest = wrap_points(text[first:], max(LEAST_ROOM, width - further))
    cuts = [first, *(first + cut for cut in rest), len(text)]
    lines = [DetailLine(number, 0, first, indent)]
    lines += [
        DetailLine(number, start, end, further) for start, end in pairwise(cuts) if start < end
    ]
    return lines
