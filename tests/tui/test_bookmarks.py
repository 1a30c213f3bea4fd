"""Bookmarked events."""

from __future__ import annotations

from mqtail.events import LogEvent, Source
from tui.bookmarks import Bookmarks

SOURCE = Source(0, "orders", "mq", "general", "1")
EVENTS = [LogEvent(1000 + at, 0, SOURCE, at, f"event {at}") for at in range(5)]


def test_bookmarks_go_round_in_the_order_of_the_log() -> None:
    """Whatever the order in which they were set."""
    bookmarks = Bookmarks()
    for at in (3, 1):
        assert bookmarks.toggle(EVENTS[at])
    places = []
    event: LogEvent | None = None
    for _ in range(3):
        event = bookmarks.after(event, not_before=0)
        places.append(event)
    assert places == [EVENTS[1], EVENTS[3], EVENTS[1]]
    assert bookmarks.orders == {1, 3}
    assert not bookmarks.toggle(EVENTS[1])
    assert bookmarks.orders == {3}


def test_what_left_the_buffer_has_no_bookmark_any_more() -> None:
    """It could not be gone to."""
    bookmarks = Bookmarks()
    bookmarks.toggle(EVENTS[0])
    assert bookmarks.after(None, not_before=1001) is None
    assert not bookmarks.orders
