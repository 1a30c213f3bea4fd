"""What `mqtail open` takes: recordings, also damaged ones, and what other tools wrote."""

from __future__ import annotations

import gzip
import json
import os
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.errors import TargetError
from mqtail.events import Level, order_key
from mqtail.recordings.records import elements
from mqtail.recordings.text_lines import time_of
from tests.recordings.support import (
    NOON,
    event,
    lines_of,
    messages,
    read,
    read_in_order,
    write,
)

GENERAL = "2026-11-20 12:00:0{},411 | {} | Transport failed | org.apache.activemq.Broker | main"
KAFKA = "[2026-11-20 12:00:0{},000] {} [Partition shop-1 broker=1] Shrinking ISR (kafka.Partition)"


# Recordings.


@pytest.mark.parametrize("ending", ["", ".gz"], ids=["plain", "gzip"])
def test_lines_that_are_no_events_are_told_and_left_out(tmp_path: Path, ending: str) -> None:
    """How many, and where the first is."""
    good = lines_of([event(1), event(2), event(3)]).splitlines(keepends=True)
    data = b"".join([good[0], b"{nonsense\n", good[1], b"\n", b'{"a": 1}\n', good[2]])
    found, notes = read(write(tmp_path / f"day.jsonl{ending}", data))
    assert messages(found) == ["event 1", "event 2", "event 3"]
    name = f"day.jsonl{ending}"
    assert notes == [f"{name}: 2 lines are no events and were left out, the first is line 2."]


def test_what_was_cut_off_in_a_line_is_told(tmp_path: Path) -> None:
    """As after kill -9, or while it is still being written."""
    data = lines_of([event(1), event(2)])[:-20]
    found, notes = read(write(tmp_path / "a.jsonl", data))
    assert messages(found) == ["event 1"]
    assert notes == ["a.jsonl ends in the middle: it was cut off there."]


@pytest.mark.parametrize("left", [1, 9, 200])
def test_a_compressed_recording_that_was_cut_off_shows_what_is_left(
    tmp_path: Path, left: int
) -> None:
    """Whole members, and what can be unpacked of the last one."""
    first = gzip.compress(lines_of([event(1)]))
    random = Random(0)
    second = gzip.compress(lines_of([event(n, random.randbytes(90).hex()) for n in range(2, 90)]))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(first + second[:-left])
    found, notes = read(path)
    assert messages(found)[0] == "event 1"
    assert len(found) > 1
    assert notes == ["a.jsonl.gz ends in the middle: it was cut off there."]


def test_a_damaged_recording_shows_what_can_be_read(tmp_path: Path) -> None:
    """And says that there is more."""
    first, second = (gzip.compress(lines_of([event(n)])) for n in (1, 2))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(first + second[:12] + b"\xff" * 40)
    found, notes = read(path)
    assert messages(found) == ["event 1"]
    (note,) = notes
    assert note.startswith("a.jsonl.gz is shown up to where it can be read: its compressed data")


def test_long_and_many_lines_across_all_boundaries(tmp_path: Path) -> None:
    """Lines longer than what is read at once, and shorter ones between them."""
    random = Random(1)
    events = [event(n, "x" * random.choice([1, 100, 700_000])) for n in range(40)]
    found, notes = read(write(tmp_path / "a.jsonl", lines_of(events)))
    assert messages(found) == messages(events)
    assert notes == []


def test_several_files_are_merged_and_nothing_shows_twice(tmp_path: Path) -> None:
    """Whatever the order within them, and however few events fit into memory."""
    events = [event(n) for n in range(500)]
    one, two = events[:300], events[200:]
    Random(2).shuffle(one)
    paths = [
        write(tmp_path / "one.jsonl", lines_of(one)),
        write(tmp_path / "two.jsonl.gz", lines_of(two)),
    ]
    for most in (50, 10_000):
        assert messages(read_in_order(*paths, most=most)) == messages(events)


def test_events_of_one_moment_stay_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    """Also when they go through temporary files."""
    events = [event(n, timestamp=NOON, ingested=NOON) for n in range(300)]
    path = write(tmp_path / "a.jsonl", lines_of(events))
    assert messages(read_in_order(path, most=70)) == messages(events)


def test_of_two_recordings_of_an_event_the_complete_one_shows(tmp_path: Path) -> None:
    """One may have ended in the middle of a stack trace."""
    cut = write(tmp_path / "a.jsonl", lines_of([event(1, "failed")]))
    whole = write(tmp_path / "b.jsonl", lines_of([event(1, "failed\n\tat A.b", joined=1)]))
    for paths in ((cut, whole), (whole, cut)):
        assert messages(read_in_order(*paths)) == ["failed\n\tat A.b"]


def test_events_without_an_id_are_all_shown(tmp_path: Path) -> None:
    """Equal lines of a text are two events."""
    path = write(tmp_path / "a.jsonl", lines_of([event(1, id=""), event(1, id="")]))
    assert len(read_in_order(path)) == 2


# What other tools wrote.


def cloudwatch(*texts: str, indent: int | None = 4) -> str:
    """What `aws logs filter-log-events` prints."""
    events = [
        {
            "logStreamName": "activemq-b-0a1b-2.log",
            "timestamp": NOON + number,
            "message": text,
            "ingestionTime": NOON + number + 700,
            "eventId": f"{number:056d}",
        }
        for number, text in enumerate(texts)
    ]
    return json.dumps({"searchedLogStreams": [], "events": events}, indent=indent)


@pytest.mark.parametrize("indent", [4, None], ids=["pretty", "one-line"])
@pytest.mark.parametrize("name", ["orders.json", "orders.json.gz"])
def test_what_the_aws_cli_prints(tmp_path: Path, name: str, indent: int | None) -> None:
    """Broker, kind and level are found in the text, the instance in the log stream's name."""
    text = cloudwatch(GENERAL.format(1, "WARN "), "and something else", indent=indent)
    found, notes = read(write(tmp_path / name, text))
    first = found[0]
    assert notes == []
    assert (first.timestamp, first.ingested, first.level) == (NOON, NOON + 700, Level.WARN)
    assert first.event_id == "0" * 56
    source = first.source
    assert (source.target, source.service, source.kind) == ("orders", "mq", "general")
    assert (source.instance, source.destination) == ("2", "file")
    assert source.log_stream == "activemq-b-0a1b-2.log"
    assert found[1].source is source


def test_an_array_of_events(tmp_path: Path) -> None:
    """As `--query events` prints it; entries that are no events are told."""
    events = [{"timestamp": NOON, "message": "one"}, {"message": "no time"}]
    found, notes = read(write(tmp_path / "a.json", json.dumps(events)))
    assert messages(found) == ["one"]
    assert notes == ["a.json: number 2 is no event and was left out."]


def test_a_document_that_is_cut_off(tmp_path: Path) -> None:
    """Shows what is whole."""
    found, notes = read(write(tmp_path / "a.json", cloudwatch("one", "two", "three")[:-150]))
    assert messages(found) == ["one", "two"]
    assert notes == ["a.json ends in the middle: it was cut off there."]


@pytest.mark.parametrize(
    "time",
    [
        NOON,
        "2026-11-20T12:00:00Z",
        "2026-11-20T13:00:00.000+01:00",
        "2026-11-20 12:00:00",
        f"{NOON}",
    ],
    ids=["ms", "zulu", "offset", "naive", "digits"],
)
def test_json_lines_of_another_program(tmp_path: Path, time: int | str) -> None:
    """Time and message are enough, whatever the other keys hold."""
    line = {"timestamp": time, "message": KAFKA.format(0, "ERROR"), "level": 40, "source": {"a": 1}}
    found, notes = read(write(tmp_path / "b1.jsonl", json.dumps(line)))
    assert notes == []
    (only,) = found
    assert (only.timestamp, only.level) == (NOON, Level.ERROR)
    assert (only.source.target, only.source.service, only.source.kind) == ("b1", "msk", "broker")


def test_bytes_that_are_no_utf8_and_halves_of_pairs_are_replaced(tmp_path: Path) -> None:
    """The event is shown nevertheless, and can be written again."""
    head = f'{{"timestamp": {NOON}, "message": "'.encode()
    data = head + b'caf\xe9"}\n' + head + b'\\ud83d"}\n'
    found, notes = read(write(tmp_path / "a.jsonl", data))
    assert (messages(found), notes) == (["caf\ufffd", "?"], [])
    assert lines_of(found)


def test_a_log_file_of_a_broker(tmp_path: Path) -> None:
    """Lines are joined to events, which have the time that is written in them."""
    trace = "java.io.IOException: closed\n\tat A.b(C.java:1)\n\n\tat D.e(F.java:2)"
    lines = ["begin of a trace", GENERAL.format(1, "ERROR"), trace, GENERAL.format(2, "INFO ")]
    found, notes = read(write(tmp_path / "activemq.log", "\r\n".join("\n".join(lines).split("\n"))))
    assert notes == []
    assert messages(found) == [lines[0], f"{lines[1]}\n{trace}", lines[3]]
    assert [e.timestamp - NOON for e in found] == [1_411, 1_411, 2_411]
    assert [e.level for e in found[1:]] == [Level.ERROR, Level.INFO]
    assert [(e.line, e.joined) for e in found] == [(1, 0), (2, 4), (7, 0)]
    assert found[1].source.target == "activemq"


def test_a_text_whose_format_is_not_known_has_times_at_the_beginning_of_lines(
    tmp_path: Path,
) -> None:
    """As `aws logs tail` prints them."""
    text = "2026-11-20T12:00:00.250000+00:00 stream one\nmore\n2026-11-20 12:00:01 two\n"
    found, _ = read(write(tmp_path / "a.txt", text))
    assert [e.timestamp - NOON for e in found] == [250, 1_000]
    assert messages(found)[0].endswith("stream one\nmore")


@pytest.mark.parametrize(
    "text", ["2026-13-45 99:00:00 x", "", "12:00:00 x", "no time", "1969-07-20 20:17:40 x"]
)
def test_what_is_no_time(text: str) -> None:
    """It is part of the event before it."""
    assert time_of(text) is None


def test_a_text_of_many_parts_is_in_order(tmp_path: Path) -> None:
    """Events across all boundaries of what is read at once are whole."""
    lines = [f"{KAFKA.format(n % 10, 'INFO ')}\n\tat {n:0500d}" for n in range(2_000)]
    found, _ = read(write(tmp_path / "server.log.gz", "\n".join(lines)))
    assert messages(found) == lines
    in_order = read_in_order(tmp_path / "server.log.gz", most=300)
    assert all(order_key(a) <= order_key(b) for a, b in pairwise(in_order))


# What cannot be opened.


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "a.x is empty"),
        (b"\n \n", "a.x is empty"),
        (b"\x7fELF\x00\x01", "it is no text"),
        (b"no time\nanywhere\n", "no line in it has a time"),
        (b'{"name": "x"}', "its JSON holds no log events"),
        (b'{"a": 1}\n{"b": 2}\n', "its JSON holds no log events"),
        (b'{"events": []}', "no events are in it"),
        (b"[]", "no events are in it"),
        (b"\x1f\x8bnonsense", "its compressed data is damaged"),
    ],
    ids=[
        "empty",
        "blank",
        "binary",
        "timeless",
        "other-json",
        "other-lines",
        "none",
        "array",
        "gz",
    ],
)
def test_another_kind_of_file_is_refused_in_a_sentence(
    tmp_path: Path, data: bytes, said: str
) -> None:
    """With the exit code of what cannot be read."""
    path = tmp_path / "a.x"
    path.write_bytes(data)
    with pytest.raises(TargetError) as refused:
        read(path)
    assert said in refused.value.message
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    "line",
    [
        b'{"timestamp": -5, "message": "x"}',
        b'{"timestamp": 90000000000000000, "message": "x"}',
        b'{"timestamp": "9999-12-31T23:59:59.999Z", "message": "x"}',
        b'{"timestamp": "2026-11-20T12:00:00.000Z"}',
        b'{"timestamp": 1, "message": "x", "a": ' + b"[" * 100_000,
        b"[" * 100_000,
        b'"text"',
    ],
    ids=["before-1970", "far-ahead", "last-day", "no-message", "deep", "deeper", "text"],
)
def test_a_line_that_cannot_be_shown_is_left_out(tmp_path: Path, line: bytes) -> None:
    """It is told, and nothing else suffers."""
    good = lines_of([event(1)])
    found, notes = read(write(tmp_path / "a.jsonl", good + line + b"\n" + good))
    assert messages(found) == ["event 1", "event 1"]
    assert notes == ["a.jsonl: line 2 is no event and was left out."]


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    """Also beside a good one."""
    good = write(tmp_path / "a.jsonl", lines_of([event(1)]))
    with pytest.raises(TargetError, match="There is no file"):
        read(good, tmp_path / "nope")
    with pytest.raises(TargetError, match="is a directory"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """The system's reason is given."""
    path = tmp_path / "a.jsonl"
    write(path, lines_of([event(1)]))
    path.chmod(0)
    with pytest.raises(TargetError, match="Permission denied"):
        read(path)


def test_a_text_without_times_behind_its_beginning_is_refused_at_its_end(tmp_path: Path) -> None:
    """What was looked at beforehand is only its beginning."""
    path = write(tmp_path / "a.txt", "no time\n" * 100_000)
    with pytest.raises(TargetError, match="no line in it has a time"):
        read(path)


def test_elements_of_an_array_may_hold_anything() -> None:
    """Brackets and commas in them mean nothing."""
    values = [1, "],[", {"a": [1, 2]}, None]
    assert list(elements(json.dumps(values, indent=1), 1)) == values


FRAGMENTS = st.sampled_from(
    [
        *(
            b"{",
            b"}",
            b"[",
            b"]",
            b'"',
            b",",
            b":",
            b"\n",
            b"\r\n",
            b" ",
            b"\0",
            b"\xff",
            b"\x1f\x8b",
        ),
        *(b'"events"', b'"timestamp"', b'"message"', b"1795176000000", b'"x"', b"null", b"-1"),
        *(b"1e999", b"9" * 30, b"\\ud800", b'"2026-11-20T12:00:00.0xxZ"', b'"0000-00-00"'),
        b'{"timestamp": 1, "message": "a"}',
        GENERAL.format(1, "WARN ").encode(),
        lines_of([event(1)]),
        gzip.compress(lines_of([event(1)])),
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=8), max_size=12))
def test_whatever_is_in_a_file_it_is_shown_or_refused(parts: list[bytes]) -> None:
    """Never with an error of Python's."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "a")
        path.write_bytes(b"".join(parts))
        try:
            found, _ = read(path)
        except TargetError:
            return
    assert found
    assert lines_of(found)
