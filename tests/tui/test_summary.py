"""The line at the bottom: how far reading got, and what is worth a click."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from mqtail.status import OlderState, State
from mqtail.targets import Target
from tests.tui.support import until
from tui.app import MqtailApp
from tui.conditions import Conditions
from tui.empty import empty_text
from tui.scopes import log_tab
from tui.summary import Rate, summary
from widgets.log.view import LogView
from widgets.status_line import Status, StatusLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]
NOW = 1_795_000_000_000
"""The time of the tests, ms: 2026-11-18 11:06:40 UTC."""
HOUR_MS = 3_600_000


def _summary(
    pilot: Pilot[None], session: FakeSession, *, split: bool = False, tab: str = "all"
) -> Status:
    log = pilot.app.screen.query(LogView).first()
    return summary(
        session,
        session.readers,
        log,
        Conditions(),
        Rate(),
        UTC,
        failed_checks=2,
        now=NOW,
        since=NOW - HOUR_MS,
        split=split,
        tab=log_tab(tab),
    )


async def test_history_has_a_progress(session: FakeSession, make_app: MakeApp) -> None:
    """That of the reader that is furthest behind; of a recording what the session says."""
    async with make_app().run_test() as pilot:
        shares = [_summary(pilot, session).progress]
        first, second = session.readers
        first.state = second.state = State.HISTORY
        for reached in ((0, NOW - HOUR_MS), (NOW - HOUR_MS // 2, NOW - HOUR_MS)):
            first.history_to, second.history_to = reached
            shares.append(_summary(pilot, session).progress)
        session.progress = 0.9
        shares.append(_summary(pilot, session).progress)
        assert shares == [None, 0.0, 0.5, 0.9]


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        (0, "◔ reading back, 1,234 events"),
        (NOW - HOUR_MS, "◔ reading back, to 10:06, 1,234 events"),
        (NOW - 24 * HOUR_MS, "◔ reading back, to 11-17 11:06, 1,234 events"),
    ],
    ids=["first", "today", "yesterday"],
)
async def test_reading_further_back_is_told(
    session: FakeSession, make_app: MakeApp, reached: int, said: str
) -> None:
    """How far it got, and what was found."""
    session.older.state, session.older.reached = OlderState.READING, reached
    session.older.events = 1_234
    async with make_app().run_test() as pilot:
        split, older = _summary(pilot, session, split=True).modes
        assert (split.name, older.name, older.text) == ("split", "older", said)


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (OlderState.IDLE, "", []),
        (OlderState.IDLE, "too many requests", ["⊤ too many requests"]),
        (OlderState.COMPLETE, "", ["⊤ nothing older is kept"]),
        (OlderState.FULL, "", ["⊤ the buffer is full: nothing older fits"]),
        (OlderState.FULL, "it holds 10 events", ["⊤ it holds 10 events"]),
    ],
    ids=["idle", "hindered", "complete", "full", "reason"],
)
async def test_at_the_top_it_is_told_why_there_is_nothing_older(
    session: FakeSession, make_app: MakeApp, state: OlderState, reason: str, said: list[str]
) -> None:
    """Not while one looks at something else."""
    session.add(*(f"event {number}" for number in range(200)))
    async with make_app().run_test() as pilot:
        await pilot.pause()
        session.older.state, session.older.reason = state, reason
        assert not _summary(pilot, session).modes
        await pilot.press("home")
        await pilot.pause()
        assert [mode.text for mode in _summary(pilot, session).modes] == said
        await pilot.press("pagedown")
        await pilot.pause()
        assert not _summary(pilot, session).modes


async def test_hints_have_names_to_act_on(session: FakeSession, make_app: MakeApp) -> None:
    """What pauses, scrolls or failed can be clicked."""
    session.add(*(f"event {number}" for number in range(200)))
    async with make_app().run_test() as pilot:
        await pilot.pause()
        await pilot.press("home")
        await pilot.pause()
        names = [hint.name for hint in _summary(pilot, session).hints]
        assert names == ["follow", "check"]
        await pilot.press("space")
        await pilot.pause()
        hints = _summary(pilot, session).hints
        assert [hint.name for hint in hints] == ["resume", "check"]
        assert all(len(hint.short) < len(hint.text) for hint in hints)


async def test_a_target_without_any_reader_is_not_live(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Its logs are switched off, and the line says so."""
    session.targets = [Target(name, "mq", ()) for name in ("orders", "quiet")]
    async with make_app().run_test() as pilot:
        status = _summary(pilot, session)
        assert (status.label, status.tone) == ("live 1 of 2", "idle")
        assert status.reason == "quiet has no logs"


async def test_a_source_that_lags_is_told_in_its_tab(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Up to when its tab is complete; nothing while all are as far as they usually are."""
    general, audit = session.readers
    async with make_app().run_test() as pilot:
        general.complete_to = audit.complete_to = NOW - 5_000
        assert _summary(pilot, session).facts == ("0 events",)
        audit.complete_to = NOW - 90_000
        assert _summary(pilot, session).facts[0] == "complete to 11:05:10"
        assert _summary(pilot, session, tab="general").facts[0] == "0 events"
        assert _summary(pilot, session, tab="audit").facts[0] == "complete to 11:05:10"


async def test_what_is_not_there_any_more_is_told(session: FakeSession, make_app: MakeApp) -> None:
    """From when on the buffer has everything, and how many events came too late to be shown."""
    async with make_app().run_test() as pilot:
        session.store.add([session.event(at=NOW + second * 1000) for second in range(5)])
        session.store.keep_newest(2)
        session.readers[0].too_late = 1_234
        facts = _summary(pilot, session).facts
        assert facts == ("2 events", "3 dropped before 11:06:43", "1,234 too late to show")


async def test_behind_is_meant_by_the_clock_of_the_service(
    session: FakeSession, make_app: MakeApp
) -> None:
    """This machine's may be off by an hour."""
    async with make_app().run_test() as pilot:
        line = pilot.app.screen.query_one(StatusLine)
        for reader in session.readers:
            reader.complete_to = NOW + HOUR_MS
        session.now = NOW + HOUR_MS + 1_000
        await pilot.press("r")
        await until(pilot, lambda: bool(line.status.facts))
        assert not [fact for fact in line.status.facts if "complete" in fact]
        session.now += 120_000
        await until(pilot, lambda: "complete to 12:06:40" in line.status.facts)


def test_an_empty_log_knows_how_far_back_was_read(session: FakeSession) -> None:
    """And that it is being read further."""
    older = session.older
    older.state, older.reached = OlderState.READING, NOW - HOUR_MS
    for state, said in (
        (OlderState.READING, "reading further back…"),
        (OlderState.IDLE, "waiting for new ones"),
    ):
        older.state = state
        text = empty_text(
            phase="reading",
            readers=session.readers,
            complete=True,
            held=0,
            conditions=Conditions(),
            since=NOW,
            zone=UTC,
            older=older,
        )
        assert text[:2] == ("No events since 10:06:40", said)
