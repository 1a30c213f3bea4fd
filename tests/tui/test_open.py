"""A recording in the UI: it shows like what it was recorded from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from mqtail.errors import TargetError
from mqtail.events import Level
from mqtail.recordings.files import opened
from mqtail.recordings.session import RecordedSession
from mqtail.recordings.sources import Sources
from mqtail.settings import Settings
from tests.recordings.support import SOURCE, event, lines_of, write
from tests.tui.support import until
from tui.app import MqtailApp, Tailing
from widgets.log.view import LogView
from widgets.sources.tree import SourceTree


@contextmanager
def opened_in_app(*paths: str, **settings: Any) -> Iterator[MqtailApp]:
    """The application on recordings."""
    asked = Settings(output="tui", follow=False, **settings)
    with opened(paths, Sources()) as files:
        yield MqtailApp(Tailing(RecordedSession(files, asked, lambda _: True), asked))


def shown(app: MqtailApp) -> list[str]:
    """The texts of the events that the log shows."""
    return [event.message for event in app.screen.query_one(LogView).view]


async def test_the_log_and_the_tree_are_those_of_the_tail(tmp_path: Path) -> None:
    """Errors, instances and kinds can be chosen as live."""
    other = {"target": "orders-mq", "service": "mq", "kind": "audit", "instance": "2"}
    events = [event(n) for n in range(40)]
    events += [event(50 + n, source=type(SOURCE)(1, **other)) for n in range(5)]
    events.append(event(99, "bad", level=Level.ERROR))
    path = write(tmp_path / "a.jsonl.gz", lines_of(events))
    with opened_in_app(path) as app:
        async with app.run_test(size=(140, 35)) as pilot:
            await until(pilot, lambda: len(shown(app)) == 46)
            tree = app.screen.query_one(SourceTree)
            await until(pilot, lambda: bool(tree.root.children))
            assert "orders-mq" in str(tree.root.children[0].label)
            await pilot.press("2")
            await until(pilot, lambda: len(shown(app)) == 5)
            await pilot.press("2", "a")
            await until(pilot, lambda: len(shown(app)) == 41)


async def test_keys_work_while_it_is_read(tmp_path: Path) -> None:
    """And the newest is shown at the end, within the buffer."""
    random = Random(0)
    events = [event(n, random.randbytes(100).hex()) for n in range(20_000)]
    path = write(tmp_path / "a.jsonl", lines_of(events))
    with opened_in_app(path, buffer=2_000) as app:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: len(shown(app)) > 0)
            await pilot.press("home")
            assert not app.screen.query_one(LogView).follow
            await until(pilot, lambda: shown(app)[-1] == events[-1].message)
            assert len(shown(app)) == 2_000


async def test_a_file_that_holds_nothing_ends_it_with_its_error(tmp_path: Path) -> None:
    """The command line prints it and gives the exit code."""
    with opened_in_app(write(tmp_path / "a.txt", "no time\n" * 100_000)) as app:
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.failure is not None)
    assert isinstance(app.failure, TargetError)
    assert app.return_code == 3
