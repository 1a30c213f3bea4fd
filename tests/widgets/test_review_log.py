"""The log view where rows move between two things that a user does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from mqtail.store import Store
from tests.widgets.log_views import LogApp, view_of
from widgets.log.columns import LEAST_TEXT, Columns
from widgets.log.window import LogWindow

if TYPE_CHECKING:
    from tests.widgets.conftest import EventFactory


async def test_a_click_is_on_what_was_pressed(factory: EventFactory) -> None:
    """Also where following has moved the rows before the mouse was released."""
    store = Store(50_000)
    store.add(factory.many(100))
    app = LogApp(store)
    async with app.run_test(size=(80, 23)) as pilot:
        await pilot.pause()
        view = view_of(pilot)
        event = view.page[5]
        await pilot.mouse_down(offset=(40, 6))
        store.add(factory.many(7))
        view.sync()
        await pilot.mouse_up(offset=(40, 6))
        view.post_message(events.Click(view, 40, 5, 0, 0, 1, False, False, False, 40, 6))
        await pilot.pause()
        assert view.cursor is event


async def test_a_filter_in_a_pause_that_outlived_the_buffer(factory: EventFactory) -> None:
    """Shows what there is by then: nothing of what was held can be filtered any more."""
    store = Store(100)
    store.add(factory.many(100))
    window = LogWindow(store)
    window.resize(10)
    window.pause()
    store.add(factory.many(150))
    assert window.rows[0].order == 1
    window.refiltered()
    await window.view.refilter(lambda event: event.order % 2 == 0)
    window.sync()
    assert window.paused
    assert [event.order for event in window.rows] == [e.order for e in store if e.order % 2 == 0]
    store.add(factory.many(4))
    assert window.waiting == 2


@pytest.mark.parametrize("change", ["dropped", "late", "filtered"])
@pytest.mark.parametrize("movement", ["move", "scroll", "go_to", "page"])
async def test_a_movement_begins_at_what_is_seen(
    factory: EventFactory, change: str, movement: str
) -> None:
    """Also where rows came or went since the screen was drawn."""
    store = Store(1000)
    store.add(factory.many(1000))
    window = LogWindow(store)
    window.resize(10)
    window.go_to(store[500])
    window.scroll(2)
    cursor, seen = window.cursor, window.page[4]
    assert cursor is store[500]
    assert window.line_of(cursor) == 3
    if change == "dropped":
        store.add(factory.many(100))
    elif change == "late":
        store.add([factory.one(at=1.5) for _ in range(60)])
    else:
        await window.view.refilter(lambda event: event.order % 2 == cursor.order % 2)
        window.refiltered()
    match movement:
        case "move":
            window.move(1)
            assert window.cursor is window.rows[window.rows.index_of(cursor) + 1]
            assert window.line_of(window.cursor) == 4
        case "scroll":
            window.scroll(1)
            assert window.line_of(cursor) == 2
        case "go_to":
            window.go_to(seen if seen in window.rows else cursor)
            assert window.cursor in (seen, cursor)
            assert window.line_of(cursor) == 3
        case "page":
            window.move_page(1)
            assert window.page[0] is window.rows[window.rows.index_of(cursor) + 6]


def test_a_place_is_kept_until_there_is_room(factory: EventFactory) -> None:
    """A view that is not laid out yet can be told where to go."""
    store = Store(100)
    store.add(factory.many(100))
    for cursor in (True, False):
        window = LogWindow(store)
        if cursor:
            window.go_to(store[20])
        else:
            window.align(store[20].timestamp, 4)
        assert not window.follow
        window.resize(10)
        assert store[20] in window.page


def test_columns_leave_room_for_the_text() -> None:
    """The least telling ones give way first; nothing changes where there is room."""
    columns = Columns(dated=True)
    logs = [("general", "cloudwatch"), ("broker", "s3")]
    for width in range(20, 120):
        fitted = columns.fitted(["orders", "clicks"], logs, {("orders", "1"): 1}, width)
        assert fitted.head <= width - LEAST_TEXT or not fitted.widths
    shown = [
        list(columns.fitted(["orders", "clicks"], logs, {("orders", "1"): 1}, width).widths)
        for width in (30, 40, 100)
    ]
    assert shown == [
        ["time", "level"],
        ["time", "instance", "kind", "level"],
        ["time", "target", "instance", "kind", "level"],
    ]
