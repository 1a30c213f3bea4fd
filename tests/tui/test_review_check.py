"""The setup check where it might get in the way, or hide what matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Static

from mqtail.checks.findings import failed, passed, warned
from mqtail.errors import CredentialsError
from mqtail.settings import Settings
from mqtail.status import ReaderStatus, State
from mqtail.targets import Target
from tests.tui.checkups import Checkups
from tui.app import MqtailApp
from tui.screens.check import CheckScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.silence import silent_targets
from widgets.checks.list import CheckList
from widgets.checks.rows import CheckRow
from widgets.human import shorten
from widgets.key_line import KeyLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]

QUIET = Target("quiet", "mq", (), id="b-2")
LOUD = Target("orders", "mq", (), id="b-1")
BROKEN = failed("There is no /x.", "Nobody made it.", "aws logs create-log-group")


def _poll(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    screen.poll()


async def _look(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen
    assert isinstance(screen, CheckScreen)
    screen.poll()
    await pilot.pause()


async def _open(pilot: Pilot[None]) -> None:
    await pilot.press("c")
    await pilot.pause()


def _rows(pilot: Pilot[None]) -> list[str]:
    """The rows of the checks, words apart."""
    checks = pilot.app.screen.query_one(CheckList)
    rows = [checks.render_line(y).text for y in range(checks.size.height)]
    return [" ".join(row.replace("▌", " ").split()) for row in rows if row.strip()]


def _toasts(pilot: Pilot[None]) -> str:
    toasts = pilot.app.screen.query("Toast")
    return " ".join(" ".join(str(toast.render()) for toast in toasts).split())


# Opening by itself.


async def test_a_log_group_that_is_deleted_does_not_open_it(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Its target has had logs: hours later nobody is torn out of them."""
    session.targets = [LOUD]
    async with make_app(Settings(targets=("orders",))).run_test() as pilot:
        session.add("one")
        await pilot.pause()
        for reader in session.readers:
            reader.state, reader.reason = State.WAITING, "There is no such log group."
        _poll(pilot)
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_of_all_brokers_one_without_logs_is_told_and_not_opened(
    session: FakeSession, make_app: MakeApp, checkups: Checkups
) -> None:
    """Nobody named it, and the others have logs to look at: a notice, once."""
    session.targets = [LOUD, QUIET]
    async with make_app().run_test(size=(100, 30), notifications=True) as pilot:
        for _ in range(3):
            _poll(pilot)
            await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)
        assert not checkups.runs
        assert _toasts(pilot).count("quiet has no logs: press c for the setup check") == 1


async def test_of_all_brokers_none_with_logs_opens_it(
    session: FakeSession, make_app: MakeApp
) -> None:
    """There is nothing else to look at; the notice counts them."""
    session.targets = [QUIET, Target("still", "mq", (), id="b-3")]
    async with make_app().run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, CheckScreen)
        assert "quiet and 1 more have no logs: this is the setup check" in _toasts(pilot)


async def test_one_that_was_named_beside_another_is_told(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The logs of the other one are what the eyes are on."""
    session.targets = [LOUD, QUIET]
    settings = Settings(targets=("orders", "quiet"))
    async with make_app(settings).run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        assert not isinstance(pilot.app.screen, CheckScreen)
        assert "quiet has no logs: press c for the setup check" in _toasts(pilot)


def test_a_reader_that_has_streams_has_logs(session: FakeSession) -> None:
    """Even if its log group is gone."""
    reader = session.readers[0]
    reader.state = State.WAITING
    assert silent_targets([LOUD], [reader]) == []
    missing = ReaderStatus("orders", "mq", "general", "/x", state=State.WAITING)
    assert silent_targets([LOUD, QUIET], [missing]) == ["orders", "quiet"]


# Keys.


async def test_the_help_opens_over_it(make_app: MakeApp, checkups: Checkups) -> None:
    """`?` as everywhere; closed, the pane is there again, and its run has gone on."""
    async with make_app().run_test(size=(60, 15)) as pilot:
        await _open(pilot)
        assert "? Help" in pilot.app.screen.query_one(KeyLine).render_line(0).text
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CheckScreen)
        assert not checkups.run.cancelled
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert "Help (?)" in titles


async def test_leaving_at_once(make_app: MakeApp, checkups: Checkups) -> None:
    """The run that has just begun ends with the application, and nothing is left behind."""
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("c", "q")
    assert app.return_code == 0
    assert all(run.cancelled for run in checkups.runs)


async def test_a_scroll_bar_is_no_row(make_app: MakeApp, checkups: Checkups) -> None:
    """A click on it moves no cursor and folds nothing."""
    async with make_app().run_test(size=(80, 24)) as pilot:
        await _open(pilot)
        for number in range(5):
            checkups.run.target(f"broker-{number}", "a", "b", "c", "d")
        await _look(pilot)
        checks = pilot.app.screen.query_one(CheckList)
        before = _rows(pilot), checks.cursor
        await pilot.click(CheckList, offset=(checks.region.width - 1, 0))
        await pilot.pause()
        assert (_rows(pilot), checks.cursor) == before


# What is shown.


async def test_what_an_ended_run_did_not_come_to_is_no_new_finding(
    make_app: MakeApp, checkups: Checkups
) -> None:
    """A pass of the run before is marked as one, in its row and in the details."""
    async with make_app().run_test(size=(120, 24)) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "a", "b")
        checkups.run.found("orders", "a", passed("fine"))
        checkups.run.found("orders", "b", passed("fine"))
        checkups.run.end.set()
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        checkups.run.target("orders", "a", "b")
        checkups.run.found("orders", "b", passed("still fine"))
        checkups.run.ended_by = CredentialsError("The token has expired.", "Sign in again.")
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        assert _rows(pilot)[1:] == ["√ A not checked again", "√ B b"]
        head = pilot.app.screen.query_one(".check-detail--head", Static)
        assert "not checked again" in str(head.render())


async def test_a_run_that_ends_before_it_knows_its_targets(
    make_app: MakeApp, checkups: Checkups
) -> None:
    """All that is shown is of the run before."""
    async with make_app().run_test(size=(120, 24)) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "a")
        checkups.run.found("orders", "a", BROKEN)
        checkups.run.end.set()
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        checkups.run.ended_by = CredentialsError("The token has expired.", "Sign in again.")
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        assert _rows(pilot)[1:] == ["× A not checked again"]
        await pilot.press("r")
        await pilot.pause()
        await _look(pilot)
        assert _rows(pilot)[1:] == ["× A checking again"]


async def test_a_long_error_does_not_hide_its_hint(make_app: MakeApp, checkups: Checkups) -> None:
    """In a small terminal it scrolls, by keys, too; the checks keep their place."""
    async with make_app().run_test(size=(60, 15)) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "a", "b")
        checkups.run.ended_by = CredentialsError("It has expired. " * 40, "Sign in again.")
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        told = pilot.app.screen.query_one(".check-pane--told")
        assert told.region.height <= 6
        assert pilot.app.screen.query_one(CheckList).region.height >= 3
        told.focus()
        await pilot.press("end")
        await pilot.pause()
        assert told.max_scroll_y > 0
        assert told.scroll_offset.y == told.max_scroll_y
        await pilot.press("tab")
        assert pilot.app.focused is pilot.app.screen.query_one(CheckList)


@pytest.mark.parametrize("width", [20, 60, 110, 140])
async def test_wide_names_leave_room_for_the_counts(
    make_app: MakeApp, checkups: Checkups, width: int
) -> None:
    """Of characters that take two cells a name is cut by cells."""
    async with make_app().run_test(size=(width, 15)) as pilot:
        await _open(pilot)
        checkups.run.target("日本語ブローカー" * 12, "a")
        checkups.run.found("日本語ブローカー" * 12, "a", warned("x", "y"))
        await _look(pilot)
        checks = pilot.app.screen.query_one(CheckList)
        room = checks.scrollable_content_region.width
        assert {checks.render_line(y).cell_length for y in range(checks.size.height)} == {room}
        assert ("1 warning" in _rows(pilot)[0]) is (width > 20)


@pytest.mark.parametrize("name", ["日本語" * 9, "a日" * 9, "plain-name-of-a-broker"])
@pytest.mark.parametrize("width", range(1, 20))
def test_a_shortened_name_fits(name: str, width: int) -> None:
    """Its cells count, not its characters; both ends stay."""
    short = shorten(name, width)
    assert width - 2 <= cell_len(short) <= width
    if width > 6:
        assert (short[0], short[-1]) == (name[0], name[-1])


def test_rows_say_of_when_they_are() -> None:
    """A finding of the run before is old, whether it is being replaced or not."""
    row = CheckRow("a", "c", "A", "", passed("fine"), old=True)
    assert row.remark == "not checked again"
    assert replace(row, running=True).remark == "checking again"
    assert replace(row, old=False).remark == ""
    assert replace(row, finding=None, running=True, old=False).remark == ""
