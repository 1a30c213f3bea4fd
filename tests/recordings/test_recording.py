"""Recording while events come: the file, what is written when, and what becomes of trouble."""

from __future__ import annotations

import asyncio
import fcntl
import gzip
import os
import random
import resource
import stat
import subprocess
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mqtail.errors import TargetError, UsageError
from mqtail.events import Level, LogEvent
from mqtail.recordings import recorder as recorder_module
from mqtail.recordings.appending import RecordingFile
from mqtail.recordings.recorder import Recorder
from mqtail.recordings.unpacking import GZIP
from mqtail.store import Store
from tests.recordings.support import event, lines_of, messages, read, write

ROOT = Path(__file__).parents[2]
TURNS = 2_000


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop and the recorder's thread go on until something holds."""
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0.005)
    pytest.fail("It never came to hold.")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def anything(_: LogEvent) -> bool:
    """A predicate."""
    return True


# The file.


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_recording_goes_on_where_it_ended(tmp_path: Path, name: str) -> None:
    """Nobody else can read it, also when it was there before."""
    path = tmp_path / name
    write(path, lines_of([event(1)]))
    path.chmod(0o644)
    for number in (2, 3):
        file = RecordingFile(str(path))
        file.write(lines_of([event(number)]))
        file.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found, notes = read(path)
    assert messages(found) == ["event 1", "event 2", "event 3"]
    assert notes == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_new_one_is_private_and_not_left_behind_empty(tmp_path: Path, name: str) -> None:
    """Where nothing came there is no file."""
    path = tmp_path / name
    file = RecordingFile(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.close()
    assert not path.exists()


THREE = [
    lines_of([event(1), event(2, "two\nlines ü")]),
    lines_of([event(3, "x" * 200)]),
    lines_of([event(4), event(5)]),
]
"""What was written at three moments."""


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_cut_off_anywhere_it_is_read_and_goes_on_with_whole_lines(
    tmp_path: Path, name: str
) -> None:
    """As a kill, or a full disk, may leave it: no whole line is lost, and no other is read."""
    whole = tmp_path / name
    file = RecordingFile(str(whole))
    ends = [0]
    for lines in THREE:
        file.write(lines)
        ends.append(whole.stat().st_size)
    file.close()
    written, data = messages(read(whole)[0]), whole.read_bytes()
    for end in range(len(GZIP), len(data), 3):
        path = tmp_path / f"{end}-{name}"
        path.write_bytes(data[:end])
        try:
            found, notes = read(path)
        except TargetError:
            found, notes = [], []  # there is no event in it
        kept = messages(found)
        assert kept == written[: len(kept)]
        assert len(kept) >= b"".join(THREE[: bisect_right(ends, end) - 1]).count(b"\n")
        assert notes in ([], [f"{path.name} ends in the middle: it was cut off there."])
        file = RecordingFile(str(path))
        file.write(lines_of([event(6)]))
        file.close()
        found, notes = read(path)
        assert messages(found) == [*kept, "event 6"]
        assert notes == []


def test_a_last_line_that_only_lacks_its_end_is_kept(tmp_path: Path) -> None:
    """It was written but for the newline, or somebody's editor took that away."""
    path = tmp_path / "a.jsonl"
    write(path, lines_of([event(1), event(2)])[:-1])
    file = RecordingFile(str(path))
    file.write(lines_of([event(3)]))
    file.close()
    found, notes = read(path)
    assert (messages(found), notes) == (["event 1", "event 2", "event 3"], [])


RECORD_FOR_EVER = """
import sys
from mqtail.recordings.appending import RecordingFile
from tests.recordings.support import event, lines_of
file, number = RecordingFile(sys.argv[1]), int(sys.argv[2])
while True:
    file.write(lines_of([event(n, "ä" * (n * 7919 % 400_000)) for n in (number, number + 1)]))
    number += 2
    print(number, flush=True)
"""
"""Writes large events, two at once, from a number on, and tells how far it is."""


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_killed_at_any_moment_it_leaves_whole_lines(tmp_path: Path, name: str) -> None:
    """What was written before stays; each further run goes on where the one before was killed."""
    path, number, chance = tmp_path / name, 0, random.Random(6)
    for _ in range(2):
        command = [sys.executable, "-c", RECORD_FOR_EVER, str(path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(chance.randint(1, 10))]
            # Somewhere in the next write, or between two.
            threading.Event().wait(chance.random() * 0.005)
            process.kill()
            told += process.stdout.readlines()
        found, _ = read(path)
        number = found[-1].order + 1
        assert number >= int(told[-1])
        assert [event.order for event in found] == list(range(number))
    RecordingFile(str(path)).close()
    found, notes = read(path)
    assert ([event.order for event in found], notes) == (list(range(number)), [])
    assert all(set(event.message) == {"ä"} for event in found if event.order % 400_000)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b"important notes\n", "something else than a recording"),
        ("a.jsonl", b'{"timestamp": 1, "message": "x"}\n', "something else than a recording"),
        ("a.jsonl", gzip.compress(lines_of([event(1)])), "the recording in it is compressed"),
        ("a.jsonl.gz", lines_of([event(1)]), "the recording in it is not compressed"),
        ("a.jsonl", b'{"timestamp":"1","note":"x"}', "something else than a recording"),
        ("a.jsonl", b'{"timestamp":1', "something else than a recording"),
        ("a.jsonl.gz", gzip.compress(lines_of([event(1)])) + b"x" * 99, "data is damaged"),
        ("a.jsonl.gz", gzip.compress(b"x\n"), "something else than a recording"),
    ],
    ids=[
        "text",
        "other-json",
        "is-gzip",
        "is-plain",
        "other-line",
        "cut",
        "damaged",
        "gzip-of-text",
    ],
)
def test_what_is_no_recording_is_not_touched(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    """It is said what is wrong with it."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UsageError) as refused:
        RecordingFile(str(path))
    assert said in refused.value.message
    assert refused.value.hint
    assert path.read_bytes() == data


def test_places_that_cannot_hold_a_recording(tmp_path: Path) -> None:
    """A missing directory, a directory, a pipe."""
    with pytest.raises(UsageError, match="there is no directory"):
        RecordingFile(str(tmp_path / "no" / "a.jsonl"))
    with pytest.raises(UsageError, match="it is a directory"):
        RecordingFile(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no regular file"):
        RecordingFile(str(tmp_path / "pipe"))
    with pytest.raises(UsageError, match="no regular file"):
        RecordingFile(os.devnull)


def test_two_do_not_record_to_one_file(tmp_path: Path) -> None:
    """Their lines would be mixed."""
    path = str(tmp_path / "a.jsonl")
    file = RecordingFile(path)
    with pytest.raises(UsageError, match="another mqtail is writing to it"):
        RecordingFile(path)
    file.close()
    RecordingFile(path).close()


def test_a_file_system_without_locks_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems have none."""

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    RecordingFile(str(tmp_path / "a.jsonl")).close()


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_does_not_fit_is_taken_back(tmp_path: Path, name: str) -> None:
    """The file ends with a whole line, and can be opened."""
    path = tmp_path / name
    file = RecordingFile(str(path))
    file.write(lines_of([event(1)]))
    size = path.stat().st_size
    with largest_file(size + 100), pytest.raises(OSError, match="File too large"):
        file.write(lines_of([event(2, os.urandom(2_000).hex())]))
    file.close()
    assert path.stat().st_size == size
    assert messages(read(path)[0]) == ["event 1"]


# Recording what a store gets.


async def test_lines_that_are_joined_later_are_recorded_with_their_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event is written when nothing came any more for a while, and then nothing is joined."""
    monkeypatch.setattr(recorder_module, "HOLD_S", 0.2)
    path = tmp_path / "a.jsonl"
    store, told = Store(1_000), list[str]()
    with Recorder(RecordingFile(str(path)), anything, told.append) as recorder:
        recorder.follow(store, told)
        first = event(1, "failed")
        store.add([event(2), first])
        assert not first.closed
        first.message += "\n\tat A.b"
        first.joined += 1
        store.grown([first])
        await until(lambda: recorder.events == 2)
        assert first.closed
        # It is on the disk while the recording goes on.
        assert sorted(messages(read(path)[0])) == ["event 2", "failed\n\tat A.b"]
        store.add([event(3)])
    assert recorder.summary.startswith("3 events were recorded in ")
    assert told == [f"What is read is recorded in {path}."]
    assert len(read(path)[0]) == 3


async def test_what_is_wanted_is_decided_when_the_event_is_whole(tmp_path: Path) -> None:
    """A word in a stack trace counts as well."""
    path = tmp_path / "a.jsonl"
    store, told = Store(100), list[str]()
    file = RecordingFile(str(path))
    with Recorder(
        file, lambda e: "closed" in e.message or e.level >= Level.ERROR, print
    ) as recorder:
        recorder.follow(store, told)
        first = event(1, "failed")
        store.add([first, event(2), event(3, "bad", level=Level.ERROR)])
        first.message += "\nIOException: closed"
        store.grown([first])
    assert messages(read(path)[0]) == ["bad", "failed\nIOException: closed"]


async def test_memory_is_bounded_however_many_come_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond the bound is written at once, and nothing is lost."""
    monkeypatch.setattr(recorder_module, "MOST_HELD", 100)
    path = tmp_path / "a.jsonl"
    store, events, told = Store(10_000), [event(n) for n in range(3_000)], list[str]()
    with Recorder(RecordingFile(str(path)), anything, print) as recorder:
        recorder.follow(store, told)
        store.add(events)
        assert [e.closed for e in events] == [True] * 2_900 + [False] * 100
        await until(lambda: recorder.events == 2_900)
    assert messages(read(path)[0]) == messages(events)


async def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    """It is told once, with how much is there."""
    path = tmp_path / "a.jsonl"
    told: list[str] = []
    with (
        largest_file(60_000),
        Recorder(RecordingFile(str(path)), anything, told.append) as recorder,
    ):
        await recorder.take([event(1)])
        await until(lambda: recorder.events == 1)
        await recorder.take([event(n, "x" * 90) for n in range(2, 1_000)])
        await until(lambda: bool(told))
        await recorder.take([event(2_000)])
    assert told == [recorder.summary]
    assert told[0].endswith("a.jsonl ended: File too large; it has the event that was read before.")
    assert messages(read(path)[0]) == ["event 1"]


class StuckFile(RecordingFile):
    """A recording on a disk that does not answer until it is told to."""

    go_on = threading.Event()

    def write(self, lines: bytes) -> None:
        """Wait, then write."""
        assert self.go_on.wait(20)
        super().write(lines)


async def test_a_disk_that_does_not_answer_holds_up_lines_but_not_the_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines wait for it; for a store, whose events go on coming, the recording ends."""
    monkeypatch.setattr(recorder_module, "MOST_HELD", 10)
    monkeypatch.setattr(recorder_module, "MOST_WAITING", 5_000)
    told: list[str] = []
    with Recorder(StuckFile(str(tmp_path / "a.jsonl")), anything, told.append) as recorder:
        taking = asyncio.create_task(recorder.take([event(n) for n in range(3_000)]))
        await asyncio.sleep(0)
        recorder.added([event(n) for n in range(3_000)])
        assert not taking.done()
        recorder.added([event(n) for n in range(9_000)])
        assert "the disk is too slow; nothing was written to it" in told[0]
        StuckFile.go_on.set()
        await taking
    assert len(told) == 1
