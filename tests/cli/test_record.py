"""`--record` and `mqtail open`, as one uses them in a shell."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail, Running
from tests.cli.test_live import GROUP, put, wait_for_calls
from tests.recordings.support import event, lines_of, read, write


def stored(path: Path) -> list[str]:
    """The messages in a recording; it can be read without a word."""
    events, notes = read(path)
    assert notes == []
    return [event.message for event in events]


# Recording.


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz"])
def test_what_is_recorded_opens_as_what_was_shown(
    mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path, name: str
) -> None:
    """The same lines, in the same order, whatever lines were written meanwhile."""
    path = tmp_path / name
    shown = mqtail("-o", "json", "--no-follow", "-s", "2h", "--record", str(path))
    assert (shown.code, shown.err.count("record")) == (0, 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = mqtail("open", str(path), "-o", "json")
    assert (opened.code, opened.err) == (0, "")
    assert opened.out == shown.out
    assert len(opened.events) > 500


def test_only_what_the_command_line_asks_for_is_recorded(
    mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """Whatever the form of the lines that are printed."""
    path = tmp_path / "a.jsonl"
    options = ("-i", "2", "-k", "general", "-l", "warn", "-f", "failover or transport")
    arguments = ("orders-mq", "--no-follow", "-s", "2h", *options)
    shown = mqtail(*arguments, "-o", "raw", "--record", str(path))
    assert shown.code == 0
    messages = stored(path)
    assert messages
    assert "".join(f"{message}\n" for message in messages) == shown.out.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_recording_is_complete_when_the_tail_is_ended(
    server: EmbeddedAwsThread, config: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """With what was still waiting for older events."""
    config.write_text(config.read_text().replace("reorder_ms = 100", "reorder_ms = 60000"))
    path = tmp_path / "a.jsonl.gz"
    put(server, "history", ago_ms=5_000)
    with Running(GROUP, "-o", "raw", "--record", str(path)) as tail:
        assert tail.line() == "history\n"
        put(server, "live")
        asked = len(server.aws.calls_of("FilterLogEvents"))
        wait_for_calls(server, asked + 3)
        tail.signal(number)
        ended = tail.end()
    assert (ended.code, ended.err) == (0, "")
    assert stored(path) == ["history", "live"]


def test_after_a_kill_what_was_written_can_be_opened(
    server: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """Events are on the disk about as soon as they are shown."""
    path = tmp_path / "a.jsonl.gz"
    put(server, "one", "two", ago_ms=5_000)
    with Running(GROUP, "-o", "raw", "--record", str(path)) as tail:
        tail.until("two")
        wait_for_size(path, server)
        tail.signal(signal.SIGKILL)
        tail.process.wait(PATIENCE_S)
    assert stored(path) == ["one", "two"]


def wait_for_size(path: Path, server: EmbeddedAwsThread) -> None:
    """Wait until something is in a file."""
    asked = len(server.aws.calls_of("FilterLogEvents"))
    for more in range(200):
        if path.exists() and path.stat().st_size:
            return
        wait_for_calls(server, asked + more)
    pytest.fail("Nothing was written.")


def test_a_second_run_goes_on_with_the_recording(
    mqtail: Mqtail, server: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """What both have read shows once."""
    path = str(tmp_path / "a.jsonl.gz")
    for text in ("one", "two"):
        put(server, text, ago_ms=5_000)
        assert mqtail(GROUP, "-o", "raw", "--no-follow", "--record", path).code == 0
    assert stored(Path(path)) == ["one", "one", "two"]
    assert mqtail("open", path, "-o", "raw").lines == ["one", "two"]


def test_a_full_disk_ends_the_recording_but_not_the_tail(
    story: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """It is told on stderr; what is there can be opened."""
    path = tmp_path / "a.jsonl"
    command = [sys.executable, "-m", "mqtail", "-o", "raw", "--no-follow", "-s", "2h"]
    limited = f"ulimit -f 800; exec {shlex.join([*command, '--record', str(path)])} | cat"
    done = subprocess.run(
        ["bash", "-c", limited], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0
    (told,) = [line for line in done.stderr.decode().splitlines() if "recording" in line]
    assert told.startswith(f"mqtail: The recording {path} ended: File too large; it has ")
    assert 0 < len(stored(path)) < 2_000 < done.stdout.count(b"\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/a.jsonl", "there is no directory"),
        ("", "it is a directory"),
        ("notes.txt", "something else than a recording"),
    ],
    ids=["no-directory", "directory", "other-file"],
)
def test_a_file_that_cannot_be_recorded_to_is_told_before_the_start(
    mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path, name: str, said: str
) -> None:
    """Wrong usage; nothing is asked of AWS, and nothing is changed."""
    (tmp_path / "notes.txt").write_text("important\n")
    result = mqtail("orders-mq", "-o", "raw", "--record", f"{tmp_path}/{name}")
    result.failed(2, "--record", said)
    assert story.aws.calls_of("ListBrokers") == []
    assert (tmp_path / "notes.txt").read_text() == "important\n"


def test_a_tail_that_fails_leaves_no_empty_recording(
    mqtail: Mqtail, story: EmbeddedAwsThread, tmp_path: Path
) -> None:
    """There is no such broker."""
    path = tmp_path / "a.jsonl"
    assert mqtail("order-mq", "-o", "raw", "--record", str(path)).code == 3
    assert not path.exists()


# Opening.


def test_lines_of_several_files_in_time_order(mqtail: Mqtail, tmp_path: Path) -> None:
    """Read with options as those of tail."""
    one = write(tmp_path / "one.jsonl.gz", lines_of([event(n) for n in (5, 1, 3)]))
    two = write(tmp_path / "two.jsonl", lines_of([event(n) for n in (2, 4, 3)]))
    assert mqtail("open", one, two, "-o", "raw").lines == [f"event {n}" for n in (1, 2, 3, 4, 5)]
    assert mqtail("open", one, two, "-o", "raw", "-n", "2").lines == ["event 4", "event 5"]
    cut = ("-s", "2026-11-20T12:00:00.002Z", "-u", "2026-11-20T12:00:00.004Z")
    assert mqtail("open", one, two, "-o", "raw", *cut).lines == ["event 2", "event 3"]
    assert mqtail("open", one, two, "-o", "raw", "-f", "not /[124]/").lines == [
        "event 3",
        "event 5",
    ]
    assert mqtail("open", one, "-o", "raw", "-i", "2").lines == []
    text = mqtail("open", one, "-o", "text", "--timezone", "utc", "--color", "never").lines
    assert text[1] == "12:00:00.001 1 gen  INFO  event 1"


def test_options_of_tail_in_the_environment_do_not_hide_recorded_events(
    mqtail: Mqtail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    """They say which logs to read; how lines look they say for recordings, too."""
    config.write_text('[tail]\nsince = "1h"\nfilter = "nothing"\ntimezone = "Asia/Tokyo"\n')
    monkeypatch.setenv("MQTAIL_LEVEL", "error")
    path = write(tmp_path / "a.jsonl", lines_of([event(1)]))
    (line,) = mqtail("open", path, "-o", "text").lines[-1:]
    assert line == "21:00:00.001 1 gen  INFO  event 1"


def test_trouble_of_a_file_is_told_on_stderr(mqtail: Mqtail, tmp_path: Path) -> None:
    """Its events come nevertheless."""
    path = write(tmp_path / "a.jsonl", lines_of([event(1)]) + b"{bad\n" + lines_of([event(2)])[:-5])
    result = mqtail("open", path, "-o", "json")
    assert [found["message"] for found in result.events] == ["event 1"]
    assert result.err.splitlines() == [
        "mqtail: a.jsonl ends in the middle: it was cut off there.",
        "mqtail: a.jsonl: line 2 is no event and was left out.",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "Missing argument"),
        (("no-such-file",), 3, "There is no file no-such-file"),
        ((".",), 3, ". is a directory"),
        (("-o", "tui", "x"), 2, "The UI needs a terminal"),
        (("x", "-f", "(("), 2, "--filter, column"),
    ],
    ids=["none", "missing", "directory", "ui", "filter"],
)
def test_what_cannot_be_opened_is_told(
    mqtail: Mqtail, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """In a sentence, with the documented code."""
    result = mqtail("open", *arguments)
    assert result.code == code
    assert result.err.startswith("mqtail: ")
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_file_of_another_kind_is_refused(mqtail: Mqtail, tmp_path: Path) -> None:
    """With what can be opened."""
    result = mqtail("open", write(tmp_path / "a.txt", "no time\n"), "-o", "raw")
    result.failed(3, "a.txt cannot be opened", "filter-log-events")


def test_stdin_and_a_pipe_that_closes(tmp_path: Path) -> None:
    """As in `zcat *.gz | mqtail open - -o json | head -1`."""
    data = lines_of([event(n, "x" * 200) for n in range(3_000)])
    command = [sys.executable, "-m", "mqtail", "open", "-", "-o", "json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(data)
        process.stdin.close()
        assert json.loads(process.stdout.readline())["event_id"] == "id-0"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told_when_lines_are_written(tmp_path: Path) -> None:
    """As for tail."""
    path = write(tmp_path / "a.jsonl", lines_of([event(1)]))
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mqtail", "open", path],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 5
    assert b"The events cannot be written to stdout: No space left on device." in done.stderr
