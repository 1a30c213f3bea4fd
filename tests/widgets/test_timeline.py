"""The timeline: what it paints, what it tells, and how one gets to a moment with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from mqtail.events import Level, LogEvent, Source
from mqtail.moments import moment_of
from mqtail.store import SortedEvents, Store
from widgets.timeline.view import HINT, Timeline

T0 = int(datetime(2026, 11, 21, 10, 0, tzinfo=UTC).timestamp() * 1000)
ONE = Source(0, "orders", "mq", "general", "1")
TWO = Source(1, "orders", "mq", "general", "2")
KAFKA = Source(2, "clicks", "msk", "broker", "3")
STARTED = (
    "2026-11-21 10:00:00,000 | INFO  | Apache ActiveMQ 5.18.4 (orders, ID:a-1) started | b | m"
)
STOPS = STARTED.replace(" started", " is shutting down")
LEADS = (
    "[2026-11-21 10:00:00,000] INFO [Controller id=3] Partition clicks-{} completed preferred"
    " replica leader election. New leader is 3 (kafka.controller.KafkaController)"
)


class Shown:
    """Events, and the views of them that a timeline shows."""

    def __init__(self, capacity: int = 100_000) -> None:
        self.store = Store(capacity)
        self.number = 0

    def event(
        self, at: float, text: str = "x", *, error: bool = False, source: Source = ONE
    ) -> LogEvent:
        """An event, seconds after the start."""
        self.number += 1
        level = Level.ERROR if error else Level.INFO
        return LogEvent(T0 + int(at * 1000), 0, source, self.number, text, level)

    def add(self, *events: LogEvent) -> None:
        """Put events into the store."""
        self.store.add(list(events))

    def fill(self, seconds: Iterable[float]) -> None:
        """Put ordinary events into the store."""
        self.add(*(self.event(at) for at in seconds))

    async def views(self) -> tuple[SortedEvents, SortedEvents, SortedEvents, SortedEvents]:
        """What a timeline is given."""
        errors, moments = self.store.view(), self.store.view()
        await errors.refilter(lambda event: event.level is Level.ERROR)
        await moments.refilter(lambda event: moment_of(event) is not None)
        return self.store, self.store.view(), errors, moments


class TimelineApp(App[None]):
    """A timeline over something that can have the focus."""

    AUTO_FOCUS = "#below"

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self.timeline = timeline
        self.jumps: list[tuple[float, LogEvent | None]] = []
        self.spans: list[tuple[float, float]] = []

    def compose(self) -> ComposeResult:
        """The timeline, and the log."""
        yield self.timeline
        below = Static("log", id="below")
        below.can_focus = True
        yield below

    def on_timeline_jumped(self, message: Timeline.Jumped) -> None:
        """Remember, in seconds after the start."""
        self.jumps.append(((message.timestamp - T0) / 1000, message.event))

    def on_timeline_span_chosen(self, message: Timeline.SpanChosen) -> None:
        """Remember, in seconds after the start."""
        self.spans.append(((message.begin - T0) / 1000, (message.end - T0) / 1000))

    def rows(self) -> list[str]:
        """What is painted."""
        timeline = self.timeline
        return [timeline.render_line(y).text.rstrip() for y in range(timeline.size.height)]


Running = tuple[TimelineApp, Pilot[None]]


@asynccontextmanager
async def showing(
    shown: Shown,
    size: tuple[int, int] = (82, 30),
    seen: tuple[float, float] | None = None,
    zone: ZoneInfo | None = None,
) -> AsyncIterator[Running]:
    """An application with a timeline that shows the events; the present is their end."""
    timeline = Timeline(zone or UTC, now=lambda: T0 + 3_600_000)
    app = TimelineApp(timeline)
    async with app.run_test(size=size, tooltips=True) as pilot:
        page = seen and (T0 + int(seen[0] * 1000), T0 + int(seen[1] * 1000))
        timeline.show(*await shown.views(), page or None)
        await pilot.pause()
        yield app, pilot


@pytest.fixture
def failover() -> Shown:
    """Twelve minutes: a trickle, a burst with errors, a failover, and a trickle."""
    shown = Shown()
    shown.fill(range(0, 720, 10))
    shown.add(*(shown.event(360 + n / 100, error=n % 50 == 0) for n in range(300)))
    shown.add(shown.event(362, STOPS), shown.event(425, STARTED, source=TWO))
    return shown


async def test_bars_errors_markers_and_times(failover: Shown) -> None:
    """Three rows: what happened, how many events, and when."""
    async with showing(failover, seen=(600, 719)) as (app, _):
        markers, bars, axis = app.rows()
    assert app.timeline.picture is not None
    assert app.timeline.picture.axis.step == 10_000
    assert markers[37:39] == "■X"
    assert markers[43:45] == "⇄F"
    assert markers.endswith("max 302 per 10s")
    assert bars[37] == "█"
    assert bars[1:37] == "▁" * 36 or set(bars[1:37]) == {"▁"}
    assert axis[61] == "["
    assert axis[72] == "]"
    assert axis[1:6] == "10:00"


async def test_errors_are_told_without_colour() -> None:
    """A bar with errors has a mark over it, and on one row a line under it."""
    shown = Shown()
    shown.fill(range(60))
    shown.add(shown.event(30, error=True))
    async with showing(shown) as (app, pilot):
        markers, *_ = app.rows()
        assert markers.index("!") == 31
        assert markers.count("!") == 1
        await pilot.resize_terminal(82, 20)
        underlined = [
            segment.text
            for segment in app.timeline.render_line(0)
            if segment.style is not None and segment.style.underline
        ]
    assert len(underlined) == len(underlined[0]) == 1


async def test_one_row_on_a_low_screen(failover: Shown) -> None:
    """Bars, letters of the moments among them, brackets around the page."""
    async with showing(failover, (82, 20), seen=(600, 719)) as (app, _):
        (row,) = app.rows()
    assert row[37] == "X"
    assert row[43] == "F"
    assert row[60] == "["
    assert row[73] == "]"


async def test_an_empty_buffer_has_a_quiet_hint() -> None:
    """And nothing to go to."""
    async with showing(Shown()) as (app, pilot):
        assert [row.strip() for row in app.rows()] == ["", "", HINT]
        app.set_focus(app.timeline)
        await pilot.press("left", "down", "home", "enter", "shift+left")
        await pilot.click(Timeline, offset=(10, 1))
        await pilot.hover(Timeline, offset=(12, 1))
        assert (app.jumps, app.spans, app.timeline.tooltip) == ([], [], None)


async def test_a_single_event(failover: Shown) -> None:
    """It can be seen, and the page is where it is."""
    shown = Shown()
    shown.fill([30])
    async with showing(shown, seen=(30, 30)) as (app, _):
        _, bars, axis = app.rows()
    assert bars.strip() in set("▁▂▃▄▅▆▇█")
    assert axis[1] == "▲"


async def test_nothing_is_painted_when_nothing_has_changed(failover: Shown) -> None:
    """Neither for the same events nor for more that belong to no other picture."""
    async with showing(failover) as (app, pilot):
        timeline, views = app.timeline, await failover.views()
        timeline.show(*views, None)
        await pilot.pause()
        painted, picture = timeline.rows_rendered, timeline.picture
        for _ in range(5):
            timeline.show(*views, None)
            await pilot.pause()
        assert (timeline.rows_rendered, timeline.picture) == (painted, picture)
        failover.fill([5])
        timeline.show(*views, None)
        await pilot.pause()
        assert timeline.picture != picture
        assert timeline.rows_rendered <= painted + 3


class CountingEvents(SortedEvents):
    """Counts how often single events are looked at."""

    looked_at = 0

    def index_at(self, timestamp: int) -> int:
        """Count bisections."""
        type(self).looked_at += 1
        return super().index_at(timestamp)

    def __iter__(self):  # type: ignore[no-untyped-def]
        """Nobody may go through all of them."""
        raise AssertionError("all events were looked at")


async def test_a_full_buffer_is_counted_by_bisection() -> None:
    """About one search for each bucket's begin, whatever the number of events."""
    shown = Shown()
    many = CountingEvents([shown.event(n / 100) for n in range(100_000)])
    async with showing(Shown(), (200, 30)) as (app, _):
        app.timeline.show(many, many, SortedEvents(), SortedEvents(), None)
        assert app.timeline.picture is not None
        assert sum(app.timeline.picture.counts) == 100_000
    assert many.looked_at < 2 * 200


async def test_a_late_event_changes_its_bar_only(failover: Shown) -> None:
    """The picture does not move."""
    async with showing(failover) as (app, _):
        before = app.timeline.picture
        failover.fill([125, 126])
        app.timeline.show(*await failover.views(), None)
        after = app.timeline.picture
    assert before is not None
    assert after is not None
    assert before.axis == after.axis
    changed = [
        n
        for n, pair in enumerate(zip(before.counts, after.counts, strict=True))
        if len({*pair}) > 1
    ]
    assert changed == [13]


async def test_following_moves_by_whole_columns() -> None:
    """Old events go, new ones come: each bar stays the bar of its time."""
    shown = Shown(capacity=600)
    shown.fill(n / 2 for n in range(600))
    async with showing(shown) as (app, _):
        bars: dict[int, set[int]] = {}
        for second in range(300, 330):
            shown.fill([second, second + 0.5])
            app.timeline.show(*await shown.views(), None)
            picture = app.timeline.picture
            assert picture is not None
            assert picture.axis.step == 4_000
            for number, count in enumerate(picture.counts[3:-3], 2):
                bars.setdefault(picture.axis.begin(number), set()).add(count)
    assert {frozenset(counts) for counts in bars.values()} == {frozenset({8})}


async def test_events_out_of_place_are_at_the_edges() -> None:
    """One from days ago and one dated ahead: marked, told, and within reach."""
    shown = Shown()
    shown.fill(range(0, 3600, 10))
    old, ahead = shown.event(-3 * 86_400), shown.event(3_600 + 7_000)
    shown.add(old, ahead)
    async with showing(shown) as (app, pilot):
        _, bars, _ = app.rows()
        assert (bars[0], bars[-1], len(bars)) == ("‹", "›", 82)
        await pilot.hover(Timeline, offset=(0, 1))
        assert "2026-11-18 10:00:00.000 +00:00  1 event" in str(app.timeline.tooltip)
        await pilot.hover(Timeline, offset=(81, 1))
        assert "dated ahead, up to 2026-11-21 12:56:40" in str(app.timeline.tooltip)
        await pilot.click(Timeline, offset=(0, 1))
        await pilot.click(Timeline, offset=(81, 1))
        assert app.jumps == [(-3 * 86_400, None), (10_600, None)]
        app.set_focus(app.timeline)
        await pilot.press("home", "enter", "end", "enter", "left", "enter")
        assert [at for at, _ in app.jumps[2:]] == [-3 * 86_400, 10_600, 3_540]


async def test_the_pointer_is_told_what_is_there(failover: Shown) -> None:
    """Span and counts of a bar; time, instance and title of each moment."""
    async with showing(failover) as (app, pilot):
        tip = app.timeline
        await pilot.hover(Timeline, offset=(5, 1))
        assert str(tip.tooltip) == "10:00:40-10:00:50  1 event"
        await pilot.hover(Timeline, offset=(44, 0))
        assert str(tip.tooltip).split("\n") == [
            "10:07:00-10:07:10  2 events",
            "10:07:05 failover: orders 2 became active",
        ]
        await pilot.hover(Timeline, offset=(37, 1))
        assert str(tip.tooltip).split("\n") == [
            "10:06:00-10:06:10  302 events, 6 errors",
            "10:06:02 stop: orders 1 is shutting down",
        ]


async def test_a_click_goes_to_the_moment(failover: Shown) -> None:
    """To the event of a marker, to the begin of a bar; the focus stays where it was."""
    async with showing(failover) as (app, pilot):
        await pilot.click(Timeline, offset=(44, 0))
        await pilot.click(Timeline, offset=(44, 1))
        at, event = app.jumps[0]
        assert (at, event and event.source) == (425, TWO)
        assert app.jumps[1] == (430, None)
        assert app.focused is not None
        assert app.focused.id == "below"
        assert app.rows()[2].startswith(" 10:00")


async def test_a_drag_chooses_a_span(failover: Shown) -> None:
    """From bar to bar in either direction, both included; it is told meanwhile."""
    async with showing(failover) as (app, pilot):
        for first, last in ((10, 20), (20, 10)):
            await pilot.mouse_down(Timeline, offset=(first, 1))
            await pilot.hover(Timeline, offset=(15, 1))
            await pilot.hover(Timeline, offset=(last, 1))
            assert app.rows()[2] == " 10:01:30-10:03:20  11 events"
            await pilot.mouse_up(Timeline, offset=(last, 1))
        assert app.spans == [(90, 200)] * 2
        assert app.jumps == []
        assert app.rows()[2].startswith(" 10:00")


async def test_the_keyboard_does_what_the_mouse_does(failover: Shown) -> None:
    """A cursor that begins at the page, goes by bars and markers, jumps, and chooses spans."""
    async with showing(failover, seen=(300, 305)) as (app, pilot):
        app.set_focus(app.timeline)
        await pilot.pause()
        assert app.rows()[2] == " 10:05:00-10:05:10  1 event"
        await pilot.press("left", "left", "enter", "end", "right", "enter", "home", "left", "enter")
        assert app.jumps == [(280, None), (710, None), (0, None)]
        await pilot.press("greater_than_sign", "down")
        assert app.rows()[2] == " 10:07:00-10:07:10  2 events · failover: orders 2 became active"
        await pilot.press("down", "enter", "up", "enter", "less_than_sign", "enter")
        assert [event and event.source for _, event in app.jumps[3:]] == [TWO, ONE, ONE]
        await pilot.press("shift+right", "shift+right", "enter")
        assert app.spans == [(360, 390)]
        await pilot.press("shift+left", "right", "enter")
        assert len(app.spans) == 1
        app.set_focus(None)
        await pilot.pause()
        assert app.timeline.description == ""


async def test_the_cursor_stays_at_its_time(failover: Shown) -> None:
    """Also when the buckets become longer."""
    async with showing(failover) as (app, pilot):
        app.set_focus(app.timeline)
        await pilot.press("home", "greater_than_sign")
        failover.fill(range(720, 3600, 10))
        app.timeline.show(*await failover.views(), None)
        assert app.timeline.description.startswith("10:06-10:07  307 events, 6 errors · ")


async def test_neighbours_become_one_marker() -> None:
    """A thousand elections and a stop among them: the stop, and how many there are."""
    shown = Shown()
    shown.fill(range(0, 720, 10))
    shown.add(*(shown.event(300 + n / 50, LEADS.format(n), source=KAFKA) for n in range(1_000)))
    shown.add(shown.event(305, STOPS), shown.event(650, LEADS.format(1), source=KAFKA))
    async with showing(shown) as (app, pilot):
        assert app.rows()[0][31:36] == "■X99+"
        assert app.rows()[0][66:68] == "◆L"
        await pilot.hover(Timeline, offset=(33, 0))
        lines = str(app.timeline.tooltip).split("\n")
        assert "10:05:05 stop: orders 1 is shutting down" in lines
        assert lines[-1] == "and 996 more"
        assert len(lines) == 7
        picture = app.timeline.picture
        assert picture is not None
        assert sum(marker.count for marker in picture.markers) == 1_002
        first = app.timeline.next_moment(T0)
        assert first is not None
        assert first.timestamp == T0 + 300_000


async def test_a_marker_at_the_right_edge_is_whole() -> None:
    """It stands as far right as it can."""
    shown = Shown()
    shown.fill(range(80))
    shown.add(shown.event(79.5, STOPS))
    async with showing(shown) as (app, _):
        assert app.rows()[0].endswith("■X")


async def test_the_zone_is_the_one_that_is_asked_for(failover: Shown) -> None:
    """Times along the axis and in what is told."""
    async with showing(failover, zone=ZoneInfo("Asia/Kolkata")) as (app, pilot):
        assert app.rows()[2].startswith(" 15:30")
        await pilot.hover(Timeline, offset=(5, 1))
        assert str(app.timeline.tooltip) == "15:30:40-15:30:50  1 event"


async def test_text_of_the_log_is_data(failover: Shown) -> None:
    """Markup and control characters in a name are shown as they are."""
    evil = Source(9, "[red]x\x1b[31m", "mq", "general", "1")
    failover.add(failover.event(600, STOPS, source=evil))
    async with showing(failover) as (app, pilot):
        await pilot.hover(Timeline, offset=(61, 0))
        assert "stop: [red]x␛[31m 1 is shutting down" in str(app.timeline.tooltip)


@pytest.mark.parametrize(
    "size", [(200, 60), (120, 35), (80, 24), (60, 15), (21, 30), (5, 5)], ids=str
)
async def test_any_size(size: tuple[int, int], failover: Shown) -> None:
    """Each row fills the width exactly, with and without the cursor."""
    async with showing(failover, size, seen=(0, 719)) as (app, pilot):
        for keys in ((), ("left",), ("shift+left", "shift+left")):
            if keys:
                app.set_focus(app.timeline)
            await pilot.press(*keys)
            for y in range(app.timeline.size.height):
                assert cell_len(app.timeline.render_line(y).text) == size[0]
        assert app.timeline.size.height == (3 if size[1] >= 24 else 1)


async def test_events_that_are_gone_when_one_asks(failover: Shown) -> None:
    """The views are alive: a filter can have emptied them since they were counted."""
    failover.fill([-3 * 86_400])
    failover.fill(n / 10 for n in range(200))
    async with showing(failover) as (app, pilot):
        store, events, errors, moments = await failover.views()
        app.timeline.show(store, events, errors, moments, None)
        await events.refilter(lambda event: False)  # type: ignore[attr-defined]
        await pilot.hover(Timeline, offset=(0, 1))
        await pilot.click(Timeline, offset=(0, 1))
        assert len(app.jumps) == 1
