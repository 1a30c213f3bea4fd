"""Hostile names, messages and errors on every screen, and what reaches a real terminal of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from mqtail.checks.findings import failed, warned
from mqtail.config import UiConfig
from mqtail.errors import CredentialsError, TargetError
from mqtail.events import Level
from mqtail.filters.guard import slow_searches_stopped
from mqtail.inventory import ListedLog, ListedTarget, LogState, Profile
from mqtail.named_views import NamedView
from mqtail.settings import Settings
from mqtail.state import StateFile
from mqtail.status import Interruption, OlderState, ReaderStatus, State
from mqtail.targets import Target
from tests.hostile import EVERYTHING, check_screen, harmless
from tests.tui.checkups import Checkups
from tests.tui.conftest import NOW, FakeSession
from tests.tui.support import until
from tests.tui.test_chooser import FakeChoosing, running
from tests.tui.test_terminal import Window, open_window
from tui.app import MqtailApp, Tailing
from tui.log_side import LogSide
from tui.preferences import Preferences
from tui.screens.name import NameScreen
from tui.screens.save import SaveScreen

TEXTS = (EVERYTHING, EVERYTHING[::-1], f"b{EVERYTHING}")
TICK_S = 0.01
OWN_SEQUENCE = (
    r"\x1b\[[0-9;:]*m"  # colours
    r"|\x1b\[[0-9;]*[HJKABCD]"  # the cursor, blank parts
    r"|\x1b\[[?>=<]?[0-9;]*[hlu]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*[tc]"  # modes
    r"|\x1b\[>[0-9;]*[qu]|[\r\n]"
    r"|\x1b\]22;[a-z-]+\x07"  # the form of the mouse
)
"""What Textual writes."""

SIZE = (100, 28)
KEYS = (
    *("home", "m", "enter", "slash", "o", "escape", "y", "Y", "f", "minus", "escape"),
    *("question_mark", "escape", "s", "escape", "v", "v", "x", "x", "plus", "c"),
    *("down", "enter", "y", "escape", "slash", "a", "enter", "n", "N", "escape", "apostrophe"),
    *("tab", "down", "down", "space", "escape", "right_square_bracket", "ctrl+p", "f", "escape"),
)
"""A tour of the screens: the log, an event, the help, saving, a split, the setup check, a search,
the sources, the palette."""

__all__ = ["open_window"]


def hostile_session() -> FakeSession:
    """A session in which everything is called so, and went wrong so."""
    one, two, three = TEXTS
    session = FakeSession()
    for number, (target, kind, place) in enumerate(((one, two, three), (two, "general", one))):
        reader = ReaderStatus(
            target, "mq", kind, place, state=State.FAILING, reason=three, hint=two,
            problem=one, passed_over=2,
        )  # fmt: skip
        reader.interruptions.append(Interruption(NOW - 50_000, 0, one))
        for instance in (three, two):
            session._add_stream(
                reader, instance, instance=instance, log_group=place, log_stream=instance
            )
        session.readers.append(reader)
        for text in (
            *TEXTS,
            f"2026-11-18 11:05:00,200 | ERROR | {one} | a.b.{two} | {three}\n{one}",
        ):
            event = session.event(text, reader=number, instance=three, level=Level.ERROR)
            session.store.add([event])
    session.targets = [Target(one, "mq", ()), Target(two, "mq", ())]
    session.notes += TEXTS
    session.older.state, session.older.reason = OlderState.IDLE, one
    return session


async def test_no_screen_paints_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is opened, said in a toast or typed: printable text, and the layout holds."""
    one, two, three = TEXTS
    monkeypatch.chdir(tmp_path)
    session, checkups = hostile_session(), Checkups()
    preferences = Preferences(UiConfig(), StateFile(None))
    preferences.save_filter(one, two)
    preferences.save_view(two, NamedView(filter=three))
    preferences.remember_filter(three)
    app = MqtailApp(
        Tailing(session, Settings((one, two), filter=three), checkups),
        preferences=preferences,
        now=lambda: NOW,
    )
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        check_screen(app)
        app.screen.poll()  # type: ignore[attr-defined]
        await look(pilot)
        await pilot.press("escape", "escape")
        for key in KEYS:
            await pilot.press(key)
            check_screen(app)
            if key == "c" and checkups.runs:
                target = checkups.run.target(one, "first", "second")
                checkups.run.found(one, "first", failed(two, three, one, two))
                checkups.run.found(one, "second", warned(three, one))
                checkups.run.notes += TEXTS
                await look(pilot)
                target.name = one
        app.push_screen(SaveScreen(list(session.store), UTC, one))
        await look(pilot)
        await pilot.press("enter", "escape", "escape")
        app.push_screen(NameScreen("Save", two, taken=(three,), name=three))
        await look(pilot)
        await pilot.press("escape")
        session.ended_by = TargetError(one, two)
        session.end.set()
        await look(pilot)


async def test_no_choice_paints_harm() -> None:
    """Brokers, problems, profiles and regions; a sign-in that fails."""
    one, two, three = TEXTS
    choosing = FakeChoosing()
    choosing.region, choosing.profile = one, two
    choosing.account, choosing.identity = three, one
    log = ListedLog(two, three, one, None, three, LogState.FAILED)
    choosing.targets = (
        ListedTarget(
            one, two, "mq", three, one, two, three, (log,), two, (one,), (two,), True, three
        ),
        ListedTarget(three, one, "msk", two, three, one, two, (), one, (), (), False, ""),
    )
    choosing.profiles = lambda: [Profile(one, False), Profile(two, True)]  # type: ignore[method-assign]
    choosing.failure = CredentialsError(three, one)
    async with running(choosing, SIZE, query=three) as (app, pilot):
        (inventory,) = choosing.inventories
        inventory.problems.append(TargetError(one, two))
        await look(pilot)
        inventory.ended_by = TargetError(two, three)
        inventory.end.set()
        await look(pilot)
        await pilot.press("escape", "down", "space")
        check_screen(app)
        for key in ("ctrl+r", "ctrl+o"):
            await pilot.press(key)
            await look(pilot)
            await pilot.press("down", "enter")
            await look(pilot)
            await pilot.press("escape")


async def test_a_filter_that_takes_for_ever_is_stopped() -> None:
    """The reason stands under it, everything is shown, and another one can be typed."""
    session = FakeSession()
    session.add_reader()
    session.add("before", "a" * 40)
    app = MqtailApp(Tailing(session, Settings(), Checkups()), now=lambda: NOW)
    with slow_searches_stopped(TICK_S):
        async with app.run_test(size=SIZE) as pilot:
            side = app.screen.query_one(LogSide)
            for bar in (side.filter_bar, side.search_bar):
                error = bar.query_one(".filter-bar--error", Static)
                if bar is side.search_bar:
                    side.search()
                bar.text = "level>=info or /(a+)+b/"
                await until(pilot, lambda bar=bar: bar.has_class("-invalid"))  # type: ignore[misc]
                assert "/(a+)+b/ takes too long: it was stopped on a line of 4" in str(
                    error.render()
                )
                session.add("after " + "a" * 40)
                await until(pilot, lambda: len(side.log_view.view) == len(session.store))
                bar.text = "after"
                await until(pilot, lambda bar=bar: not bar.has_class("-invalid"))  # type: ignore[misc]
                bar.text = ""


def test_a_terminal_gets_nothing_from_a_log(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    """Of a hostile recording, only mqtail's own sequences: colours, the cursor, known modes."""
    record = tmp_path / "\x1b]0;owned\x07[b].jsonl"
    event = {
        "timestamp": "2026-11-18T11:05:00.200Z", "target": EVERYTHING, "service": "mq",
        "kind": EVERYTHING, "instance": EVERYTHING, "source": "cloudwatch", "level": "error",
        "message": EVERYTHING, "log_group": EVERYTHING, "log_stream": EVERYTHING,
        "event_id": EVERYTHING,
    }  # fmt: skip
    record.write_text(f"{json.dumps(event)}\n{EVERYTHING!a}\n")
    window = open_window("-m", "mqtail", "open", str(record))
    window.until(b"Pause")
    # Until the event is there, enter opens nothing.
    window.until("␛[31m".encode())
    for keys, shown in ((b"\r", b"Exclude"), (b"\x1b", b"Pause"), (b"?", b"Help")):
        before = len(window.seen)
        window.press(keys)
        window.until(shown, after=before)
    assert "␛[31m|␛[2J" in window.seen.decode("utf-8", "replace")
    window.process.terminate()
    assert window.code() == 0
    text = window.seen.decode("utf-8", "surrogateescape")
    left = re.sub(OWN_SEQUENCE, "", text)
    assert harmless(left), [
        ascii(left[at - 9 : at + 9]) for at, c in enumerate(left) if not harmless(c)
    ]


async def look(pilot: Pilot[None]) -> None:
    """Let the application paint, and check that."""
    await pilot.pause()
    check_screen(pilot.app)
