"""`--debug`: what it writes, where, and that it writes no more than it may."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqtail import debug_log, reader_log
from mqtail.clock import Clock
from mqtail.debug_log import DebugLog
from mqtail.demo.faults import ServerError
from mqtail.demo.thread import EmbeddedAwsThread
from mqtail.files import Unusable
from mqtail.status import Interruption, ReaderStatus, State
from tests.cli.support import Mqtail
from tests.cli.test_live import GROUP, put
from tests.recordings.support import event, lines_of, write
from tests.recordings.test_recording import largest_file

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|WARNING|ERROR) (mqtail|tui)\.\S+: "
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the debug log is by default."""
    return tmp_path / "state" / "mqtail" / "log" / "debug.log"


@pytest.fixture
def wide_open() -> Iterator[None]:
    """Whatever the user lets others do with new files."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_it_has_what_explains_a_run_and_no_events(
    mqtail: Mqtail, server: EmbeddedAwsThread, log: Path, wide_open: None
) -> None:
    """Versions, options, calls with their outcome, and what became of the readers."""
    put(server, "a message of somebody's", ago_ms=5_000)
    server.run(lambda: server.aws.faults.add(ServerError(), operation="FilterLogEvents", times=1))
    result = mqtail(GROUP, "-o", "json", "--no-follow", "-s", "1h", "--debug")
    assert result.messages == ["a message of somebody's"]
    assert result.err.splitlines() == [
        f"mqtail: What mqtail did was written to {log}.",
        "        It names your resources; it has no credentials and no log events.",
    ]
    text = log.read_text()
    assert text.startswith("mqtail debug log\nmqtail ")
    head, *lines = text[text.index("set as well") :].splitlines()
    assert "AWS_SECRET_ACCESS_KEY" in head
    assert all(map(LINE.match, lines))
    for part in ("'since': '1h'", "botocore 1.", "FilterLogEvents", f"logGroupName={GROUP}"):
        assert part in text
    assert re.search(r"FilterLogEvents .*: 503 in \d+ ms, ServiceUnavailableException: ", text)
    assert re.search(r"FilterLogEvents .*: 200 in \d+ ms, 1 events, request ", text)
    assert re.search(rf"{GROUP} \(orders\): ended, 1 events in 1 streams, .* 1 repeated", text)
    assert "Ended as asked" in lines[-1]
    assert "somebody's" not in text
    for path in (log, *list(log.parents)[:3]):
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if path is log else 0o700)


def test_every_command_has_it(mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path) -> None:
    """A file that is named will do alone; an earlier log in it is replaced."""
    path = tmp_path / "mine.log"
    recording = write(tmp_path / "a.jsonl", lines_of([event(1)]))
    commands = {
        "ListBrokers": ("ls",),
        "'files': ": ("open", recording, "-o", "raw"),
        "Ended with code 3": ("order-mq", "-o", "raw"),
        "Ended with code 2": ("orders-mq", "-f", "(("),
    }
    for part, command in commands.items():
        result = mqtail(*command, "--debug-file", str(path))
        assert f"What mqtail did was written to {path}." in result.err
        assert part in path.read_text()
        assert path.read_text().count("mqtail debug log") == 1


def test_a_crash_is_in_it_with_its_traceback(
    mqtail: Mqtail, story: EmbeddedAwsThread, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines are indented, and nothing in them is a control character."""

    def fail(_: object) -> None:
        raise ZeroDivisionError("by \x1b[2Jnothing")

    monkeypatch.setattr("mqtail.aws.signin.sign_in", fail)
    assert mqtail("orders-mq", "-o", "json", "--debug").code == 5
    assert "\n    ZeroDivisionError: by ␛[2Jnothing\n" in log.read_text()


def test_without_it_nothing_is_written(
    mqtail: Mqtail, server: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """Nor told."""
    put(server, "hello", ago_ms=5_000)
    result = mqtail(GROUP, "-o", "json", "--no-follow")
    assert (result.code, result.err) == (0, "")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.txt", "it holds something else than a debug log"),
        ("folder", "it is a directory"),
        ("notes.txt/x", "Not a directory"),
        ("used.log", "another mqtail is writing to it"),
    ],
    ids=["other-file", "directory", "in-a-file", "in-use"],
)
def test_files_that_it_cannot_be(
    mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path, name: str, said: str
) -> None:
    """Wrong usage; nothing is asked of AWS, and nothing is changed."""
    (tmp_path / "notes.txt").write_text("important\n")
    (tmp_path / "folder").mkdir()
    used = DebugLog(tmp_path / "used.log", "")
    mqtail("ls", "--debug-file", str(tmp_path / name)).failed(2, "--debug", said)
    used.close()
    assert len(story.aws.calls) == 0
    assert (tmp_path / "notes.txt").read_text() == "important\n"


# The file.


def record(number: int) -> logging.LogRecord:
    """A record with a number."""
    return logging.LogRecord("mqtail.x", logging.DEBUG, "", 0, "number %d", (number,), None)


def test_the_newest_lines_stay_when_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide_open: None
) -> None:
    """And the first, which have the versions; it stays private, and nobody else writes it."""
    monkeypatch.setattr(debug_log, "LIMIT", 4_000)
    path = tmp_path / "folder" / "debug.log"
    path.parent.mkdir()
    log = DebugLog(path, "versions")
    for number in range(500):
        log.emit(record(number))
        assert path.stat().st_size <= 4_000
    with pytest.raises(Unusable, match="another mqtail"):
        DebugLog(path, "")
    log.close()
    first, versions, gap, *lines = path.read_text().splitlines()
    assert (first, versions, gap) == ("mqtail debug log", "versions", "[older lines gave way]")
    assert all(map(LINE.match, lines))
    assert [int(line.split()[-1]) for line in lines] == list(range(500 - len(lines), 500))
    assert len(lines) > 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["debug.log"]


def test_a_full_disk_ends_the_log_and_nothing_else(
    mqtail: Mqtail, server: EmbeddedAwsThread, log: Path
) -> None:
    """What there is stays, and the user is told why it is not all."""
    put(server, "hello", ago_ms=5_000)
    with largest_file(1_500):
        result = mqtail(GROUP, "-o", "raw", "--no-follow", "--debug")
    assert (result.code, result.lines) == (0, ["hello"])
    assert f"What mqtail did is only partly in {log}: File too large." in result.err
    assert log.stat().st_size <= 1_500


# The readers.


async def test_changes_of_readers_and_stalls(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change once; that the loop stood still, for how long."""
    caplog.set_level(logging.DEBUG, "mqtail")
    monkeypatch.setattr(reader_log, "GLANCE_S", 0)
    monkeypatch.setattr(reader_log, "STALL_S", -1)
    monkeypatch.setattr(reader_log, "COUNTS_S", 0)
    status = ReaderStatus("orders-mq", "mq", "general", "/x")
    notes: list[str] = []

    def said(part: str) -> int:
        return sum(part in message for message in caplog.messages)

    async def until(part: str) -> None:
        async with asyncio.timeout(20):
            while not said(part):  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0)

    async with reader_log.readers_logged([status], notes, Clock()):
        await until("/x (general): starting")
        status.state, status.reason = State.FAILING, "No way."
        await until("/x (general): failing No way.")
        gap = Interruption(1_000, 0, "No way.")
        status.interrupted(gap)
        await until("begin=1000, end=0")
        status.interrupted(Interruption(1_000, 2_000, "No way."), instead_of=gap)
        await until("begin=1000, end=2000")
        notes.append("Look there.")
        await until("Noted: Look there.")
        await until("The event loop stood still for")
        await until("0 events in 0 streams")
    assert said("/x (general): failing No way.") == said("Noted: ") == said("end=2000") == 1


async def test_nothing_is_watched_without_it() -> None:
    """It costs nothing then."""
    before = asyncio.all_tasks()
    async with reader_log.readers_logged([], [], Clock()):
        assert asyncio.all_tasks() == before
