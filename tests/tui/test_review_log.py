"""The log side under odd circumstances: splits, context, filters and small screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from mqtail.status import OlderState
from tui.app import MqtailApp
from tui.screens.main import MainScreen
from tui.screens.narrowing import span
from widgets.filter.bar import FilterBar
from widgets.log.view import LogView
from widgets.timeline.view import Timeline

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]
SIZE = (140, 30)
NOW = 1_795_000_000_000
MINUTE = 60_000


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    return screen


def _panes(pilot: Pilot[None]) -> list[LogView]:
    """The logs beside each other, from the left."""
    logs = [log for log in _main(pilot).query(LogView) if log.region.width]
    return sorted(logs, key=lambda log: log.region.x)


def _fill(session: FakeSession, number: int = 200) -> None:
    """Events of both instances, a second apart."""
    begin = NOW - number * 1000
    session.store.add(
        [
            session.event(f"event {at}", instance="12"[at % 2], at=begin + at * 1000)
            for at in range(number)
        ]
    )


async def test_a_split_begins_where_the_log_was(session: FakeSession, make_app: MakeApp) -> None:
    """On both sides; one pane again stays there, too."""
    _fill(session)
    middle = session.store[50]
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        _main(pilot).log_view.go_to(middle)
        for panes in (2, 2, 1):
            await pilot.press("v")
            await pilot.pause()
            logs = _panes(pilot)
            assert len(logs) == panes
            for log in (log for log in logs if log.seen):
                assert log.seen is not None
                assert log.seen[0] <= middle.timestamp <= log.seen[1]


async def test_both_sides_of_a_split_pause(session: FakeSession, make_app: MakeApp) -> None:
    """And go on together; a side that is added to a pause pauses, too."""
    _fill(session)
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("space", "v")
        await pilot.pause()
        session.add("one more", instance="2")
        left, right = _panes(pilot)
        assert left.paused
        assert right.paused
        assert [len(log.rows) for log in (left, right)] == [100, 100]
        right.focus()
        await pilot.press("end")
        await pilot.pause()
        assert not left.paused
        assert not right.paused
        assert [len(log.rows) for log in (left, right)] == [100, 101]
        await pilot.press("space")
        await pilot.pause()
        assert left.paused


async def test_a_split_sets_apart_what_is_shown(session: FakeSession, make_app: MakeApp) -> None:
    """No side is about an instance that is left out."""
    _fill(session)
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("1", "v")
        await pilot.pause()
        split = _main(pilot).log_side.split
        assert split is not None
        assert [side.title for side in split] == ["general log", "audit log"]
        # Both sides go on to another instance, which this pane alone could not show.
        await pilot.press("2")
        await pilot.pause()
        assert [len(log.view) for log in _panes(pilot)] == [100, 0]
        assert {event.source.instance for event in _panes(pilot)[0].view} == {"2"}
        await pilot.press("v", "a", "v")
        await pilot.pause()
        assert len(_panes(pilot)) == 1


async def test_the_context_of_a_split_is_in_one_pane(
    session: FakeSession, make_app: MakeApp
) -> None:
    """With everything around; the way back leads to both sides, to the one that was left."""
    _fill(session)
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("v")
        await pilot.pause()
        _panes(pilot)[1].focus()
        await pilot.press("up", "up", "x")
        await pilot.pause()
        (log,) = _panes(pilot)
        assert len(log.view) == 200
        assert log.cursor is session.store[197]
        await pilot.press("x")
        await pilot.pause()
        left, right = _panes(pilot)
        assert [len(left.view), len(right.view)] == [100, 100]
        assert _main(pilot).log_view is right
        assert right.cursor is session.store[197]


@pytest.mark.parametrize("following", [True, False], ids=["following", "scrolled"])
async def test_the_context_is_that_of_the_cursor(
    session: FakeSession, make_app: MakeApp, following: bool
) -> None:
    """Where it stands on the screen is another row of another view."""
    _fill(session)
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("f", *"/event 1.5/", "enter")
        await pilot.pause()
        log = _main(pilot).log_view
        assert len(log.view) == 10
        if not following:
            await pilot.press(*["up"] * 5)
        event = log.chosen
        await pilot.press("x")
        await pilot.pause()
        assert len(log.view) == 200
        assert log.cursor is event
        assert event in log.page
        await pilot.press("x")
        await pilot.pause()
        assert len(log.view) == 10
        assert log.cursor is event


async def test_the_context_of_what_is_not_shown(session: FakeSession, make_app: MakeApp) -> None:
    """After a jump to a bookmark that the filter hides, `x` shows what is around the bookmark."""
    _fill(session)
    marked = session.store[50]
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        log = _main(pilot).log_view
        log.go_to(marked)
        await pilot.press("m", "f", *'"event 199"', "enter")
        await pilot.pause()
        await pilot.press("apostrophe", "x")
        await pilot.pause()
        assert log.cursor is marked
        await pilot.press("x", "f", *" none", "enter")
        await pilot.pause()
        assert not len(log.rows)
        await pilot.press("apostrophe", "x")
        await pilot.pause()
        assert log.cursor is marked
        # Where one has gone on since, it is about that.
        await pilot.press("x", "f", *["backspace"] * 5, "enter")
        await pilot.pause()
        await pilot.press("apostrophe", "end", "x")
        await pilot.pause()
        assert log.cursor is session.store[199]


async def test_a_filter_that_nothing_passes(session: FakeSession, make_app: MakeApp) -> None:
    """The rows are gone before the page is: the state is shown all the same."""
    _fill(session)
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("home")
        main = _main(pilot)
        # Not awaited: in its pauses the page would be brought up to date.
        work = main.log_view.view.refilter(lambda _: False)
        work.send(None)
        assert main.log_view.page
        main.poll()
        assert not main.log_view.rows
        work.close()


async def test_a_narrow_split_shows_messages(session: FakeSession, make_app: MakeApp) -> None:
    """Columns give way to the text."""
    session.add_cluster("clicks")
    _fill(session)
    session.store.add([session.event("older", at=NOW - 2880 * MINUTE)])
    async with make_app().run_test(size=(60, 15)) as pilot:
        await pilot.press("v")
        await pilot.pause()
        for log in _panes(pilot):
            log.sync()
            assert " event" in log.render_line(0).text


async def test_any_size_and_back(session: FakeSession, make_app: MakeApp) -> None:
    """What is looked at is seen again, and nothing breaks on the way."""
    _fill(session)
    async with make_app().run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        _main(pilot).log_view.go_to(session.store[50])
        await pilot.press("v")
        for size in ((60, 15), (20, 5), (200, 40), (60, 24), (3, 2), (120, 35)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        left, _ = _panes(pilot)
        assert left.cursor is session.store[50]
        assert left.cursor in left.page


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", "{}"),
        ("event", "(event) {}"),
        # What makes no sense is left out.
        ("event (", "(event) {}"),
    ],
    ids=["none", "sound", "open"],
)
async def test_spans_of_the_timeline_replace_each_other(
    session: FakeSession, make_app: MakeApp, typed: str, text: str
) -> None:
    """The filter before them stays."""
    _fill(session)
    store = session.store
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("f", *typed, "enter")
        await pilot.pause()
        timeline, bar = (pilot.app.screen.query_one(each) for each in (Timeline, "#filter"))
        assert isinstance(timeline, Timeline)
        assert isinstance(bar, FilterBar)
        for first, last in ((10, 20), (30, 45)):
            begin, end = store[first].timestamp, store[last].timestamp
            timeline.post_message(Timeline.SpanChosen(timeline, begin, end))
            await pilot.pause()
            await pilot.pause()
            assert len(_main(pilot).log_view.view) == last - first
        assert bar.text == text.format(span(begin, end, UTC))


async def test_what_older_history_says_is_no_markup(
    session: FakeSession, make_app: MakeApp
) -> None:
    """It can be the words of a service."""
    session.older.state = OlderState.COMPLETE
    session.older.reason = "refused [/no] [red]words"
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("home", "up")
        await pilot.pause()
        toasts = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert any("refused [/no] [red]words" in toast for toast in toasts)
