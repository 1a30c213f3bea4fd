"""The figures at the right of the source tree: which of them fit, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from mqtail.activity import BUCKET_MS, Counts
from mqtail.status import State
from widgets.human import duration, short_count
from widgets.sources.nodes import SourceNode
from widgets.states import LOOKS

MOST_CELLS = 12
"""Cells of a sparkline, a minute each."""
LEAST_CELLS = 3
"""With fewer, a sparkline shows nothing."""
NOTED_LAG_MS = 5_000
"""An ingestion lag is told from here on."""
AGE_WIDTH = 3
TOTAL = "total"
LEAST_LEFT = 12
"""Cells for marks and name that figures do not take away."""
SMALL_PEAK = 8
"""Events per cell that fill it at least: a single one is no peak."""

BARS = "▁▂▃▄▅▆▇█"


class Needs(NamedTuple):
    """Widths (cells) that the rows of a tree would take."""

    left: int = 0
    """Marks and names, with their indentation."""
    errors: int = 0
    events: int = 0


class Columns(NamedTuple):
    """Widths of the columns at the right, with a blank between them; 0: left out."""

    cells: int
    """Of the sparkline; a note on the source covers its oldest minutes."""
    errors: int
    events: int
    age: int

    @property
    def width(self) -> int:
        """Cells of all columns with the blanks between them."""
        return sum(self) + sum(map(bool, self)) - 1

    @property
    def legend(self) -> str:
        """What the columns are, each above its own."""
        minutes = f"{self.cells * BUCKET_MS // 60_000} min"
        headings = (
            minutes.ljust(self.cells) if self.cells >= len(minutes) else " " * self.cells,
            "!".rjust(self.errors),
            TOTAL.rjust(self.events) if self.events >= len(TOTAL) else " " * self.events,
            "age".rjust(self.age),
        )
        return " ".join(heading for heading, width in zip(headings, self, strict=True) if width)


def needs(sources: Iterable[SourceNode], guide: int) -> Needs:
    """What the rows would take.

    Args:
        sources: what is shown.
        guide: indentation of a level, cells.
    """
    left = errors = events = 0
    for source in sources:
        # Fold mark or number, and the mark of the state.
        left = max(left, guide * (len(source.path) - 1) + 4 + cell_len(source.name))
        errors = max(errors, source.errors)
        events = max(events, source.events)
    return Needs(left, len(error_text(errors)), len(short_count(events)))


def fitted(needed: Needs, width: int) -> Columns:
    """The columns that a tree of this width (cells) has room for, beside names that can be read.

    The sparkline gives way first, then the age.
    """
    left = min(needed.left, max(LEAST_LEFT, width * 9 // 20))
    total = max(needed.events, len(TOTAL))
    columns = Columns(MOST_CELLS, needed.errors, total, AGE_WIDTH)
    lacking = left + 1 + columns.width - width
    if lacking > 0:
        cells = MOST_CELLS - lacking
        columns = columns._replace(cells=cells if cells >= LEAST_CELLS else 0)
    for narrower in ({"events": needed.events}, {"age": 0}):
        if left + 1 + columns.width > width:
            columns = columns._replace(**narrower)
    return columns


def error_text(errors: int) -> str:
    """`!12`, empty for none."""
    return f"!{short_count(errors)}" if errors else ""


def note(source: SourceNode) -> str:
    """What there is to say of a source: its state, or an ingestion lag that is worth a look."""
    if source.state is State.HISTORY:
        return "history"
    if source.state is not State.LIVE:
        return LOOKS[source.state].word
    return f"+{duration(source.lag_ms / 1000)}" if source.lag_ms > NOTED_LAG_MS else ""


def age_text(source: SourceNode, now: int) -> str:
    """How long ago (now: ms since the epoch) the newest event was; a dash for none."""
    return duration((now - source.newest) / 1000) if source.newest else "–"


def sparkline(counts: Sequence[Counts]) -> str:
    """A bar for each count, as high as its share of the highest; a blank for none."""
    top = max([SMALL_PEAK, *(events for events, _ in counts)])
    return "".join(BARS[(events * len(BARS) - 1) // top] if events else " " for events, _ in counts)
