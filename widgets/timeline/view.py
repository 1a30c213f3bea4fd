"""The timeline over the log: how many events and errors when, and what happened to the brokers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from mqtail import moments as telling
from mqtail.clock import wall_clock_ms
from mqtail.events import LogEvent
from mqtail.store import SortedEvents
from widgets.human import cut
from widgets.styles import KeepsStyles, segment_style
from widgets.timeline.axis import bounds, fitted
from widgets.timeline.picture import Marker, Picture, counted, label_column, limits, marked, told
from widgets.timeline.rows import TONES, Cell, Choice, bar_row, marker_row, time_row

FULL_HEIGHT = 3
"""Rows: markers, bars, times. With less height the bars come first, then the times."""
NARROWEST = 20
"""With fewer cells there is nothing to see."""
LOW_SCREEN = 24
"""On a screen with fewer rows the timeline has one."""
HINT = "The timeline begins with the first event"


def _key(key: str, action: str, id: str, description: str, tooltip: str) -> Binding:
    """A key that the footer has no room for."""
    return Binding(key, action, description, id=f"timeline-{id}", show=False, tooltip=tooltip)


class Timeline(KeepsStyles, Widget, can_focus=True):
    """Counts the events of a buffer per bucket of time, and marks the moments of its brokers.

    The buckets lie as the clock divides the hour, so that bars do not change while events come.
    A click goes to a moment, a drag chooses a span; with the keyboard a cursor does both.

    Args:
        zone: zone of the times that are shown.
        now: the present time, ms since the epoch, to know what is dated ahead.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False
    FOCUS_ON_CLICK = False

    DEFAULT_CSS = """
    Timeline {
        height: auto;
        background: $surface;

        & > .timeline--bar { color: $primary; }
        & > .timeline--error { color: $text-error; text-style: bold; }
        & > .timeline--error-low { color: $text-error; text-style: underline; }
        & > .timeline--time { color: $text-muted; }
        & > .timeline--hint { color: $text-muted; }
        & > .timeline--told { color: $text; }
        & > .timeline--outside { color: $text-warning; text-style: bold; }
        & > .timeline--seen { background: $primary 25%; }
        & > .timeline--edge { color: $text-primary; text-style: bold; }
        & > .timeline--chosen { background: $primary 60%; color: $text; text-style: reverse; }
        & > .timeline--failover { color: $text-error; text-style: bold; }
        & > .timeline--alarm { color: $text-error; text-style: bold; }
        & > .timeline--stop { color: $text-warning; text-style: bold; }
        & > .timeline--start { color: $text-success; text-style: bold; }
        & > .timeline--leader { color: $text-primary; text-style: bold; }
        & > .timeline--reboot { color: $text-accent; text-style: bold; }

        &:ansi {
            & > .timeline--time { text-style: dim; }
            & > .timeline--hint { text-style: dim; }
            & > .timeline--seen { background: transparent; }
            & > .timeline--chosen { background: transparent; text-style: reverse; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("left", "move(-1)", "left", "Bar before", "Go to the bar before"),
        _key("right", "move(1)", "right", "Next bar", "Go to the next bar"),
        _key("shift+left", "move(-1, True)", "choose-left", "Choose back", "Choose a span, back"),
        _key("shift+right", "move(1, True)", "choose-right", "Choose on", "Choose a span, on"),
        _key("home", "end(False)", "first", "First bar", "Go to the first bar"),
        _key("end", "end(True)", "last", "Last bar", "Go to the last bar"),
        _key("up,less_than_sign", "marker(-1)", "previous", "Marker before", "Go one marker back"),
        _key("down,greater_than_sign", "marker(1)", "next", "Next marker", "Go to the next marker"),
        _key("enter", "jump", "jump", "Go there", "Show the log there; of a span, only the span"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--bar",
        "timeline--error",
        "timeline--error-low",
        "timeline--time",
        "timeline--hint",
        "timeline--told",
        "timeline--outside",
        "timeline--seen",
        "timeline--edge",
        "timeline--chosen",
        *(f"timeline--{tone}" for tone in TONES.values()),
    }

    class Jumped(Message):
        """A moment was chosen, to be shown in the log."""

        def __init__(self, timeline: Timeline, timestamp: int, event: LogEvent | None) -> None:
            super().__init__()
            self.timeline = timeline
            self.timestamp = timestamp
            """The moment, ms since the epoch."""
            self.event = event
            """The event of the marker that was chosen; None: a bar was."""

        @property
        def control(self) -> Timeline:
            """The timeline."""
            return self.timeline

    class SpanChosen(Message):
        """A span of time was chosen, to be shown alone."""

        def __init__(self, timeline: Timeline, begin: int, end: int) -> None:
            super().__init__()
            self.timeline = timeline
            self.begin = begin
            """Its begin, ms since the epoch."""
            self.end = end
            """Its end, exclusive."""

        @property
        def control(self) -> Timeline:
            """The timeline."""
            return self.timeline

    def __init__(
        self,
        zone: tzinfo = UTC,
        *,
        now: Callable[[], int] = wall_clock_ms,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.zone = zone
        self.rows_rendered = 0
        """Rows painted so far."""
        self._now = now
        empty = SortedEvents()
        self._buffer, self._events, self._errors, self._moments = (empty,) * 4
        self._seen: tuple[int, int] | None = None
        self._known: tuple[object, ...] = ()
        """What the picture was made of: width, zone, and the versions of the events."""
        self._picture: Picture | None = None
        self._cursor: int | None = None
        """Begin of the bucket with the cursor, ms; None while there is none."""
        self._anchor: int | None = None
        """Begin of the bucket where the choice of a span began, ms."""
        self._dragging = False
        self._styles: dict[tuple[str, ...], Style] = {}

    @property
    def picture(self) -> Picture | None:
        """What is painted; None while there is no event."""
        return self._picture

    @property
    def description(self) -> str:
        """What is at the cursor, in one line; empty without one."""
        chosen = self._chosen
        return " · ".join(self._told(*chosen, brief=True)) if chosen else ""

    def show(
        self,
        buffer: SortedEvents,
        events: SortedEvents,
        errors: SortedEvents,
        moments: SortedEvents,
        seen: tuple[int, int] | None,
    ) -> None:
        """Show how things stand now. Costs nothing when nothing has changed.

        Args:
            buffer: all events; the axis covers them.
            events: those that pass the filter; the bars count them.
            errors: the errors among them.
            moments: the events of the buffer that mark moments.
            seen: times of the first and the last event on screen, ms.
        """
        self._buffer, self._events, self._errors, self._moments = buffer, events, errors, moments
        self._seen = seen
        self._update()

    def next_moment(self, after: LogEvent | int) -> LogEvent | None:
        """The next event that marks a moment, see `mqtail.moments.next_moment`."""
        return telling.next_moment(self._moments, after)

    def previous_moment(self, before: LogEvent | int) -> LogEvent | None:
        """The event before that marks a moment, see `mqtail.moments.previous_moment`."""
        return telling.previous_moment(self._moments, before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Three rows, one on a low screen."""
        return FULL_HEIGHT if viewport.height >= LOW_SCREEN else 1

    def on_resize(self) -> None:
        """Another width has other buckets."""
        self._update()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._begin()

    def on_blur(self) -> None:
        """The cursor is for the keyboard alone."""
        self._forget()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin a click or the choice of a span."""
        if self._picture and event.button == 1:
            event.stop()
            self.capture_mouse()
            self._dragging = True
            self._place(self._picture.bucket(event.x, self.size.width))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell what is under the pointer, or choose up to there."""
        picture, width = self._picture, self.size.width
        if picture is None:
            self.tooltip = None
            return
        bucket = picture.bucket(max(0, min(event.x, width - 1)), width)
        if self._dragging:
            self.tooltip = None
            self._place(bucket, choose=True)
            return
        marker = self._marker_at(event.x, event.y)
        where = marker.first if marker else bucket
        lines = self._told(where, where)
        # The same text again would make the tooltip flicker.
        if self.tooltip is None or str(self.tooltip) != "\n".join(lines):
            self.tooltip = Content("\n".join(lines))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Go to what was clicked, or choose the span."""
        if not self._dragging:
            return
        event.stop()
        self._dragging = False
        self.release_mouse()
        if self._span is None:
            self._jump(self._marker_at(event.x, event.y))
        else:
            self.action_jump()
        if not self.has_focus:
            self._forget()

    def action_move(self, step: int, choose: bool = False) -> None:
        """Move the cursor by buckets.

        Args:
            step: how far, negative to the past.
            choose: choose the span up to there, too.
        """
        if (bucket := self._bucket) is not None:
            self._place(bucket + step, choose=choose)

    def action_end(self, last: bool) -> None:
        """Move the cursor to the first or the last bucket."""
        if self._picture:
            self._place(self._picture.last if last else self._picture.first)

    def action_marker(self, step: int) -> None:
        """Move the cursor to the next marker (1), or the one before (-1)."""
        if self._picture is None or (bucket := self._bucket) is None:
            return
        markers = self._picture.markers[::step]
        beyond = (m.first for m in markers if (m.first - bucket) * step > 0)
        self._place(next(beyond, bucket))

    def action_jump(self) -> None:
        """Go to the cursor, or choose the span."""
        if self._picture is None or (bucket := self._bucket) is None:
            return
        if span := self._span:
            self.post_message(self.SpanChosen(self, *span))
            self._anchor = None
            self.refresh()
        else:
            self._jump(self._picture.marker(bucket))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; the styles are worked out once for all of them."""
        self._styles.clear()
        if self._known[:1] != (self.size.width,):
            # A layout paints at once; `Resize` comes only then.
            self._update()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint markers, bars or times."""
        self.rows_rendered += 1
        width, height = self.size
        picture = self._picture
        if picture is None:
            hint = cut(f" {HINT}", width) if y == height - 1 else ""
            return self._strip([(hint.ljust(width), ("hint",))])
        if height >= FULL_HEIGHT and y == 0:
            return self._strip(marker_row(picture, width))
        chosen = self._chosen
        choice = chosen and Choice(*chosen, self.description)
        if y == (1 if height >= FULL_HEIGHT else 0):
            return self._strip(bar_row(picture, width, choice, alone=height == 1))
        return self._strip(time_row(picture, width, choice))

    @property
    def _bucket(self) -> int | None:
        """The bucket with the cursor."""
        if self._picture is None or self._cursor is None:
            return None
        found = self._picture.axis.bucket(self._cursor)
        return max(self._picture.first, min(found, self._picture.last))

    @property
    def _chosen(self) -> tuple[int, int] | None:
        """First and last bucket that are chosen: the cursor's, or those of a span."""
        if self._picture is None or (bucket := self._bucket) is None:
            return None
        other = bucket if self._anchor is None else self._picture.axis.bucket(self._anchor)
        return min(bucket, other), max(bucket, other)

    @property
    def _span(self) -> tuple[int, int] | None:
        """Begin and end of the span that is chosen, ms; None: only one place is."""
        chosen = self._chosen
        if self._picture is None or chosen is None or chosen[0] == chosen[1]:
            return None
        begin, end = (limits(self._picture.axis, bucket, self._events) for bucket in chosen)
        return begin[0], end[1]

    def _update(self) -> None:
        """Count anew where something has changed, and paint where that shows."""
        width = self.size.width
        sequences = (self._moments, self._buffer, self._events, self._errors)
        known = (width, self.zone, *((s, s.version) for s in sequences))
        former = self._picture
        if known != self._known:
            same_moments = known[:3] == self._known[:3]
            self._known = known
            drawn = len(self._buffer) and width >= NARROWEST
            self._picture = self._counted(width, same_moments) if drawn else None
        if self._picture:
            find = self._picture.axis.bucket
            seen = (find(self._seen[0]), find(self._seen[1])) if self._seen else None
            self._picture = replace(self._picture, seen=seen)
        if self._picture != former:
            self.refresh()
        if self.has_focus:
            self._begin()

    def _counted(self, width: int, same_moments: bool) -> Picture:
        """The picture of how things stand; markers are found anew only where they can differ."""
        former = self._picture
        begin, end = bounds(self._buffer, self._now())
        axis = fitted(begin, end, width - 2, self.zone, former.axis if former else None)
        if former and same_moments and axis == former.axis:
            markers = former.markers
        else:
            markers = marked(self._moments, axis, width)
        return Picture(
            axis, counted(self._events, axis), counted(self._errors, axis), markers, None
        )

    def _told(self, first: int, last: int, *, brief: bool = False) -> list[str]:
        picture, shown, moments = self._picture, self._events, self._moments
        return told(picture, first, last, shown, moments, brief=brief) if picture else []

    def _place(self, bucket: int, *, choose: bool = False) -> None:
        """Put the cursor on a bucket, or choose the span up to there."""
        picture = self._picture
        if picture is None:
            return
        if not choose:
            self._anchor = None
        elif self._anchor is None:
            self._anchor = self._cursor
        self._cursor = picture.axis.begin(max(picture.first, min(bucket, picture.last)))
        self.refresh()

    def _begin(self) -> None:
        """The cursor of the keyboard begins where the log is."""
        if self._cursor is None and self._picture:
            seen = self._picture.seen
            self._place(seen[1] if seen else self._picture.last)

    def _forget(self) -> None:
        """Take the cursor away."""
        self._cursor = self._anchor = None
        self.refresh()

    def _jump(self, marker: Marker | None) -> None:
        """Tell that a marker was chosen, or else the bucket with the cursor."""
        if marker:
            self.post_message(self.Jumped(self, marker.event.timestamp, marker.event))
        elif self._picture and (bucket := self._bucket) is not None:
            begin, _ = limits(self._picture.axis, bucket, self._events)
            self.post_message(self.Jumped(self, begin, None))

    def _marker_at(self, x: int, y: int) -> Marker | None:
        """The marker whose label is there."""
        picture, (width, height) = self._picture, self.size
        if picture is None or y != 0 or height == 2:
            return None
        if height == 1:
            return next((m for m in picture.markers if picture.column(m.first, width) == x), None)
        for marker in picture.markers:
            start = label_column(marker, picture.axis, width)
            if start <= x < start + len(marker.label):
                return marker
        return None

    def _strip(self, cells: list[Cell]) -> Strip:
        """The cells as one strip, those of equal style in one segment."""
        width = self.size.width
        segments = [
            Segment("".join(text for text, _ in group), self._style(names))
            for names, group in groupby(cells, key=lambda cell: cell[1])
        ]
        return Strip(segments, width)

    def _style(self, names: tuple[str, ...]) -> Style:
        """The styles of these names on the widget's own."""
        style = self._styles.get(names)
        if style is None:
            style = self.visual_style.rich_style
            for name in names:
                own = segment_style(self, f"timeline--{name}")
                # What is seen keeps its colours.
                style += own.background_style if name == "seen" else own
            self._styles[names] = style
        return style
