"""The setup check over runs that find what the tests give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from mqtail.checks.findings import failed, passed, unknown
from mqtail.errors import CredentialsError
from mqtail.events import Source
from mqtail.settings import Settings
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.targets import Target
from tests.tui.checkups import Checkups
from tui.app import MqtailApp, Tailing
from tui.screens.check import CheckScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.silence import silent_targets
from widgets.checks.list import CheckList
from widgets.key_line import KeyLine
from widgets.key_table import KeyTable
from widgets.log.view import LogView
from widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]

FIX = ("aws logs create-log-group --log-group-name /x", "aws mq reboot-broker --broker-id b-1")
BROKEN = failed("There is no /x.", "Nobody made it.", *FIX)


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    screen.poll()
    return screen


def _check(pilot: Pilot[None]) -> CheckScreen:
    screen = pilot.app.screen
    assert isinstance(screen, CheckScreen)
    screen.poll()
    return screen


def _rows(pilot: Pilot[None]) -> list[str]:
    """The rows of the checks, words apart."""
    checks = _check(pilot).query_one(CheckList)
    rows = [checks.render_line(y).text for y in range(checks.size.height)]
    return [" ".join(row.replace("▌", " ").split()) for row in rows if row.strip()]


def _line(pilot: Pilot[None]) -> str:
    return _check(pilot).query_one(StatusLine).render_line(0).text


def _told(pilot: Pilot[None]) -> str:
    return str(_check(pilot).query_one(".check-pane--told Static").render())


def _toasts(pilot: Pilot[None]) -> list[str]:
    return [str(toast.render()) for toast in pilot.app.screen.query("Toast")]


async def _open(pilot: Pilot[None]) -> None:
    await pilot.press("c")
    await pilot.pause()


async def _look(pilot: Pilot[None]) -> None:
    _check(pilot)
    await pilot.pause()


async def test_rows_show_what_was_found_as_it_is_found(
    make_app: MakeApp, checkups: Checkups
) -> None:
    """Every check has its row from the beginning; the progress is above."""
    async with make_app().run_test(size=(80, 24)) as pilot:
        await _open(pilot)
        assert "finding out what there is to check" in _line(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        await _look(pilot)
        assert _rows(pilot) == [
            "▾ … orders 2 to go",
            "… Log groups log-groups",
            "… Log streams log-streams",
        ]
        checkups.run.found("orders", "log-streams", BROKEN)
        await _look(pilot)
        assert _rows(pilot)[1:] == ["× Log streams log-streams", "… Log groups log-groups"]
        assert "1 of 2" in _line(pilot)
        checkups.run.found("orders", "log-groups", passed("all"))
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        assert _rows(pilot)[0] == "▾ × orders 1 failed · 1 passed"
        assert "checked 11:06:40: r checks again" in _line(pilot)


async def test_the_status_line_remembers_what_failed(make_app: MakeApp, checkups: Checkups) -> None:
    """Also when the pane is left; until a run finds nothing wrong any more."""
    async with make_app().run_test(size=(120, 24)) as pilot:
        main = pilot.app.screen
        await _open(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        checkups.run.found("orders", "log-streams", BROKEN)
        await pilot.press("c")
        main.poll()  # type: ignore[attr-defined]
        status = main.query_one(StatusLine).status
        assert "× 1 failed in the setup check · c" in [hint.text for hint in status.hints]
        checkups.run.end.set()
        await _open(pilot)
        await pilot.press("r")
        checkups.run.target("orders", "log-streams")
        checkups.run.found("orders", "log-streams", passed("all"))
        await pilot.press("c")
        main.poll()  # type: ignore[attr-defined]
        assert not main.query_one(StatusLine).status.hints


async def test_y_copies_the_fix_of_the_first_failure(make_app: MakeApp, checkups: Checkups) -> None:
    """It is under the cursor without a key being pressed."""
    async with make_app().run_test() as pilot:
        await _open(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        checkups.run.found("orders", "log-streams", BROKEN)
        await _look(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == "\n".join(FIX)


@pytest.mark.parametrize("key", ["c", "escape"])
async def test_the_run_goes_on_when_the_pane_is_left(
    session: FakeSession, make_app: MakeApp, checkups: Checkups, key: str
) -> None:
    """The tail is not disturbed, and what was found meanwhile is there the next time."""
    async with make_app().run_test() as pilot:
        await _open(pilot)
        checkups.run.target("orders", "log-groups")
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is _main(pilot)
        assert not checkups.run.cancelled
        assert not session.cancelled
        checkups.run.found("orders", "log-groups", BROKEN)
        session.add("one")
        log = _main(pilot).query_one(LogView)
        log.sync()
        assert [event.message for event in log.page] == ["one"]
        await _open(pilot)
        await _look(pilot)
        assert "× Log groups log-groups" in _rows(pilot)
        assert len(checkups.runs) == 1


async def test_leaving_the_application_cancels_the_run(
    make_app: MakeApp, checkups: Checkups
) -> None:
    """`q` quits from the pane, too."""
    app = make_app()
    async with app.run_test() as pilot:
        await _open(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert checkups.run.cancelled


async def test_r_checks_again_and_keeps_what_was_found_until_then(
    make_app: MakeApp, checkups: Checkups
) -> None:
    """Old findings stand until new ones replace them; one run at a time."""
    async with make_app().run_test(size=(80, 24), notifications=True) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        checkups.run.found("orders", "log-groups", BROKEN)
        checkups.run.found("orders", "log-streams", BROKEN)
        await pilot.press("r")
        await pilot.pause()
        assert len(checkups.runs) == 1
        assert _toasts(pilot) == ["The setup check is running"]
        checkups.run.end.set()
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        assert len(checkups.runs) == 2
        again = ["× Log groups checking again", "× Log streams checking again"]
        assert _rows(pilot)[1:] == again
        checkups.run.target("orders", "log-groups", "log-streams")
        await _look(pilot)
        assert _rows(pilot)[1:] == again
        checkups.run.found("orders", "log-groups", passed("mended"))
        await _look(pilot)
        assert _rows(pilot)[1:] == [again[1], "√ Log groups log-groups"]
        assert "1 of 2" in _line(pilot)


async def test_an_error_that_ends_the_run_is_told_with_its_hint(
    session: FakeSession, make_app: MakeApp, checkups: Checkups
) -> None:
    """The application goes on, what was found stays, and another run forgets the error."""
    app = make_app()
    async with app.run_test(size=(100, 24)) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        checkups.run.found("orders", "log-groups", BROKEN)
        checkups.run.ended_by = CredentialsError("The token has expired.", "Sign in again.")
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        assert _told(pilot) == "✖ The token has expired.\n→ Sign in again."
        assert "× Log groups log-groups" in _rows(pilot)
        assert app.failure is None
        assert not session.cancelled
        await pilot.press("r")
        await pilot.pause()
        await _look(pilot)
        assert _told(pilot) == ""


async def test_an_unforeseen_error_is_told_as_one(make_app: MakeApp, checkups: Checkups) -> None:
    """Nothing crashes, and nothing is taken for checked."""
    app = make_app()
    async with app.run_test(size=(100, 24)) as pilot:
        await _open(pilot)
        checkups.run.ended_by = ZeroDivisionError("oh [/x]")
        checkups.run.end.set()
        await pilot.pause()
        await _look(pilot)
        assert _told(pilot).startswith("✖ ZeroDivisionError: oh [/x]\n→ This is an error in mqtail")
        assert _rows(pilot) == ["Nothing was checked", "press r to check again"]
        assert app.failure is None


async def test_a_run_that_cannot_be_prepared_is_told(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Whatever making it raises."""

    def make(changed: Callable[[], None]) -> object:
        raise CredentialsError("No credentials.", "Sign in.")

    app = MqtailApp(Tailing(session, Settings(), make))  # type: ignore[arg-type]
    async with app.run_test() as pilot:
        await _open(pilot)
        await _look(pilot)
        assert "No credentials." in _told(pilot)


async def test_it_opens_by_itself_once_where_a_target_has_no_logs(
    session: FakeSession, make_app: MakeApp, checkups: Checkups
) -> None:
    """With a notice that says why, and how to go back; not a second time."""
    session.targets = [Target("quiet [/x]", "mq", (), id="b-2")]
    async with make_app().run_test(notifications=True) as pilot:
        await pilot.pause()
        _check(pilot)
        said = "quiet [/x] has no logs: this is the setup check (escape goes back)"
        assert " ".join(" ".join(_toasts(pilot)).split()) == said
        assert len(checkups.runs) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is _main(pilot)
        assert len(checkups.runs) == 1


async def test_it_does_not_open_while_something_else_is_being_done(
    session: FakeSession, make_app: MakeApp, checkups: Checkups
) -> None:
    """Neither while a filter is typed nor over another screen; afterwards it does."""
    async with make_app().run_test() as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        session.targets = [Target("quiet", "mq", (), id="b-2")]
        _main(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        session.targets = []
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("f", "x")
        await pilot.pause()
        session.targets = [Target("quiet", "mq", (), id="b-2")]
        _main(pilot)
        assert pilot.app.screen is pilot.app.screen_stack[1]
        assert not checkups.runs
        await pilot.press("escape")
        _main(pilot)
        await pilot.pause()
        _check(pilot)


async def test_it_does_not_open_by_itself_after_it_was_opened(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Who has seen it needs no notice."""
    async with make_app().run_test(notifications=True) as pilot:
        await _open(pilot)
        await pilot.press("c")
        session.targets = [Target("quiet", "mq", (), id="b-2")]
        main = _main(pilot)
        await pilot.pause()
        assert pilot.app.screen is main


def _reader(name: str, state: State, kind: str = "general") -> ReaderStatus:
    return ReaderStatus(name, "mq", kind, f"/{name}/{kind}", state=state)


@pytest.mark.parametrize(
    ("states", "silent"),
    [
        ([State.WAITING, State.WAITING], True),
        ([State.WAITING, State.LIVE], False),
        ([State.WAITING, State.AVAILABLE], True),
        ([State.AVAILABLE], False),
        ([State.STARTING], False),
        ([State.FAILING], False),
    ],
)
def test_a_target_is_silent_when_all_its_logs_are_missing(
    session: FakeSession, states: list[State], silent: bool
) -> None:
    """What is being looked for or forbidden may be there; what is only available is not read."""
    target = Target("orders", "mq", (), id="b-1")
    readers = [_reader("orders", state) for state in states]
    readers += [_reader("other", State.WAITING), _reader("orders", State.LIVE, "api")]
    assert silent_targets([target], readers) == ["orders"] * silent


def test_a_log_group_without_log_streams_is_no_log() -> None:
    """As soon as they have been listed, and until one appears."""
    target, reader = Target("orders", "mq", (), id="b-1"), _reader("orders", State.LIVE)
    assert silent_targets([target], [reader]) == []
    reader.listed = True
    assert silent_targets([target], [reader]) == ["orders"]
    source = Source(0, "orders", "mq", "general", "1")
    reader.streams["activemq-b-1-1.log"] = StreamStatus(source)
    assert silent_targets([target], [reader]) == []


def test_a_target_without_any_log_is_silent() -> None:
    """But for a serverless cluster, which cannot have any, and logs that are not read (yet)."""
    target = Target("orders", "mq", (), id="b-1")
    assert silent_targets([target], []) == ["orders"]
    with_log = target.with_groups(["/aws/amazonmq/broker/b-1/general"])
    assert silent_targets([with_log], []) == []
    serverless = Target("adhoc", "msk", (), arn="arn", engine="SERVERLESS")
    assert silent_targets([serverless], []) == []


async def test_help_keys_and_palette_have_it(make_app: MakeApp) -> None:
    """Its own keys are in the help, and are commands while it is open."""
    async with make_app().run_test(size=(80, 50)) as pilot:
        assert "c Check" in pilot.app.screen.query_one(KeyLine).render_line(0).text
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert "Check (c)" in titles
        await pilot.press("question_mark")
        text = "\n".join(str(part.render()) for part in pilot.app.screen.query(KeyTable))
        assert "In the setup check" in text
        assert "Copy the commands that mend it" in text
        await pilot.press("escape")
        await _open(pilot)
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert {"Copy fix (y)", "Again (r)", "Back (c)"} <= set(titles)


async def test_without_anything_to_check_there_is_no_such_key(session: FakeSession) -> None:
    """A session without AWS behind it."""
    session.targets = [Target("quiet", "mq", (), id="b-2")]
    async with MqtailApp(Tailing(session, Settings())).run_test() as pilot:
        main = _main(pilot)
        await pilot.press("c")
        assert pilot.app.screen is main
        titles = [command.title for command in pilot.app.get_system_commands(main)]
        assert "Check (c)" not in titles
        assert "setup check" not in " ".join(main.query_one(LogView).placeholder)


async def test_a_narrow_terminal(make_app: MakeApp, checkups: Checkups) -> None:
    """60 by 15: rows, details and keys are all in sight."""
    async with make_app().run_test(size=(60, 15)) as pilot:
        await _open(pilot)
        checkups.run.target("orders", "log-groups", "log-streams")
        checkups.run.found("orders", "log-groups", unknown("Denied.", "Not looked at."))
        await _look(pilot)
        assert _rows(pilot)[:2] == ["▾ ? orders 1 unknown · 1 to go", "? Log groups log-groups"]
        detail = _check(pilot).query_one("CheckDetail")
        assert detail.region.height >= 5
        keys = _check(pilot).query_one(KeyLine).render_line(0).text
        assert keys.rstrip() == "enter Details y Copy fix r Again c Back ? Help q Quit"


def test_starting_the_application_loads_no_checks() -> None:
    """They are loaded when they are run."""
    program = "import sys, tui.app; print('mqtail.checks.runner' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
