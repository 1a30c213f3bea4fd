"""The rows of the timeline as cells: markers, bars, times."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from mqtail.moments import MomentKind
from widgets.human import cut, lag, short_count
from widgets.timeline.axis import times
from widgets.timeline.picture import Picture, bar, label_column

ERROR = "!"
"""Stands over a bar with errors."""

TONES = {
    MomentKind.FAILOVER: "failover",
    MomentKind.ALARM: "alarm",
    MomentKind.REBOOT: "reboot",
    MomentKind.STOP: "stop",
    MomentKind.START: "start",
    MomentKind.LEADER: "leader",
    MomentKind.CLEARED: "start",
}
"""Styles of markers."""

Cell = tuple[str, tuple[str, ...]]
"""Text, and the names of the styles that lie on each other there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the cursor is on."""

    first: int
    """First bucket."""
    last: int
    told: str
    """What is there, in one line."""


def marker_row(picture: Picture, width: int) -> list[Cell]:
    """Errors, labels of markers over them, and at the right what the highest bar stands for."""
    cells = _blank(width)
    for bucket, errors in enumerate(picture.errors, -1):
        if errors:
            cells[picture.column(bucket, width)] = (ERROR, ("error",))
    for marker in picture.markers:
        start = label_column(marker, picture.axis, width)
        label = [(letter, (TONES[marker.kind],)) for letter in marker.label]
        cells[start : start + len(label)] = label
    scale = f" max {short_count(picture.most)} per {_length(picture.axis.step // 1_000)} "
    if len(scale) < width and all(text == " " for text, _ in cells[-len(scale) :]):
        cells[-len(scale) :] = [(letter, ("time",)) for letter in scale]
    return cells


def bar_row(picture: Picture, width: int, choice: Choice | None, *, alone: bool) -> list[Cell]:
    """The bars.

    Args:
        picture: what is painted.
        width: cells there are.
        choice: what the cursor is on.
        alone: there is no other row: markers and what is told of the choice are among the bars.
    """
    cells = _blank(width)
    most = picture.most
    wrong = "error-low" if alone else "error"
    for bucket in range(picture.axis.buckets):
        name = wrong if picture.errors[bucket + 1] else "bar"
        cells[bucket + 1] = (bar(picture.counts[bucket + 1], most), (name,))
    if picture.counts[0]:
        cells[0] = ("‹", ("outside",))
    if picture.counts[-1]:
        cells[-1] = ("›", ("outside",))
    if picture.seen:
        _lay(cells, picture, *picture.seen, "seen")
        if alone:
            _bracket(cells, picture, *picture.seen)
    for marker in picture.markers if alone else ():
        column = picture.column(marker.first, width)
        cells[column] = (marker.kind.letter, (TONES[marker.kind],))
    if choice is None:
        return cells
    _lay(cells, picture, choice.first, choice.last, "chosen")
    return _beside(cells, picture, choice) if alone else cells


def time_row(picture: Picture, width: int, choice: Choice | None) -> list[Cell]:
    """What is told of the choice; without one the times, with the page on screen in brackets."""
    if choice:
        text = cut(f" {choice.told}", width)
        return [(text, ("told",)), (" " * (width - cell_len(text)), ())]
    cells = _blank(width)
    ends = [picture.column(bucket, width) for bucket in picture.seen or ()]
    for bucket, text in times(picture.axis, width - 2):
        start = bucket + 1
        if not any(start - 1 <= end <= start + len(text) for end in ends):
            cells[start : start + len(text)] = [(letter, ("time",)) for letter in text]
    if picture.seen:
        _lay(cells, picture, *picture.seen, "seen")
        first, last = ends
        cells[first] = ("[", ("edge", "seen"))
        cells[last] = ("]" if last > first else "▲", ("edge", "seen"))
    return cells


def _beside(cells: list[Cell], picture: Picture, choice: Choice) -> list[Cell]:
    """What is told of the choice over the bars, on the side of it that has more room."""
    width = len(cells)
    left, right = (picture.column(bucket, width) for bucket in (choice.first, choice.last))
    before = left > width - 1 - right
    text = cut(f" {choice.told} ", left if before else width - 1 - right)
    room = cell_len(text)
    if before:
        return [(text, ("told",)), *cells[room:]]
    return [*cells[: width - room], (text, ("told",))]


def _bracket(cells: list[Cell], picture: Picture, first: int, last: int) -> None:
    """Put brackets around some buckets."""
    width = len(cells)
    cells[max(picture.column(first, width) - 1, 0)] = ("[", ("edge",))
    cells[min(picture.column(last, width) + 1, width - 1)] = ("]", ("edge",))


def _length(seconds: int) -> str:
    """The length of a bucket: `40s`, `1m30s`, `2h`."""
    return f"{seconds}s" if seconds < 60 else lag(seconds)


def _lay(cells: list[Cell], picture: Picture, first: int, last: int, name: str) -> None:
    """Lay a style over the columns of some buckets."""
    begin, end = (picture.column(bucket, len(cells)) for bucket in (first, last))
    for x in range(begin, end + 1):
        text, names = cells[x]
        cells[x] = (text, (*names, name))


def _blank(width: int) -> list[Cell]:
    return [(" ", ())] * width
