"""The columns before the text of an event: which there are, how wide, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Self

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from mqtail.events import LogEvent, Source, short_kind
from mqtail.printable import printable
from widgets.human import lag, shorten, time_of_day
from widgets.instances import InstanceNumbers
from widgets.log.look import COLUMNS, LEAST_FIRST
from widgets.log.styles import INSTANCE_COLORS, LEVEL_STYLES

NARROW = 90
"""Below this width (cells) the columns are shortened."""

LEAST_TEXT = 8
"""Cells that the columns leave to the text; where they would not, some are left out."""

VERY_NARROW = 70
"""Below this width (cells) names of targets are shortened once more."""

MAX_KIND = 10
"""Cells of a kind of log; a log group's own name can be one."""

DESTINATIONS = {"s3": " s3", "firehose": " fire"}
"""What stands behind the kind where a log is read from several places, unless that is usual."""

_TITLES = {"time": "time", "target": "target", "instance": "#", "kind": "kind", "level": "lvl"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns the rows have, and how wide (cells) they are."""

    zone: tzinfo = UTC
    chosen: tuple[str, ...] = COLUMNS
    """Names of the columns that are wanted, from the left."""
    dated: bool = False
    """Show month and day: the buffer holds events of several days."""
    target: int = 0
    """Width of the target's name; 0: not shown."""
    kind: int = 7
    """Width of the kind, with the destination where that is shown."""
    short: bool = False
    """Show the kind in its short form."""
    destinations: bool = False
    """Show which events were read from S3 or Firehose: their twins may be here, too."""
    instance: int = 2
    """Width of the instance's number."""
    instances: InstanceNumbers = field(default_factory=dict)
    millis: bool = True
    width: int = 0
    """Cells of a row; 0: there is room for all."""

    def fitted(
        self,
        targets: list[str],
        logs: list[tuple[str, str]],
        instances: InstanceNumbers,
        width: int,
    ) -> Self:
        """Columns for these sources, short ones for a narrow screen.

        Args:
            targets: their names.
            logs: kind and destination of each log.
            instances: number of each instance.
            width: cells of a row.
        """
        widest = max(map(cell_len, targets), default=0)
        kinds = {kind for kind, _ in logs}
        several = len(set(logs)) > len(kinds)
        ends = [DESTINATIONS.get(destination, "") for _, destination in logs]
        narrow = width < NARROW
        target = 18 if not narrow else 12 if width >= VERY_NARROW else 8
        kind = 4 if narrow else min(MAX_KIND, max(map(cell_len, kinds), default=7))
        return replace(
            self,
            target=min(widest, target) if len(targets) > 1 else 0,
            kind=kind + (max(map(len, ends)) if several else 0),
            short=narrow,
            destinations=several,
            instance=min(4, max([2, *(len(str(number)) for number in instances.values())])),
            instances=instances,
            millis=not narrow,
            width=width,
        )

    @property
    def widths(self) -> dict[str, int]:
        """Widths of the columns before the text, from the left, without the blank behind each."""
        time = (12 if self.millis else 8) + (6 if self.dated else 0)
        widths = {
            "time": time,
            "target": self.target,
            "instance": self.instance if self.instances else 0,
            "kind": self.kind,
            "level": 3,
        }
        shown = {name: widths[name] for name in self.chosen if widths.get(name)}
        for name in LEAST_FIRST if self.width else ():
            if _head(shown) > self.width - LEAST_TEXT:
                shown.pop(name, None)
        return shown

    @property
    def head(self) -> int:
        """Cells before the text: a blank for marks, and each column with a blank behind it."""
        return _head(self.widths)

    @property
    def titles(self) -> tuple[tuple[str, int], ...]:
        """Names of the columns, and the cells that each takes; those of the text last."""
        names = [(_TITLES[name], width + 1) for name, width in self.widths.items()]
        behind = "message   logger" if "logger" in self.chosen else "message"
        return (("", 1), *names, (behind, len(behind)))


def _head(widths: Mapping[str, int]) -> int:
    return 1 + sum(widths.values()) + len(widths)


def head_segments(
    event: LogEvent, columns: Columns, styles: Mapping[str, Style], reference: int | None
) -> list[Segment]:
    """The cells before the text of an event.

    Args:
        event: the event.
        columns: the columns.
        styles: a style for each name in `STYLES`.
        reference: moment (ms) that the time is told from; None: the time of day.
    """
    parts = [Segment(" ", styles["time"])]
    for name, width in columns.widths.items():
        text, style, behind = _cell(event, name, width, columns, reference)
        parts.append(Segment(text if behind else text + " ", styles[style]))
        if behind:
            parts.append(Segment(behind))
    return parts


def _cell(
    event: LogEvent, name: str, width: int, columns: Columns, reference: int | None
) -> tuple[str, str, str]:
    """Text and style of a column, and a blank behind it that does not share its style."""
    source = event.source
    match name:
        case "time":
            return _moment(event.timestamp, columns, reference).rjust(width), "time", ""
        case "target":
            return _fit(shorten(printable(source.target), width), width), "target", ""
        case "instance":
            number = columns.instances.get((source.target, source.instance or ""))
            if number is None:
                return " " * width, "instance-1", ""
            color = (number - 1) % INSTANCE_COLORS + 1
            return _fit(str(number), width), f"instance-{color}", ""
        case "kind":
            style = source.kind if source.kind in ("audit", "api") else "kind"
            return _fit(_kind(source, columns), width), style, ""
        case _:
            letter = event.level.label[:1].upper() or "·"
            return f" {letter} ", f"level-{LEVEL_STYLES[event.level]}", " "


def _moment(timestamp: int, columns: Columns, reference: int | None) -> str:
    """The time of day, or the distance from a moment."""
    if reference is not None:
        return distance(timestamp - reference)
    moment = time_of_day(timestamp, columns.zone, millis=columns.millis)
    if columns.dated:
        day = datetime.fromtimestamp(timestamp // 1000, columns.zone)
        moment = f"{day:%m-%d} {moment}"
    return moment


def distance(ms: int) -> str:
    """A distance in time (ms) with its sign, in at most eight cells: `+0.352`, `-4m12s`."""
    sign, seconds = ("-" if ms < 0 else "+"), abs(ms) / 1000
    return sign + (f"{seconds:.3f}" if seconds < 100 else lag(seconds))


def _kind(source: Source, columns: Columns) -> str:
    kind = short_kind(source.kind) if columns.short else source.kind
    if not columns.destinations:
        return kind
    return kind + DESTINATIONS.get(source.destination, "")


def _fit(text: str, width: int) -> str:
    """Text cut or padded to a width; a cut is marked."""
    text = printable(text)
    if cell_len(text) > width > 1:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
