"""Recordings as a session of the UI: readers, the bound of the buffer, progress and notes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mqtail.errors import TargetError
from mqtail.events import Level, LogEvent, Source, order_key
from mqtail.recordings import session as session_module
from mqtail.recordings.files import opened
from mqtail.recordings.session import RecordedSession
from mqtail.recordings.sources import Sources
from mqtail.settings import Settings
from mqtail.status import OlderState, ReaderStatus, State
from tests.recordings.support import event, lines_of, messages, write


async def run(
    *paths: str,
    wanted: Callable[[LogEvent], bool] = lambda _: True,
    look: Callable[[RecordedSession], None] = lambda _: None,
    **settings: Any,
) -> RecordedSession:
    """A session that has read these files; `look` is called at each turn of the loop."""
    with opened(paths, Sources()) as files:
        session = RecordedSession(files, Settings(**settings), wanted)
        reading = asyncio.create_task(session.run())
        while not reading.done():
            look(session)
            await asyncio.sleep(0)
        await reading
        return session


def source(**changes: Any) -> Source:
    """A log stream of a cluster."""
    values = {"target": "clicks", "service": "msk", "kind": "broker", "instance": "1"}
    return Source(0, **values | changes)


async def test_there_is_a_reader_for_each_log_with_its_streams(tmp_path: Path) -> None:
    """As when it was tailed, so that tree and columns are the same."""
    origins = [
        source(log_group="/aws/msk", log_stream="Broker-1"),
        source(log_group="/aws/msk", log_stream="Broker-2", instance="2"),
        source(destination="s3", bucket="logs"),
        source(service="cloudtrail", kind="api", instance=None, destination="cloudtrail"),
        source(
            target="orders", service="cloudtrail", kind="api", instance=None,
            destination="cloudtrail",
        ),
        source(target="orders", service="mq", kind="general"),
    ]  # fmt: skip
    events = [event(n, source=origin) for n, origin in enumerate(origins)]
    events.append(event(9, source=origins[0], level=Level.ERROR, late=True))
    session = await run(write(tmp_path / "a.jsonl", lines_of(events)))
    places = [(r.target, r.kind, r.destination, r.place) for r in session.readers]
    assert places == [
        ("clicks", "broker", "cloudwatch", "/aws/msk"),
        ("clicks", "broker", "s3", "s3://logs"),
        ("cloudtrail", "api", "cloudtrail", "CloudTrail"),
        ("orders", "general", "cloudwatch", "cloudwatch"),
    ]
    brokers, _, calls, _ = session.readers
    assert [s.source.instance for s in brokers.streams.values()] == ["1", "2"]
    assert (brokers.events, brokers.errors, brokers.late) == (3, 1, 1)
    assert calls.targets == ["clicks", "orders"]
    assert [target.name for target in session.targets] == ["clicks", "orders"]
    assert {r.state for r in session.readers} == {State.ENDED}
    assert session.older.state is OlderState.COMPLETE
    assert (session.phase, session.notes) == ("ended", [])


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop has its turn after every few events."""
    monkeypatch.setattr(session_module, "TURN_S", 0)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
async def test_progress_grows_while_the_ui_has_its_turns(tmp_path: Path, name: str) -> None:
    """From the first events on; the readers say it too."""
    random = Random(0)
    events = [event(n, random.randbytes(200).hex()) for n in range(6_000)]
    seen: list[float] = []
    said: set[str] = set()

    def look(session: RecordedSession) -> None:
        if session.progress is not None:
            seen.append(session.progress)
        said.update(reader.reason for reader in session.readers)

    session = await run(write(tmp_path / name, lines_of(events)), look=look)
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert any(text.endswith("% of the recording read") for text in said)
    assert session.progress is None
    assert len(session.store) == 6_000


async def test_the_buffer_keeps_the_newest_whatever_the_order(tmp_path: Path) -> None:
    """And it is said how many were left out."""
    events = [event(n) for n in range(5_000)]
    shuffled = list(events)
    Random(1).shuffle(shuffled)
    most = 0

    def look(session: RecordedSession) -> None:
        nonlocal most
        most = max(most, len(session.store))

    path = write(tmp_path / "a.jsonl", lines_of(shuffled))
    session = await run(path, look=look, buffer=1_000)
    assert messages(session.store) == messages(events[-1_000:])
    assert most <= 1_020
    (note,) = session.notes
    assert note.startswith(
        "4,000 older events were left out: the buffer holds the newest 1,000 events."
    )


async def test_what_the_command_line_leaves_out_is_not_read(tmp_path: Path) -> None:
    """Which lets the buffer hold more of the rest; it is said."""
    path = write(tmp_path / "a.jsonl", lines_of([event(n) for n in range(3_000)]))
    session = await run(path, wanted=lambda e: e.message.endswith("7"), buffer=500)
    assert len(session.store) == 300
    assert session.notes == [
        "2,700 events were left out as the command line asks for"
        " (-i, -k, -l, -f, --since, --until)."
    ]


@pytest.mark.parametrize("lines", [0, 1, 30])
async def test_only_the_newest_lines(tmp_path: Path, lines: int) -> None:
    """As many as were asked for, and that is no news."""
    path = write(tmp_path / "a.jsonl", lines_of([event(n) for n in range(3_000)]))
    session = await run(path, lines=lines, buffer=1_000)
    assert messages(session.store) == [f"event {n}" for n in range(3_000 - lines, 3_000)]
    assert session.notes == []


async def test_two_recordings_overlap_and_one_completes_the_other(tmp_path: Path) -> None:
    """Views learn of what has grown."""
    one = [event(n) for n in range(60)]
    two = [event(n) for n in range(40, 100)]
    two[0].message, two[0].joined, two[0].level = "event 40\n\tat A.b", 1, Level.ERROR
    paths = [
        write(tmp_path / "one.jsonl", lines_of(one)),
        write(tmp_path / "two.jsonl", lines_of(two)),
    ]
    session = await run(*paths)
    assert list(session.store) == sorted(session.store, key=order_key)
    assert messages(session.store) == messages([*one[:40], *two])
    assert session.store[40].level is Level.ERROR


async def test_a_file_that_turns_out_to_hold_nothing_is_told(tmp_path: Path) -> None:
    """The others are shown; alone it ends the session."""
    good = write(tmp_path / "a.jsonl", lines_of([event(1)]))
    bad = write(tmp_path / "b.txt", "no time\n" * 100_000)
    session = await run(good, bad)
    assert len(session.store) == 1
    assert session.notes == ["b.txt cannot be opened: no line in it has a time."]
    with pytest.raises(TargetError, match="no line in it has a time"):
        await run(bad)


async def test_there_is_nothing_more_to_read(tmp_path: Path) -> None:
    """What the UI may ask of a session changes nothing."""
    session = await run(write(tmp_path / "a.jsonl", lines_of([event(1)])))
    session.read_now()
    session.read_older()
    session.read_also(ReaderStatus("x", "mq", "general", "x"))
    assert len(session.store) == 1
    assert session.phase == "ended"
