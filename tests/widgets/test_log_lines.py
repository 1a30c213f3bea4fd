"""Events that take several lines: what is looked at stays, and every line can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source
from mqtail.store import SortedEvents, Store
from widgets.log.lines import Lines, PageLine
from widgets.log.window import LogWindow

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

HEIGHT = 10
SOURCE = Source(0, "t", "mq", "general")


class Heights:
    """How many lines events take, by their number; changes as a person folds and unfolds."""

    def __init__(self, lines: dict[int, int], *, ruled: int = 0) -> None:
        self.lines = lines
        self.ruled = ruled
        """Every so many-th event has a rule above it; 0: none."""
        self.asked: set[int] = set()

    def __call__(self, rows: SortedEvents, row: int) -> Lines:
        """The lines of an event."""
        order = rows[row].order
        self.asked.add(row)
        return Lines(int(bool(self.ruled) and order % self.ruled == 0), self.lines.get(order, 1))


def _window(store: Store, heights: Heights, height: int = HEIGHT) -> LogWindow:
    window = LogWindow(store, heights)
    window.resize(height)
    window.sync()
    return window


def _shown(window: LogWindow) -> list[tuple[int, int]]:
    return [(shown.event.order, shown.line) for shown in window.lines]


def _every_line(window: LogWindow, heights: Heights) -> list[tuple[int, int]]:
    lines = []
    for row, event in enumerate(window.rows):
        extent = heights(window.rows, row)
        lines += [(event.order, line) for line in range(-extent.above, extent.lines)]
    return lines


@pytest.fixture
def store(factory: EventFactory) -> Store:
    """A buffer with a hundred events, numbered from 1."""
    store = Store(1_000)
    store.add(factory.many(100))
    return store


def test_only_what_is_seen_is_measured(factory: EventFactory) -> None:
    """However many events there are."""
    store = Store(20_000)
    store.add(factory.many(20_000))
    heights = Heights({})
    window = _window(store, heights)
    assert len(heights.asked) <= HEIGHT
    window.scroll_to(10_000)
    heights.asked.clear()
    store.add(factory.many(100))
    window.sync()
    for _ in range(3):
        window.move(-1)
        window.move_page(-1)
        window.scroll(2)
    window.align(store[10_000].timestamp, 3)
    window.go_to(store[10_001])
    assert heights.asked <= set(range(10_000 - 3 * HEIGHT, 10_000 + 2 * HEIGHT))


def test_following_has_the_last_line_at_the_bottom(store: Store, factory: EventFactory) -> None:
    """Also of an event that is taller than the screen, and as it grows."""
    heights = Heights({100: 25, 99: 3})
    window = _window(store, heights)
    assert _shown(window) == [(100, line) for line in range(15, 25)]
    assert window.page == [store[-1]]
    heights.lines[100] = 4
    window.relayout()
    assert _shown(window)[-1] == (100, 3)
    assert _shown(window)[2:6] == [(98, 0), (99, 0), (99, 1), (99, 2)]


def test_a_tall_event_is_read_line_by_line(store: Store) -> None:
    """Down and up move inside it first, then to its neighbours."""
    window = _window(store, Heights({50: 30}))
    tall: LogEvent = store[49]
    window.go_to(store[48])
    window.move(1)
    assert window.cursor == tall
    start = window.line_of(tall)
    assert start == 6
    for number in range(1, 27):
        window.move(1)
        assert (window.cursor, window.line_of(tall)) == (tall, (start or 0) - number)
    assert _shown(window)[-1] == (50, 29)
    window.move(1)
    assert (window.cursor, _shown(window)[-1]) == (store[50], (51, 0))
    window.move(-1)
    assert (window.cursor, _shown(window)[-1]) == (tall, (51, 0))
    for _ in range(21):
        window.move(-1)
    assert (window.cursor, window.line_of(tall)) == (tall, 0)
    window.move(-1)
    assert window.cursor is store[48]


def test_pages_and_the_wheel_go_through_tall_events(store: Store) -> None:
    """They move by lines of the screen, not by events."""
    window = _window(store, Heights({50: 30}))
    window.go_to(store[49])
    window.show_cursor()
    assert _shown(window) == [(50, line) for line in range(10)]
    window.move_page(1)
    assert _shown(window) == [(50, line) for line in range(9, 19)]
    assert window.cursor is store[49]
    window.scroll(2)
    assert _shown(window)[0] == (50, 11)
    window.scroll(-12)
    assert _shown(window)[:2] == [(49, 0), (50, 0)]


def test_folding_keeps_what_is_looked_at(store: Store) -> None:
    """The cursor's event stays on its line whatever is unfolded above it or folded again."""
    heights = Heights({})
    window = _window(store, heights)
    window.go_to(store[49])
    line = window.line_of(store[49])
    heights.lines |= {47: 6, 49: 3, 51: 20}
    window.relayout()
    assert window.line_of(store[49]) == line
    heights.lines.clear()
    window.relayout()
    assert window.line_of(store[49]) == line


def test_an_event_that_is_folded_while_its_end_is_read_stays_in_sight(store: Store) -> None:
    """Its first line goes to the top of the screen."""
    heights = Heights({50: 30})
    window = _window(store, heights)
    window.go_to(store[49])
    window.move_page(1)
    window.move_page(1)
    assert (window.line_of(store[49]) or 0) < 0
    heights.lines.clear()
    window.relayout()
    assert (window.cursor, window.line_of(store[49])) == (store[49], 0)


def test_rules_above_come_into_sight_with_their_event(store: Store) -> None:
    """A rule belongs to the event below it."""
    window = _window(store, Heights({}, ruled=10))
    window.go_to(store[54])
    while window.cursor is not store[49]:
        window.move(-1)
    assert (50, -1) in _shown(window)


def test_older_history_above_moves_nothing_and_is_not_taken_for_late(
    store: Store, factory: EventFactory
) -> None:
    """What is read at the top stays there while older events come in above it."""
    window = _window(store, Heights({}))
    window.move_page(-20)
    window.go_to(store[0])
    assert window.at_top
    store.add([factory.one(at=-number) for number in range(1, 40)])
    window.sync()
    assert (window.lines[0].event, window.at_top) == (store[39], False)
    assert window.inserted_above == 0
    store.add([factory.one(at=-1.5, late=True)])
    window.sync()
    assert window.inserted_above == 1


def test_another_view_is_aligned_by_time(store: Store) -> None:
    """The last event at or before a moment comes to the line asked for, without a cursor."""
    window = _window(store, Heights({48: 4}))
    window.align(store[49].timestamp + 500, 6)
    assert (window.cursor, window.follow) == (None, False)
    assert window.line_of(store[49]) == 6
    window.align(store[0].timestamp - 1, 3)
    assert window.line_of(store[0]) == 0
    window.align(store[99].timestamp, 0)
    assert _shown(window)[-1] == (100, 0)


def test_a_line_of_the_cursors_event_is_brought_into_sight(store: Store) -> None:
    """As far as needed; a line that can be seen moves nothing."""
    window = _window(store, Heights({50: 300}))
    window.go_to(store[49])
    window.show_line(200)
    assert (50, 200) in _shown(window)
    before = _shown(window)
    window.show_line(201)
    assert _shown(window) == before


_STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 300), max_size=12),
        st.sampled_from(
            ["up", "down", "move-up", "move-down", "pageup", "pagedown", "fold", "resize", "follow"]
        ),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=14,
)


@settings(deadline=None)
@given(
    steps=_STEPS,
    ruled=st.integers(0, 4),
    unfolded=st.dictionaries(st.integers(1, 120), st.integers(1, 15)),
)
def test_whatever_happens_what_is_held_stays_on_its_line(
    steps: list[tuple[list[int], str, int]], ruled: int, unfolded: dict[int, int]
) -> None:
    """The lines shown are lines of the log in order; the held event keeps its line."""
    store, order = Store(60), 0
    heights = Heights(dict(unfolded), ruled=ruled)
    window = _window(store, heights, 6)
    for times, action, number in steps:
        held, line = None, None
        if not window.follow and window.page:
            held = window.cursor or window.page[0]
            line = window.line_of(held)
        batch = []
        for time in times:
            order += 1
            batch.append(LogEvent(time, 0, SOURCE, order, "m", Level.INFO))
        store.add(batch)
        window.sync()
        if action == "fold" and len(window.rows):
            chosen = window.rows[number % len(window.rows)]
            if chosen is not held:
                heights.lines[chosen.order] = number % 12 + 1
                window.relayout()
        _check(window, heights, held, line)
        _act(window, action, number)
        _check(window, heights, None, None)


def _act(window: LogWindow, action: str, number: int) -> None:
    match action:
        case "up":
            window.scroll(-number % 7 - 1)
        case "down":
            window.scroll(number % 7 + 1)
        case "move-up":
            window.move(-1)
        case "move-down":
            window.move(1)
        case "pageup":
            window.move_page(-1)
        case "pagedown":
            window.move_page(1)
        case "resize":
            window.resize(number % 9 + 1)
        case "follow":
            window.start_following()


def _check(window: LogWindow, heights: Heights, held: LogEvent | None, line: int | None) -> None:
    every, shown = _every_line(window, heights), _shown(window)
    at = every.index(shown[0]) if shown else 0
    assert shown == every[at : at + window.height]
    assert len(shown) == min(window.height, len(every))
    assert window.cursor is None or window.cursor in window.page
    if window.follow and shown:
        assert shown[-1] == every[-1]
    inside = at > 0 and at + window.height < len(every)
    if held is not None and held in window.rows and inside:
        assert window.line_of(held) == line


@settings(deadline=None, max_examples=50)
@given(
    tall=st.dictionaries(st.integers(1, 40), st.integers(1, 40), max_size=6),
    height=st.integers(1, 12),
)
def test_every_line_is_passed_with_the_down_key(tall: dict[int, int], height: int) -> None:
    """From the oldest event to following, no line of any event is skipped."""
    store = Store(1_000)
    store.add([LogEvent(time, 0, SOURCE, time, "m", Level.INFO) for time in range(1, 40)])
    heights = Heights(tall, ruled=7)
    window = _window(store, heights, height)
    window.go_to(store[0])
    seen: set[PageLine | tuple[int, int]] = set()
    for _ in range(3_000):
        seen |= set(_shown(window))
        if window.follow:
            break
        window.move(1)
    assert window.follow
    own = {line for line in _every_line(window, heights) if line[1] >= 0}
    assert own <= seen
