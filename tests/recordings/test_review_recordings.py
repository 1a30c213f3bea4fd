"""Recordings in trouble, and events that several of them hold."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from mqtail.errors import UsageError
from mqtail.events import Level, LogEvent, Source
from mqtail.recordings import recorder as recorder_module
from mqtail.recordings.appending import RecordingFile
from mqtail.recordings.recorder import Recorder, recording
from mqtail.recordings.session import RecordedSession
from tests.recordings.support import event, lines_of, messages, read, read_in_order, write
from tests.recordings.test_recording import anything, until
from tests.recordings.test_session import run

OBJECTS = Source(0, "clicks", "msk", "broker", "1", destination="s3", bucket="logs", format="kafka")


class FullDisk(RecordingFile):
    """A recording on a disk that turns out to be full once it is let go on."""

    go_on: threading.Event

    def write(self, lines: bytes) -> None:
        """Fail."""
        assert self.go_on.wait(20)
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_lines_do_not_wait_for_a_recording_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for the disk while it is slow, and go on when it is full."""
    monkeypatch.setattr(recorder_module, "MOST_HELD", 10)
    file = FullDisk(str(tmp_path / "a.jsonl"))
    file.go_on = threading.Event()
    told: list[str] = []
    with Recorder(file, anything, told.append) as recorder:
        taking = asyncio.create_task(recorder.take([event(n) for n in range(3_000)]))
        await asyncio.sleep(0)
        assert not taking.done()
        file.go_on.set()
        async with asyncio.timeout(20):
            await taking
        assert recorder.problem
    assert told == [recorder.problem]


async def test_how_much_is_there_is_told_whatever_the_order(tmp_path: Path) -> None:
    """The history is read from new to old: the newest event says nothing of those before it."""
    file = FullDisk(str(tmp_path / "a.jsonl"))
    file.go_on = threading.Event()
    told: list[str] = []
    with Recorder(file, anything, told.append) as recorder:
        recorder.events = 1_200
        file.go_on.set()
        await recorder.take([event(1)])
        await until(lambda: bool(told))
    assert told[0].endswith(
        "a.jsonl ended: No space left on device; it has the 1,200 events that were read before."
    )


async def test_an_empty_recording_that_was_removed_is_no_trouble(tmp_path: Path) -> None:
    """Somebody tidied up while nothing came."""
    path, told = tmp_path / "a.jsonl", list[str]()
    with recording(str(path), anything, told.append, sum_up=True):
        path.unlink()
    assert told == [f"No events came: nothing was recorded in {path}."]


def test_a_recording_that_cannot_be_mended_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence that names the file, before anything begins."""
    path = write(tmp_path / "a.jsonl", lines_of([event(1)])[:-1])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mqtail.recordings.appending.os.write", full)
    with pytest.raises(UsageError, match=r"--record .*a\.jsonl: No space left on device"):
        RecordingFile(path)


def from_object(line: int, text: str = "", **changes: object) -> LogEvent:
    """An event of an object in S3: it has no id but its place there."""
    values = {"id": "", "key": "a/b.log.gz", "line": line} | changes
    return event(line, text, source=OBJECTS, **values)


async def test_what_was_read_from_objects_shows_once_too(tmp_path: Path) -> None:
    """Two recordings of one object: its key and the line tell which event it is."""
    one = [from_object(n) for n in range(1, 60)]
    two = [from_object(n) for n in range(40, 100)]
    two[0] = from_object(40, "event 40\n\tat A.b", joined=1)
    other = from_object(50, "another", key="a/c.log.gz")
    paths = (
        write(tmp_path / "one.jsonl", lines_of(one)),
        write(tmp_path / "two.jsonl", lines_of([*two, other])),
    )
    expected = [*messages(one[:39]), *messages(two[:11]), "another", *messages(two[11:])]
    assert messages(read_in_order(*paths)) == expected
    assert messages((await run(*paths)).store) == expected


def test_parts_of_a_line_without_end_are_all_shown(tmp_path: Path) -> None:
    """It was cut into events of one line."""
    parts = [from_object(1, "x" * 1_000_000), from_object(1, "x" * 1_000_000), from_object(1, "x")]
    assert len(read_in_order(write(tmp_path / "a.jsonl", lines_of(parts)))) == 3


def test_each_event_of_several_files_has_its_own_number(tmp_path: Path) -> None:
    """Views tell events apart by it."""
    paths = [
        write(tmp_path / f"{name}.jsonl", lines_of([event(n, name) for n in range(50)]))
        for name in ("a", "b")
    ]
    orders = [one.order for one in read(*paths)[0]]
    assert orders == list(range(100))


async def test_more_lines_than_the_buffer_holds(tmp_path: Path) -> None:
    """What was asked for and is missing is told."""
    path = write(tmp_path / "a.jsonl", lines_of([event(n) for n in range(3_000)]))
    session = await run(path, lines=2_000, buffer=1_000)
    assert len(session.store) == 1_000
    (note,) = session.notes
    assert note.startswith(
        "2,000 older events were left out: the buffer holds the newest 1,000 events."
    )


async def test_of_a_pipe_nobody_knows_how_much_is_left(tmp_path: Path) -> None:
    """As in `mqtail open <(zcat a.gz)`."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = lines_of([event(n) for n in range(6_000)])
    writing = threading.Thread(target=path.write_bytes, args=(data,))
    writing.start()
    seen: set[float | None] = set()
    said: set[str] = set()

    def look(session: RecordedSession) -> None:
        seen.add(session.progress)
        said.update(reader.reason for reader in session.readers)

    session = await run(str(path), look=look)
    writing.join()
    assert len(session.store) == 6_000
    assert seen == {None}
    assert any(text.endswith(" events of the recording read") for text in said)


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("WARN", Level.WARN),
        ("warning", Level.WARN),
        ("Error", Level.ERROR),
        ("notice", Level.INFO),
        ("loud", Level.UNKNOWN),
    ],
)
def test_levels_as_other_programs_write_them(tmp_path: Path, word: str, level: Level) -> None:
    """In any case, and by the names that brokers have for them."""
    line = f'{{"timestamp": 1795176000000, "message": "m", "level": "{word}"}}\n'
    (found,), _ = read(write(tmp_path / "a.jsonl", line))
    assert found.level is level
