"""While nothing happens, next to nothing is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from mqtail.status import State
from tests.tui.conftest import FakeSession
from tui.app import MqtailApp
from tui.freshness import AGE_LOOKS, LOOK_S
from tui.screens.main import MainScreen

MakeApp = Callable[..., MqtailApp]
SIZE = (140, 40)
A_MINUTE = 180
"""Looks at the session in a minute."""


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Looks at the session; nothing else does."""
    looks: list[Callable[[], object]] = []
    set_interval = MainScreen.set_interval

    def kept(self: MainScreen, interval: float, callback: Any, **options: Any) -> object:
        if interval != LOOK_S:
            return set_interval(self, interval, callback, **options)
        looks.append(callback)
        return None

    monkeypatch.setattr(MainScreen, "set_interval", kept)
    return lambda: looks[0]()


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often widgets of each class were to be painted again."""
    counts: Counter[str] = Counter()
    refresh = Widget.refresh

    def counted(self: Widget, *regions: Any, **options: Any) -> Widget:
        counts[type(self).__name__] += 1
        return refresh(self, *regions, **options)

    monkeypatch.setattr(Widget, "refresh", counted)
    return counts


async def main_of(pilot: Pilot[None]) -> MainScreen:
    """The main screen, when all is laid out and shown."""
    main = pilot.app.screen
    assert isinstance(main, MainScreen)
    for _ in range(3):
        await pilot.pause()
        main.poll()
    await pilot.pause()
    return main


async def test_a_minute_without_news_paints_nothing(
    session: FakeSession, make_app: MakeApp, refreshed: Counter[str]
) -> None:
    """Neither does the log look at its rows again."""
    session.add("one", "two", "three")
    async with make_app().run_test(size=SIZE) as pilot:
        main = await main_of(pilot)
        log, timeline = main.log_view, main.log_side.timeline
        painted = log.rows_rendered, log.syncs, timeline.rows_rendered
        refreshed.clear()
        for _ in range(A_MINUTE):
            main.poll()
        await pilot.pause()
        assert not refreshed
        assert (log.rows_rendered, log.syncs, timeline.rows_rendered) == painted


async def test_a_request_without_news_paints_only_its_source(
    session: FakeSession, make_app: MakeApp, refreshed: Counter[str]
) -> None:
    """That the log is complete to a later moment is told in one place."""
    session.add("one")
    for reader in session.readers:
        reader.requests, reader.complete_to = 10, session.now - 3_000
    async with make_app().run_test(size=SIZE) as pilot:
        main = await main_of(pilot)
        refreshed.clear()
        for reader in session.readers:
            reader.requests, reader.complete_to = 11, session.now
        main.poll()
        await pilot.pause()
        assert set(refreshed) == {"SourceDetail"}


async def test_ages_are_brought_up_to_date_once_a_second(
    session: FakeSession, make_app: MakeApp, look: Callable[[], object]
) -> None:
    """Of three looks that find nothing new, one shows everything."""
    async with make_app().run_test(size=SIZE) as pilot:
        main = await main_of(pilot)
        before = main.polls
        for _ in range(A_MINUTE):
            look()
        assert main.polls - before == A_MINUTE // AGE_LOOKS


async def test_news_are_shown_at_the_next_look(
    session: FakeSession, make_app: MakeApp, look: Callable[[], object]
) -> None:
    """Events, states, notices and phases do not wait for the ages."""

    def end() -> None:
        session.phase = "ended"

    def fail() -> None:
        session.readers[0].state = State.FAILING

    async with make_app().run_test(size=SIZE) as pilot:
        main = await main_of(pilot)
        news: list[Callable[[], object]] = [
            lambda: session.add("one"),
            fail,
            lambda: session.notes.append("Something was noted."),
            session.add_reader,
            end,
        ]
        for happen in news:
            before = main.polls
            happen()
            look()
            assert main.polls == before + 1
            look()
            assert main.polls == before + 1
