"""How one event becomes one row of the log view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Self

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mqtail.events import LogEvent, Source, short_kind
from mqtail.formats import parse
from mqtail.printable import printable
from widgets.human import duration, time_of_day
from widgets.instances import InstanceNumbers
from widgets.log_styles import INSTANCE_COLORS, LEVEL_STYLES

MAX_TEXT = 2_000
"""Characters of a message that a row takes; the event's detail has all of them."""

MAX_KIND = 10
"""Cells of a kind of log; a log group's own name can be one."""

DESTINATIONS = {"s3": " s3", "firehose": " fire"}
"""What stands behind the kind where a log is read from several places, unless that is usual."""

JMX_PACKAGE = "org.apache.activemq.broker.jmx."
"""Stands before nearly every operation in the audit log, and says nothing."""

Highlights = Callable[[str], Iterable[tuple[int, int]]]
"""Finds the spans (start, end) of a text that are to be highlighted."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns the rows have, and how wide (cells) they are."""

    zone: tzinfo = UTC
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

    def fitted(
        self,
        targets: list[str],
        logs: list[tuple[str, str]],
        instances: InstanceNumbers,
        narrow: bool,
    ) -> Self:
        """Columns for these sources, short ones for a narrow screen.

        Args:
            targets: their names.
            logs: kind and destination of each log.
            instances: number of each instance.
            narrow: whether there is little room.
        """
        widest = max(map(cell_len, targets), default=0)
        kinds = {kind for kind, _ in logs}
        several = len(set(logs)) > len(kinds)
        ends = [DESTINATIONS.get(destination, "") for _, destination in logs]
        kind = 4 if narrow else min(MAX_KIND, max(map(cell_len, kinds), default=7))
        return replace(
            self,
            target=min(widest, 12 if narrow else 18) if len(targets) > 1 else 0,
            kind=kind + (max(map(len, ends)) if several else 0),
            short=narrow,
            destinations=several,
            instance=min(4, max([2, *(len(str(number)) for number in instances.values())])),
            instances=instances,
            millis=not narrow,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A painted event: the part that stands still, and the text that can be moved sideways."""

    head: Strip
    text: Strip
    found: tuple[int, int] | None = None
    """Cells of the text (from, to before) where a search found something first."""

    def cropped(self, shift: int, width: int, arrow: Style) -> Strip:
        """The row in a width (cells), its text moved to the left by `shift` cells.

        Where the text goes on to the left or to the right of what is seen there is an arrow.
        """
        head, length = self.head.cell_length, self.text.cell_length
        room = max(0, width - head)
        text = self.text.crop_extend(shift, shift + room, None)
        if shift and length and room > 1:
            text = Strip.join([Strip([Segment("‹", arrow)], 1), text.crop(1, room)])
        if length - shift > room > 1:
            text = Strip.join([text.crop(0, room - 1), Strip([Segment("›", arrow)], 1)])
        return Strip.join([self.head, text]).crop(0, width)


class RowPainter:
    """Paints events with a fixed set of styles, columns and highlights.

    Args:
        styles: a style for each name in `STYLES`.
        columns: the columns.
        filtered: highlights of the filter.
        searched: highlights of the search; they win over the filter's.
    """

    def __init__(
        self,
        styles: Mapping[str, Style],
        columns: Columns,
        filtered: Highlights | None = None,
        searched: Highlights | None = None,
    ) -> None:
        self._styles = styles
        self._columns = columns
        self._filtered = filtered
        self._searched = searched

    def paint(self, event: LogEvent) -> Row:
        """The row of an event, uncropped."""
        text, found = self._text(event)
        return Row(Strip(self._head(event)), Strip(text), found)

    def _head(self, event: LogEvent) -> list[Segment]:
        styles, columns, source = self._styles, self._columns, event.source
        moment = time_of_day(event.timestamp, columns.zone, millis=columns.millis)
        if columns.dated:
            day = datetime.fromtimestamp(event.timestamp // 1000, columns.zone)
            moment = f"{day:%m-%d} {moment}"
        parts = [Segment(f" {moment} ", styles["time"])]
        if columns.target:
            parts.append(Segment(_fit(source.target, columns.target) + " ", styles["target"]))
        if columns.instances:
            parts.append(self._instance(event))
        kind_style = styles[source.kind if source.kind in ("audit", "api") else "kind"]
        parts.append(Segment(_fit(self._kind(source), columns.kind) + " ", kind_style))
        letter = event.level.label[:1].upper() or "·"
        parts.append(Segment(f" {letter} ", styles[f"level-{LEVEL_STYLES[event.level]}"]))
        parts.append(Segment(" "))
        return parts

    def _instance(self, event: LogEvent) -> Segment:
        source = event.source
        number = self._columns.instances.get((source.target, source.instance or ""))
        width = self._columns.instance
        if number is None:
            return Segment(" " * (width + 1))
        color = (number - 1) % INSTANCE_COLORS + 1
        return Segment(_fit(str(number), width) + " ", self._styles[f"instance-{color}"])

    def _kind(self, source: Source) -> str:
        kind = short_kind(source.kind) if self._columns.short else source.kind
        if not self._columns.destinations:
            return kind
        return kind + DESTINATIONS.get(source.destination, "")

    def _text(self, event: LogEvent) -> tuple[list[Segment], tuple[int, int] | None]:
        """The segments of the text, and where in it the search found something first."""
        styles = self._styles
        fields = parse(event)
        line, more = first_line(fields.text or event.message)
        if event.source.kind == "audit":
            line = line.replace(JMX_PACKAGE, "", 1)
        text = printable(line[:MAX_TEXT])
        parts: list[Segment] = []
        if event.late:
            mark = "late" if event.lag is None else f"+{duration(event.lag)}"
            parts += [Segment(mark, styles["late"]), Segment(" ")]
        before = sum(part.cell_length for part in parts)
        base = styles[f"text-{LEVEL_STYLES[event.level]}"]
        filtered = self._filtered(text) if self._filtered else ()
        searched = list(self._searched(text)) if self._searched else []
        spans = [(*span, styles["match"]) for span in filtered]
        spans += [(*span, styles["search"]) for span in searched]
        parts += highlighted(text, base, spans)
        found = None
        if searched:
            start, end = (before + cell_len(text[:at]) for at in searched[0])
            found = (start, end)
        if len(line) > MAX_TEXT:
            parts.append(Segment("…", styles["more"]))
        if more:
            parts.append(Segment(f"  ⏎ +{more}", styles["more"]))
        if fields.logger:
            parts.append(Segment(f"  {short_logger(fields.logger)}", styles["logger"]))
        return parts, found


def short_logger(name: str) -> str:
    """The last part of a logger's name; the whole name where that says nothing.

    Kafka has `state.change.logger`, `kafka.authorizer.logger` and `kafka.request.logger`.
    """
    last = printable(name).rpartition(".")[2]
    return (printable(name) if last == "logger" else last)[:40]


def first_line(text: str) -> tuple[str, int]:
    """The first line that has something to read, and how many lines follow it."""
    text = text.rstrip()
    body = text.lstrip("\r\n")
    line, _, rest = body.partition("\n")
    return line.rstrip(), rest.count("\n") + 1 if rest else 0


def highlighted(
    text: str, base: Style, spans: Iterable[tuple[int, int, Style]]
) -> Iterable[Segment]:
    """The text in segments of one style each; of spans that overlap the later one wins."""
    spans = [span for span in spans if span[0] < span[1]]
    cuts = sorted({0, len(text), *(cut for span in spans for cut in span[:2] if cut < len(text))})
    for start, end in pairwise(cuts):
        style = base
        for span_start, span_end, span_style in spans:
            if span_start <= start and end <= span_end:
                style = base + span_style
        yield Segment(text[start:end], style)


def _fit(text: str, width: int) -> str:
    """Text cut or padded to a width; a cut is marked."""
    text = printable(text)
    if cell_len(text) > width > 1:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
