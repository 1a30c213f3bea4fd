"""The start: the first frame before AWS libraries are loaded, and signing in while it is shown."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.app import App

from mqtail.clock import wall_clock_ms
from mqtail.demo.faults import ExpiredCredentials
from mqtail.demo.serve import environment
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread
from mqtail.errors import CredentialsError
from mqtail.later import Later
from mqtail.settings import Settings
from mqtail.starting import StartingChoice
from tests.tui.conftest import FakeSession
from tests.tui.support import until
from tests.tui.test_chooser import FakeChoosing, broker
from tests.tui.test_terminal import Window, opening_windows
from tui.app import Launch, MqtailApp, Tailing
from tui.screens.main import MainScreen
from widgets.targets.list import TargetList

AWS_LIBRARIES = ("aiobotocore", "aiohttp", "boto3", "botocore")
PROGRAM = f"""
import builtins, os, ssl, sys, time

def waiting(name, *arguments, imported=builtins.__import__, **options):
    while name.partition(".")[0] in {AWS_LIBRARIES} and not os.path.exists(os.environ["GATE"]):
        {{wait}}
    return imported(name, *arguments, **options)

# Not a finder, which would keep all others from importing anything.
builtins.__import__ = waiting
from mqtail.cli import main
try:
    main(sys.argv[1:])
finally:
    print("loaded:", *sorted({{{{name.partition(".")[0] for name in sys.modules}}}}))
"""
IDLE_PROGRAM = PROGRAM.format(wait="time.sleep(0.01)")
"""mqtail that gets AWS libraries only once there is a file; at its end it tells what it loaded."""
BUSY_PROGRAM = PROGRAM.format(wait="ssl.create_default_context()")
"""The same, at work meanwhile on what AWS libraries need for their connections."""

Show = Callable[..., Window]
"""Runs mqtail in a terminal of its own."""


@pytest.fixture
def aws() -> Iterator[EmbeddedAwsThread]:
    """An AWS with one log group."""
    with EmbeddedAwsThread(EmbeddedAws()) as server:
        server.run(server.aws.logs.put, "/app/a", "s", [(wall_clock_ms() - 9, "hello there")])
        yield server


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file that lets AWS libraries be loaded."""
    return tmp_path / "gate"


@pytest.fixture
def show(tmp_path: Path, gate: Path) -> Iterator[Show]:
    """Runs mqtail; it ends with the test."""
    files = {"AWS_CONFIG_FILE": os.devnull, "MQTAIL_CONFIG": os.devnull, "GATE": str(gate)}
    with opening_windows(tmp_path) as opened:

        def shown(*arguments: str, program: str = IDLE_PROGRAM, **changes: str) -> Window:
            return opened("-c", program, *arguments, **(files | changes))

        yield shown


def loaded(window: Window) -> set[str]:
    """What a program that has ended had loaded."""
    return set(window.seen.decode().rpartition("loaded:")[2].split())


def test_the_first_frame_needs_no_aws_library(
    show: Show, gate: Path, aws: EmbeddedAwsThread
) -> None:
    """Keys are answered already; then the log is read."""
    window = show("/app/a", **environment(aws.url))
    window.until(b"Signing in")
    window.press(b"s")
    window.until(b"nothing to save")
    gate.touch()
    window.until(b"hello there")
    window.press(b"q")
    assert window.code() == 0
    assert loaded(window) > {"textual", "aiobotocore"}


def test_leaving_waits_for_nothing(show: Show) -> None:
    """Neither for what is loaded nor for who waits for that, and no thread crashes the end."""
    window = show(program=BUSY_PROGRAM, AWS_REGION="us-east-1")
    window.until(b"signing in")
    window.press(b"\x12")
    window.until(b"Loading")
    window.press(b"\x03")
    assert window.code() == 0
    assert window.is_clean


def test_a_sign_in_that_fails_ends_the_ui(show: Show, gate: Path, aws: EmbeddedAwsThread) -> None:
    """In a sentence and with the code of a sign-in, on a clean terminal; the chooser, too."""
    aws.run(lambda: aws.aws.faults.add(ExpiredCredentials(), operation="GetCallerIdentity"))
    gate.touch()
    window = show(**environment(aws.url))
    assert window.code() == 4
    assert window.is_clean
    said = window.seen.rpartition(b"?1049l")[2]
    assert said.count(b"mqtail: ") == 1
    assert b"expired" in said
    assert b"Traceback" not in said


def test_what_is_plainly_wrong_is_told_without_a_ui(show: Show, gate: Path) -> None:
    """As a profile that there is not."""
    gate.touch()
    window = show("/app/a", "--profile", "kees", "--region", "us-east-1")
    assert window.code() == 2
    assert b"\x1b[" not in window.seen
    assert b"kees" in window.seen


def test_a_recording_needs_no_aws_library(show: Show, tmp_path: Path) -> None:
    """They are not loaded to the very end."""
    log = tmp_path / "broker.log"
    log.write_text("2026-11-18 11:05:00,100 | INFO  | started | Broker | main\n")
    window = show("open", str(log))
    window.until(b"started")
    window.press(b"q")
    assert window.code() == 0
    assert "textual" in loaded(window)
    assert loaded(window).isdisjoint(AWS_LIBRARIES)


# Without a terminal, in this process.


class Account(FakeChoosing):
    """An account that one can sign in to when it is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings(region=self.region)
        self.targets = (broker("orders"),)
        self.allowed = threading.Event()
        self.error: CredentialsError | None = None

    def sign_in(self) -> Account:
        """Wait until it is allowed."""
        self.allowed.wait()
        if self.error is not None:
            raise self.error
        return self


@pytest.fixture
def account() -> Iterator[Account]:
    """An account that nobody has signed in to."""
    account = Account()
    yield account
    account.allowed.set()


def choosing_app(account: Account) -> MqtailApp:
    """The application, with a choice to be made."""
    choice: Later[Account] = Later(account.sign_in)
    choosing = StartingChoice(Settings(), choice)  # type: ignore[arg-type]
    tailing = Tailing(FakeSession(), Settings(("orders",)))
    return MqtailApp(None, launch=Launch(choosing, lambda _: tailing, choice.ready))


async def test_the_chooser_says_that_it_signs_in(account: Account) -> None:
    """Then who we are, and what there is; what was typed stands."""
    app = choosing_app(account)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press(*"ord")
        targets, who = app.screen.query_one(TargetList), app.screen.query_one("#who")
        assert targets.placeholder == ("Signing in…",)
        assert "signing in…" in str(who.render())
        account.allowed.set()
        await until(pilot, lambda: targets.found == 1)
        assert "us-east-1" in str(who.render())
        assert "111122223333" in str(who.render())
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_the_chooser_ends_where_nobody_can_sign_in(account: Account) -> None:
    """Its caller tells why."""
    account.error = CredentialsError("The credentials have expired.", "Sign in.")
    app = choosing_app(account)
    async with app.run_test() as pilot:
        account.allowed.set()
        await until(pilot, lambda: app.failure is account.error)


async def test_all_styles_are_made_once(
    monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., MqtailApp]
) -> None:
    """A theme that is set after the first frame would have them made anew."""
    refreshed = []
    monkeypatch.setattr(App, "refresh_css", lambda *_, **options: refreshed.append(options))
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme.startswith("mqtail")
        assert app.current_theme.name in app.available_themes
        assert refreshed == []
