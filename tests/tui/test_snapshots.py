"""Pictures of the screens; MQTAIL_UPDATE_SNAPSHOTS=1 takes them anew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mqtail.events import Level
from mqtail.status import State
from tui.app import MqtailApp

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

SNAPSHOTS = Path(__file__).parent / "__snapshots__"

Snapshot = Callable[[MqtailApp], None]


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compares the screen with the picture that is kept under the test's name."""

    def compare(app: MqtailApp) -> None:
        path = SNAPSHOTS / f"{request.node.name}.svg"
        taken = re.sub(r"terminal-\d+", "terminal", app.export_screenshot())
        if os.environ.get("MQTAIL_UPDATE_SNAPSHOTS"):
            SNAPSHOTS.mkdir(exist_ok=True)
            path.write_text(taken, encoding="utf-8")
        assert taken == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def story(session: FakeSession) -> FakeSession:
    """A broker with an error, a late event, hostile text, and a log that cannot be read."""
    info = "2026-11-18 11:05:00,100 | INFO  | Connector amqp started | org.x.Connector | main"
    trace = (
        "2026-11-18 11:05:00,200 | ERROR | Could not accept connection | org.x.Acceptor | main\n"
        "java.io.IOException: too many\n\tat org.x.Acceptor.accept(Acceptor.java:10)\n"
        "Caused by: java.lang.IllegalStateException: full\n\t... 3 more"
    )
    audit = "INFO  | admin called org.apache.activemq.broker.jmx.QueueView.purge[] on orders at "
    session.store.add(
        [
            session.event(info),
            session.event(trace, level=Level.ERROR, instance="2"),
            session.event(
                f"{audit}18-11-2026 11:05:00,300 | RMI TCP Connection(4)-10.0.0.1", reader=1
            ),
            session.event("\x1b[31mred\x1b[0m [bold]no markup[/] \u202ereversed", level=Level.WARN),
            session.event("came late", late=True),
        ]
    )
    session.readers[1].state = State.FAILING
    session.readers[1].reason = "not allowed to read it"
    return session


async def test_main_screen(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """Sources, log and state."""
    async with make_app().run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        snapshot(pilot.app)  # type: ignore[arg-type]


async def test_detail(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """An event with a stack trace."""
    async with make_app().run_test(size=(120, 36)) as pilot:
        await pilot.press("E")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        snapshot(pilot.app)  # type: ignore[arg-type]


async def test_filter_error(
    story: FakeSession, make_app: Callable[..., MqtailApp], snapshot: Snapshot
) -> None:
    """The error under the filter."""
    app = make_app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("f", *"level:nope")
        app.screen.query_one("#filter Input").cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()
        snapshot(app)
