"""How the message of one event is painted: its first line, and the lines that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style

from mqtail.events import LogEvent
from mqtail.formats import parse
from mqtail.printable import printable
from widgets.human import count, duration
from widgets.log.columns import Columns, head_segments
from widgets.log.styles import LEVEL_STYLES
from widgets.log.text import EventText, Line, wrap_points

MAX_TEXT = 2_000
"""Characters of a line that are shown; the event's detail has all of them."""

MAX_LINES = 500
"""Lines of the screen that an unfolded message takes; the event's detail has all of them."""

SEARCHED_FOLDED = 100_000
"""Characters of folded lines that are searched for what their count is highlighted for."""

TAB = 4
"""Cells of a tab in the lines after the first: stack traces are indented by one."""

LEAST_ROOM = 10
"""Cells that wrapped text takes at least, however narrow the screen is."""

JMX_PACKAGE = "org.apache.activemq.broker.jmx."
"""Stands before nearly every operation in the audit log, and says nothing."""

LIBRARIES = (
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "scala.",
    "io.netty.",
    "org.eclipse.jetty.",
    "org.springframework.",
)
"""Packages whose stack frames say little about what a broker was doing."""

THROWN = ("Exception", "Error", "Throwable")
"""How the names of what Java throws end."""

Highlights = Callable[[str], Iterable[tuple[int, int]]]
"""Finds the spans (start, end) of a text that are to be highlighted."""


@dataclass(frozen=True, slots=True)
class _Message:
    """The message of an event, taken apart."""

    first: str
    rest: str
    more: int
    """Lines after the first."""
    logger: str


class RowPainter:
    """Paints events with a fixed set of styles, columns and highlights.

    Args:
        styles: a style for each name in `STYLES`.
        columns: the columns.
        filtered: highlights of the filter.
        searched: highlights of the search; they win over the filter's.
        width: cells of a row in which the text is wrapped; None: each line is one of the screen.
    """

    def __init__(
        self,
        styles: Mapping[str, Style],
        columns: Columns,
        filtered: Highlights | None = None,
        searched: Highlights | None = None,
        width: int | None = None,
    ) -> None:
        self._styles = styles
        self._columns = columns
        self._filtered = filtered
        self._searched = searched
        self._room = None if width is None else max(LEAST_ROOM, width - columns.head)

    def head(self, event: LogEvent, reference: int | None = None) -> list[Segment]:
        """The cells before the text.

        Args:
            event: the event.
            reference: moment (ms) that the time is told from; None: the time of day.
        """
        return head_segments(event, self._columns, self._styles, reference)

    def text(self, event: LogEvent, *, unfolded: bool = False) -> EventText:
        """The text: its first line, and all the others where it is unfolded."""
        message = _taken_apart(event)
        first = self._first(event, message, unfolded=unfolded)
        if not unfolded or not message.more:
            return EventText(first, room=self._room)
        lines = message.rest.split("\n", MAX_LINES)
        further = [printable(line[:MAX_TEXT].rstrip(), tab=TAB) for line in lines[:MAX_LINES]]
        return EventText(
            first,
            further,
            room=self._room,
            most=MAX_LINES,
            hidden=max(0, message.more - len(further)),
            paint=self._further,
            note=self._note,
        )

    def found_folded(self, event: LogEvent) -> bool:
        """Whether the search finds anything after the first line of an event."""
        return self._is_found(_taken_apart(event).rest)

    def _first(self, event: LogEvent, message: _Message, *, unfolded: bool) -> Line:
        """The first line, with what is told about the event before and behind it."""
        styles = self._styles
        text = printable(message.first[:MAX_TEXT])
        parts: list[Segment] = []
        if event.late:
            mark = "late" if event.lag is None else f"+{duration(event.lag)}"
            parts += [Segment(mark, styles["late"]), Segment(" ")]
        before = sum(len(part.text) for part in parts)
        segments, found = self._highlighted(text, styles[f"text-{LEVEL_STYLES[event.level]}"])
        parts += segments
        if len(message.first) > MAX_TEXT:
            parts.append(Segment("…", styles["more"]))
        fold = None
        if message.more:
            at = sum(len(part.text) for part in parts) + 2
            sign = f"{'▾' if unfolded else '⏎'} +{message.more}"
            hidden = not unfolded and found is None and self._is_found(message.rest)
            parts += [Segment("  "), Segment(sign, styles["search" if hidden else "more"])]
            fold = (at, at + len(sign))
        if message.logger and "logger" in self._columns.chosen:
            logger = Segment(f"  {short_logger(message.logger)}", styles["logger"])
            if self._fits_behind(parts, logger):
                parts.append(logger)
        return Line(
            parts,
            body=(before, before + len(text)),
            found=None if found is None else (before + found[0], before + found[1]),
            fold=fold,
        )

    def _fits_behind(self, parts: list[Segment], logger: Segment) -> bool:
        """Whether the logger takes no wrapped line of its own."""
        if self._room is None:
            return True
        plain = "".join(part.text for part in parts)
        lines = len(wrap_points(plain, self._room))
        return len(wrap_points(plain + logger.text, self._room)) == lines

    def _further(self, text: str) -> Line:
        """A line after the first; of a stack trace the frames and causes are told apart."""
        parts, found = self._highlighted(text, self._styles[trace_style(text)])
        return Line(parts, body=(0, len(text)), found=found)

    def _note(self, hidden: int) -> Line:
        """What stands below where not everything is shown."""
        lines = "1 more line" if hidden == 1 else f"{count(hidden)} more lines"
        return Line([Segment(f"… {lines}: enter shows them all", self._styles["more"])])

    def _highlighted(self, text: str, base: Style) -> tuple[list[Segment], tuple[int, int] | None]:
        """The text with what was found in it, and where the search found something first."""
        filtered = self._filtered(text) if self._filtered else ()
        searched = list(self._searched(text)) if self._searched else []
        spans = [(*span, self._styles["match"]) for span in filtered]
        spans += [(*span, self._styles["search"]) for span in searched]
        return list(highlighted(text, base, spans)), searched[0] if searched else None

    def _is_found(self, rest: str) -> bool:
        if self._searched is None or not rest:
            return False
        lines = rest[:SEARCHED_FOLDED].split("\n")
        return any(True for line in lines for _ in self._searched(printable(line, tab=TAB)))


def short_logger(name: str) -> str:
    """The last part of a logger's name; the whole name where that says nothing.

    Kafka has `state.change.logger`, `kafka.authorizer.logger` and `kafka.request.logger`.
    """
    last = printable(name).rpartition(".")[2]
    return (printable(name) if last == "logger" else last)[:40]


def first_line(text: str) -> tuple[str, str]:
    """The first line that has something to read, and the lines after it."""
    line, _, rest = text.rstrip().lstrip("\r\n").partition("\n")
    return line.rstrip(), rest


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


def _taken_apart(event: LogEvent) -> _Message:
    fields = parse(event)
    first, rest = first_line(fields.text or event.message)
    if event.source.kind == "audit":
        first = first.replace(JMX_PACKAGE, "", 1)
    more = rest.count("\n") + 1 if rest else 0
    return _Message(first, rest, more, fields.logger or "")


def trace_style(line: str) -> str:
    """The style of a line after the first, by what it is in a stack trace."""
    text = line.lstrip()
    if text.startswith("at ") and "(" in text:
        frame = text[3:].rpartition("/")[2] if "/" in text.partition("(")[0] else text[3:]
        return "frame-library" if frame.startswith(LIBRARIES) else "frame"
    if text.startswith(("Caused by: ", "Suppressed: ")):
        return "cause"
    if text.startswith("... ") and text.endswith(" more"):
        return "frame-library"
    name = text.partition(":")[0].rstrip()
    if "." in name and " " not in name and name.endswith(THROWN):
        return "thrown"
    return "further"
