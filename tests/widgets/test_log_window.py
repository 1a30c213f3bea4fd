"""What is looked at stays where it is, whatever happens around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source
from mqtail.store import Store
from widgets.log.window import LogWindow

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory

HEIGHT = 10


def _window(store: Store, height: int = HEIGHT) -> LogWindow:
    window = LogWindow(store)
    window.resize(height)
    window.sync()
    return window


@pytest.fixture
def store(factory: EventFactory) -> Store:
    """A buffer with a hundred events."""
    store = Store(1_000)
    store.add(factory.many(100))
    return store


def test_follows_the_newest(store: Store, factory: EventFactory) -> None:
    """The last events are on the page, also after more have come."""
    window = _window(store)
    store.add(factory.many(5))
    assert window.sync()
    assert window.page == store[-HEIGHT:]
    assert window.follow
    assert window.waiting == 0


def test_nothing_new_needs_no_drawing(store: Store) -> None:
    """A look at a store that has not changed says so."""
    assert not _window(store).sync()


def test_scrolling_up_ends_following_and_the_end_takes_it_up_again(
    store: Store, factory: EventFactory
) -> None:
    """New events are counted while scrolled up, and no more at the end."""
    window = _window(store)
    window.scroll_to(50)
    store.add(factory.many(7))
    window.sync()
    assert (window.follow, window.waiting, window.top) == (False, 7, 50)
    window.scroll_to(window.max_top)
    assert (window.follow, window.waiting) == (True, 0)


def test_late_events_do_not_move_the_page(store: Store, factory: EventFactory) -> None:
    """Events inserted above are counted, and what is read stays on its row."""
    window = _window(store)
    window.scroll_to(50)
    before = window.page
    store.add([factory.one(at=3.5, late=True), factory.one(at=20.5, late=True)])
    window.sync()
    assert window.page == before
    assert window.inserted_above == 2
    window.start_following()
    assert window.inserted_above == 0


def test_the_cursor_keeps_its_row_when_events_are_inserted_just_above(
    store: Store, factory: EventFactory
) -> None:
    """It is the cursor that stays, not the top row, where both can be seen."""
    window = _window(store)
    window.go_to(store[50])
    row = window.page.index(store[50])
    event = window.cursor
    assert event is not None
    store.add([factory.one(at=event.timestamp / 1000 - 1_795_000_000 - 0.5)])
    window.sync()
    assert window.page[row] is event
    assert window.inserted_above == 1


def test_dropped_events_do_not_move_the_page(factory: EventFactory) -> None:
    """While older events are dropped, the text under the eyes stays; then the oldest are shown."""
    store = Store(200)
    store.add(factory.many(200))
    window = _window(store)
    window.scroll_to(100)
    before = window.page
    store.add(factory.many(50))
    window.sync()
    assert store.dropped == 50
    assert window.page == before
    assert window.inserted_above == 0
    store.add(factory.many(200))
    window.sync()
    assert window.page == store[:HEIGHT]


def test_a_cursor_on_a_dropped_event_goes_to_the_oldest(factory: EventFactory) -> None:
    """The cursor never stands on an event that is gone."""
    store = Store(100)
    store.add(factory.many(100))
    window = _window(store)
    window.go_to(store[0])
    store.add(factory.many(50))
    window.sync()
    assert window.cursor is store[0]


def test_a_pause_holds_the_rows_and_counts_what_waits(store: Store, factory: EventFactory) -> None:
    """Neither new nor late events are shown until the pause ends."""
    window = _window(store)
    window.pause()
    before = window.page
    store.add([*factory.many(3), factory.one(at=2.5, late=True)])
    assert not window.sync()
    assert (window.page, window.waiting) == (before, 4)
    window.resume()
    assert window.page == store[-HEIGHT:]
    assert window.waiting == 0


def test_waiting_is_right_while_paused_and_events_are_dropped(factory: EventFactory) -> None:
    """Events dropped from the buffer are still shown, and not counted as waiting."""
    store = Store(100)
    store.add(factory.many(100))
    window = _window(store)
    window.pause()
    store.add(factory.many(30))
    assert (len(window.rows), window.waiting) == (100, 30)


async def test_a_filter_applies_while_paused(store: Store, factory: EventFactory) -> None:
    """Another filter is shown for the moment of the pause; later events still wait."""
    window = _window(store)
    window.pause()
    store.add(factory.many(4))
    window.refiltered()
    await window.view.refilter(lambda event: event.order % 2 == 0)
    window.sync()
    assert [event.order for event in window.rows] == list(range(2, 101, 2))
    assert window.waiting == 2


async def test_a_filter_keeps_the_place(store: Store) -> None:
    """What was looked at is still there when it passes the new filter."""
    window = _window(store)
    window.go_to(store[49])
    await window.view.refilter(lambda event: event.order % 10 == 0)
    window.refiltered()
    window.sync()
    assert window.cursor is store[49]
    assert store[49] in window.page


async def test_a_filter_while_paused_shows_nothing_newer_than_the_pause(
    store: Store, factory: EventFactory
) -> None:
    """Also where the newest event of that moment does not pass the filter."""
    window = _window(store)
    window.pause()
    store.add(factory.many(4))
    window.refiltered()
    await window.view.refilter(lambda event: event.order % 2 == 1)
    window.sync()
    assert window.rows[-1].order == 99
    assert window.waiting == 2


async def test_another_filter_inserts_nothing(store: Store, factory: EventFactory) -> None:
    """Rows that a filter brings back above are not taken for late events."""
    window = _window(store)
    window.go_to(store[49])
    await window.view.refilter(lambda event: event.order % 10 == 0)
    window.refiltered()
    window.sync()
    window.view.show_all()
    window.refiltered()
    window.sync()
    assert (window.cursor, window.inserted_above) == (store[49], 0)
    store.add([factory.one(at=3.5, late=True)])
    window.sync()
    assert window.inserted_above == 1


async def test_late_events_are_counted_in_a_filtered_view_that_drops_others(
    factory: EventFactory,
) -> None:
    """What was dropped in the same moment does not hide what was inserted."""
    store = Store(200)
    store.add(factory.many(200))
    window = _window(store)
    await window.view.refilter(lambda event: event.order % 2 == 0)
    window.refiltered()
    window.sync()
    window.go_to(window.view[60])
    held, row = window.cursor, window.page.index(window.view[60])
    late = [factory.one(at=100 + number / 100, late=True) for number in range(6)]
    store.add([*late, *factory.many(40)])
    window.sync()
    assert window.view.dropped > 0
    assert window.page[row] is held
    assert window.inserted_above == 3


async def test_the_cursor_is_never_on_an_event_that_is_not_shown(store: Store) -> None:
    """It goes to the nearest event that passes the filter; where there is none, none is chosen."""
    window = _window(store)
    window.go_to(store[49])
    await window.view.refilter(lambda event: event.order % 10 == 3)
    window.refiltered()
    window.sync()
    assert window.cursor is store[52]
    assert window.chosen is window.cursor
    await window.view.refilter(lambda event: False)
    window.refiltered()
    window.sync()
    assert window.chosen is None


def test_the_cursor_stays_on_the_page_when_it_is_scrolled_or_made_smaller(store: Store) -> None:
    """What enter would open can be seen."""
    window = _window(store)
    window.go_to(store[95])
    window.resize(4)
    assert window.cursor is store[95]
    assert window.cursor in window.page
    window.scroll_to(50)
    assert window.cursor is window.page[-1] is store[53]
    window.scroll_to(70)
    assert window.cursor is window.page[0] is store[70]


def test_pages_move_the_page_and_the_cursor_with_it(store: Store) -> None:
    """One row stays in sight; at the ends the cursor goes to the end, then following begins."""
    window = _window(store)
    window.move_page(-1)
    assert (window.top, window.cursor) == (81, store[90])
    window.move(-3)
    window.move_page(-1)
    assert (window.top, window.cursor) == (72, store[78])
    for _ in range(9):
        window.move_page(-1)
    assert (window.top, window.cursor) == (0, store[0])
    for _ in range(10):
        window.move_page(1)
    assert (window.top, window.follow) == (90, False)
    window.move_page(1)
    assert window.follow


def test_no_page_is_turned_while_following_or_where_there_is_nothing(store: Store) -> None:
    """Page down on the newest page changes nothing."""
    window = _window(store)
    window.move_page(1)
    assert (window.follow, window.cursor) == (True, None)
    empty = _window(Store(10))
    empty.move_page(-1)
    assert empty.cursor is None


def test_moving_beyond_the_last_event_follows(store: Store) -> None:
    """Down on the newest event is the way back to following."""
    window = _window(store)
    window.move(-1)
    assert (window.cursor, window.follow) == (store[-1], False)
    window.move(-1)
    assert window.cursor is store[-2]
    window.move(1)
    window.move(1)
    assert (window.cursor, window.follow) == (None, True)


def test_the_cursor_scrolls_no_further_than_needed(store: Store) -> None:
    """It goes to the edge of the page first."""
    window = _window(store)
    for _ in range(HEIGHT):
        window.move(-1)
    assert window.page[0] is window.cursor
    window.move(-1)
    assert window.page[0] is window.cursor is store[89]


def test_an_empty_store_can_be_moved_in() -> None:
    """No movement fails where there is nothing."""
    window = _window(Store(10))
    window.move(-1)
    window.scroll_to(3)
    window.pause()
    window.resume()
    assert (window.page, window.waiting, window.cursor) == ([], 0, None)


async def test_finds_backward_from_the_newest_and_forward_from_the_cursor(store: Store) -> None:
    """Each call goes on from the one before, and says when there is no more."""
    window = _window(store)

    def wanted(event: LogEvent) -> bool:
        return event.order in (20, 60)

    found = [await window.find(wanted, forward=False) for _ in range(3)]
    assert [event and event.order for event in found] == [60, 20, None]
    assert window.cursor is store[19]
    assert window.cursor in window.page
    again = await window.find(wanted, forward=True)
    assert again is store[59]


async def test_a_search_begins_with_what_is_on_the_page(store: Store) -> None:
    """Where there is no cursor, what was scrolled to counts, not the newest event."""
    window = _window(store)
    window.scroll_to(50)
    found = await window.find(lambda event: event.order in (30, 55, 90), forward=False)
    assert found is store[54]
    window = _window(store)
    window.scroll_to(50)
    found = await window.find(lambda event: event.order in (30, 55, 90), forward=True)
    assert found is store[54]


_BATCHES = st.lists(
    st.tuples(
        st.lists(st.integers(0, 500), min_size=1, max_size=30),
        st.sampled_from(["nothing", "up", "down", "cursor", "pageup", "smaller", "pause"]),
    ),
    min_size=1,
    max_size=12,
)


@given(batches=_BATCHES)
def test_whatever_comes_the_held_event_keeps_its_row(
    batches: list[tuple[list[int], str]],
) -> None:
    """The anchor stays put unless it is dropped or the rows end before the page is full."""
    store = Store(150)
    source = Source(0, "t", "mq", "general")
    order = 0
    window = _window(store, 5)
    for times, action in batches:
        held, offset = None, 0
        if not window.follow and window.page:
            held = window.cursor if window.cursor in window.page else window.page[0]
            offset = window.page.index(held)
        batch = []
        for time in times:
            order += 1
            batch.append(LogEvent(time, 0, source, order, "m", Level.INFO))
        store.add(batch)
        window.sync()
        assert window.page == window.rows[window.top : window.top + window.height]
        assert window.cursor is None or window.cursor in window.page
        assert 0 <= window.top <= window.max_top
        if held is not None and held in window.rows and 0 < window.top < window.max_top:
            assert window.page[offset] is held
        if window.follow and not window.paused:
            assert window.page == store[-window.height :]
        match action:
            case "up":
                window.scroll_to(max(0, window.top - 3))
            case "down":
                window.scroll_to(min(window.max_top, window.top + 3))
            case "cursor":
                window.move(-1)
            case "pageup":
                window.move_page(-1)
            case "smaller":
                window.resize(max(2, window.height - 1))
            case "pause":
                (window.resume if window.paused else window.pause)()
