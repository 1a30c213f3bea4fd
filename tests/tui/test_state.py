"""The screen says whether reading goes well, and why not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from mqtail.errors import CredentialsError, TargetError
from mqtail.events import LogEvent
from mqtail.settings import Settings
from mqtail.status import State
from tui.app import MqtailApp
from tui.conditions import Conditions
from tui.screens.main import MainScreen
from tui.summary import Rate
from widgets.key_line import KeyLine
from widgets.log.view import LogView
from widgets.sources.detail import SourceDetail
from widgets.status_line import Status, StatusLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    screen.poll()
    return screen


def _status(pilot: Pilot[None]) -> Status:
    return _main(pilot).query_one(StatusLine).status


def _empty(pilot: Pilot[None]) -> str:
    return " ".join(_main(pilot).query_one(LogView).placeholder)


async def test_live(session: FakeSession, make_app: MakeApp) -> None:
    """All is well: how much is held, and nothing else."""
    session.add("one")
    async with make_app().run_test() as pilot:
        status = _status(pilot)
        assert (status.label, status.tone, status.reason) == ("live", "good", "")
        assert status.facts[0] == "1 event"


async def test_a_failing_reader_is_named_with_its_reason(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The worst reader speaks for all, here and beside the tree."""
    session.readers[0].state = State.THROTTLED
    session.readers[1].state = State.FAILING
    session.readers[1].reason = "access denied [/x]"
    session.readers[1].hint = "allow logs:FilterLogEvents"
    async with make_app().run_test(size=(120, 30)) as pilot:
        status = _status(pilot)
        assert (status.label, status.tone) == ("failing 1 of 2", "bad")
        assert status.reason == ("orders audit: access denied [/x] → allow logs:FilterLogEvents")
        await pilot.pause()
        assert "access denied [/x]" in str(_main(pilot).query_one(SourceDetail).render())
        assert "access denied [/x]" in _empty(pilot)


async def test_history_tells_how_far_it_got(session: FakeSession, make_app: MakeApp) -> None:
    """The moment down to which everything has been read, in the chosen zone."""
    session.readers[0].state = State.HISTORY
    session.readers[0].history_to = 1_795_000_000_000
    async with make_app().run_test() as pilot:
        assert _status(pilot).label == "reading history"
        assert _status(pilot).reason == "back to 11:06:40"


async def test_an_empty_log_says_why(session: FakeSession, make_app: MakeApp) -> None:
    """Finding targets, waiting for events, or everything hidden by the filter."""
    readers, session.readers = session.readers, []
    session.phase = "finding targets"
    async with make_app(Settings(since=1_795_000_000_000)).run_test() as pilot:
        assert _empty(pilot) == "Finding targets…"
        session.readers, session.phase = readers, "reading"
        waiting = "No events since 11:06:40 waiting for new ones"
        assert _empty(pilot) == f"{waiting} press c for the setup check: why are there no logs?"
        session.add("one", "two")
        await pilot.press("f", "z", "z", "enter")
        await pilot.pause()
        assert "Nothing matches: 2 events are hidden press f to change" in _empty(pilot)


async def test_a_log_that_waits_is_told_while_others_are_live(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Nothing comes of it, and the screen says why: below, and beside the tree."""
    session.add("one")
    session.readers[1].state = State.WAITING
    session.readers[1].reason = "the bucket does not exist"
    async with make_app().run_test(size=(120, 30)) as pilot:
        status = _status(pilot)
        assert (status.label, status.tone) == ("live", "good")
        assert status.reason == "orders audit: the bucket does not exist"
        detail = str(_main(pilot).query_one(SourceDetail).render())
        assert "the bucket does not exist" in " ".join(detail.split())


async def test_what_is_not_permitted_comes_after_real_trouble_beside_the_tree(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The details are of the log that the line at the bottom speaks of."""
    calls = session.add_api_calls("orders")
    calls.state, calls.optional, calls.hopeless = State.FAILING, True, True
    calls.reason = "LookupEvents denied"
    async with make_app().run_test(size=(120, 30)) as pilot:
        detail = _main(pilot).query_one(SourceDetail)
        assert "LookupEvents denied" in str(detail.render())
        session.readers[0].state, session.readers[0].reason = State.THROTTLED, "too many requests"
        assert "orders general" in _status(pilot).reason
        assert "too many requests" in str(detail.render())


async def test_objects_that_are_passed_over_are_told(
    session: FakeSession, make_app: MakeApp
) -> None:
    """A notice names the last one, the line at the bottom counts them all."""
    async with make_app().run_test(notifications=True) as pilot:
        session.readers[0].passed_over = 3
        session.readers[0].problem = "s3://b/[/x].gz is damaged"
        facts = _status(pilot).facts
        assert "3 objects passed over" in facts
        _main(pilot)
        await pilot.pause()
        (toast,) = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert "s3://b/[/x].gz is damaged" in toast
        assert "2 before it" in toast


async def test_notices_leave_the_status_in_sight(session: FakeSession, make_app: MakeApp) -> None:
    """They stand above the line that says how things are."""
    async with make_app().run_test(notifications=True) as pilot:
        session.notes.append("a notice")
        _main(pilot)
        await pilot.pause()
        toast = pilot.app.screen.query_one("Toast")
        assert toast.region.height
        assert toast.region.bottom <= _main(pilot).query_one(StatusLine).region.y


async def test_the_keys_fit_a_terminal_that_became_narrow(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The palette gives its room to the keys, and gets it back."""
    async with make_app().run_test(size=(140, 30)) as pilot:
        for width, first, palette in ((80, "space Pause f", False), (140, " space Pause  f", True)):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            keys = pilot.app.screen.query_one(KeyLine).render_line(0)
            assert keys.text.startswith(first)
            assert ("Commands" in keys.text) is palette
            assert keys.cell_length == width


async def test_notes_are_shown_once(session: FakeSession, make_app: MakeApp) -> None:
    """A notice with brackets in it is text."""
    async with make_app().run_test(notifications=True) as pilot:
        session.notes.append("mq:DescribeBroker denied [/oops]")
        _main(pilot)
        _main(pilot)
        await pilot.pause()
        toasts = list(pilot.app.screen.query("Toast"))
        assert len(toasts) == 1
        assert "mq:DescribeBroker denied [/oops]" in str(toasts[0].render())


@pytest.mark.parametrize("error", [TargetError("no such broker"), CredentialsError("expired")])
async def test_a_session_that_cannot_read_ends_the_application(
    session: FakeSession, make_app: MakeApp, error: TargetError
) -> None:
    """The error is kept for the command line, with its exit code."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        session.ended_by = error
        session.end.set()
        await pilot.pause()
    assert app.failure is error
    assert app.return_code == error.exit_code


async def test_an_unforeseen_error_keeps_what_was_read(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The screen says that reading stopped; the application goes on."""
    session.add("one")
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        session.ended_by = ZeroDivisionError("oh")
        session.end.set()
        await pilot.pause()
        status = _status(pilot)
        assert status.label == "stopped"
        assert status.reason.startswith("ZeroDivisionError: oh → q ends mqtail")
        assert app.is_running
        assert session.readers[0].state is State.LIVE
        assert "live" not in str(_main(pilot).query_one(SourceDetail).render())
        await pilot.press("r")
        assert session.read_now_calls == 0
    assert isinstance(app.failure, ZeroDivisionError)


async def test_an_unforeseen_error_is_no_empty_log(session: FakeSession, make_app: MakeApp) -> None:
    """Nobody is told that everything has been read."""
    async with make_app().run_test() as pilot:
        await pilot.pause()
        session.phase = "ended"
        session.ended_by = ZeroDivisionError("oh")
        session.end.set()
        await pilot.pause()
        assert "Reading stopped" in _empty(pilot)
        assert "everything" not in _empty(pilot)


async def test_a_session_that_ends_leaves_the_log_on_screen(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Without following, the log can be read after everything has come."""
    async with make_app().run_test() as pilot:
        session.phase = "ended"
        session.end.set()
        await pilot.pause()
        assert _status(pilot).label == "ended"


async def test_a_session_that_ended_with_a_failure_says_both(
    session: FakeSession, make_app: MakeApp
) -> None:
    """What could not be read is not taken for something that is still tried."""
    session.phase = "ended"
    session.readers[0].state = State.ENDED
    session.readers[1].state = State.FAILING
    session.readers[1].reason = "access denied"
    async with make_app().run_test() as pilot:
        status = _status(pilot)
        assert status.label == "ended, failing 1 of 2"
        assert status.reason == "orders audit: access denied"


async def test_many_notices_are_announced_together(session: FakeSession, make_app: MakeApp) -> None:
    """The log is not covered by them; the help lists them."""
    async with make_app().run_test(notifications=True) as pilot:
        session.notes += [f"notice {number}" for number in range(40)]
        _main(pilot)
        await pilot.pause()
        toasts = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert len(toasts) == 1
        assert "40 notices" in toasts[0]


def test_history_is_no_rate(session: FakeSession) -> None:
    """The rate counts what arrives, not what is read from the past."""
    rate, reader = Rate(), session.readers[0]
    reader.state = State.HISTORY
    rate.take(0, 0, [reader])
    reader.state = State.LIVE
    rate.take(1_000, 5_000, [reader])
    assert rate.per_second is None
    rate.take(2_000, 5_010, [reader])
    assert rate.per_second == 10


async def test_a_filter_that_breaks_is_told(
    session: FakeSession, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen error in it ends neither the application nor goes unseen."""
    session.add("one")

    def broken(event: LogEvent) -> bool:
        raise ZeroDivisionError("oh")

    async with make_app().run_test(notifications=True) as pilot:
        monkeypatch.setattr(Conditions, "predicate", lambda conditions: broken)
        await pilot.press("l")
        await pilot.pause()
        toasts = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert any("ZeroDivisionError: oh" in toast for toast in toasts)
        assert pilot.app.is_running


async def test_sigterm_ends_the_application(session: FakeSession, make_app: MakeApp) -> None:
    """It ends in order, as if it had been left."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        os.kill(os.getpid(), signal.SIGTERM)
        await pilot.pause()
    assert session.cancelled
