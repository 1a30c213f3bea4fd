"""Lines and records of objects in all their shapes, and the events that are made of them."""

from __future__ import annotations

import json
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.signin import SignIn
from mqtail.clock import Clock
from mqtail.events import LogEvent
from mqtail.logs import BucketLog
from mqtail.settings import Pace
from mqtail.sources.joining import MAX_CHARS, MAX_LINES
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.records import Piece, piece_of, time_of
from mqtail.sources.objects.splitting import MAX_CHARS as MAX_LINE
from mqtail.sources.objects.splitting import Splitter
from mqtail.sources.reader import Orders, Surroundings
from mqtail.status import ReaderStatus

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
T = 1_795_255_200_123
"""2026-11-21T10:00:00.123Z."""
LOGGER = "(kafka.log.Log)"


def kafka(text: str, second: int = 0, level: str = "INFO") -> str:
    """A line of a broker."""
    return f"[2026-11-21 10:00:{second:02},123] {level} {text} {LOGGER}"


def split(data: bytes, cuts: list[int] | None = None) -> list[Piece]:
    """The pieces of data that comes cut at these places."""
    splitter = Splitter()
    pieces: list[Piece] = []
    for begin, end in pairwise(sorted({0, *(cuts or []), len(data)})):
        pieces += splitter.feed(data[begin:end])
    return pieces + splitter.finish()


def texts(pieces: list[Piece]) -> list[str]:
    """Their texts."""
    return [piece.text for piece in pieces]


def records(*values: dict[str, Any], between: str = "") -> bytes:
    """JSON objects, one after the other."""
    return between.join(json.dumps(value, ensure_ascii=False) for value in values).encode()


# Lines.


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r{[", codec="utf-8"), max_size=20)),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.lists(st.integers(0, 500)),
)
def test_lines_in_any_chunking(lines: list[str], end: str, ended: bool, cuts: list[int]) -> None:
    """Each line once, characters whole, numbers as an editor counts them."""
    lines = ["x", *lines, "y"]
    data = (end.join(lines) + (end if ended else "")).encode()
    pieces = split(data, [cut for cut in cuts if cut < len(data)])
    assert texts(pieces) == lines
    assert [piece.line for piece in pieces] == list(range(1, len(lines) + 1))


@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora")
@pytest.mark.parametrize("size", [1_000, 65_536])
def test_lines_of_real_logs(size: int) -> None:
    """Nothing in them is taken for two records or for JSON."""
    for path in sorted(CORPORA.glob("kafka/**/*.log")):
        data = path.read_bytes()
        expected = data.decode("utf-8", "replace").split("\n")
        if not expected[-1]:
            expected.pop()
        assert texts(split(data, list(range(0, len(data), size)))) == expected


def test_bytes_that_are_no_utf_8() -> None:
    """They are replaced, also where a chunk ends in the middle of a character."""
    data = "größe\n".encode() + b"\xff\xfe\n" + "€".encode()[:2]
    for cut in range(len(data)):
        assert texts(split(data, [cut])) == ["größe", "\ufffd\ufffd", "\ufffd"]


def test_nothing_at_all() -> None:
    """No line, no error."""
    assert split(b"") == []
    assert split(b"\n") == [Piece("", 1)]
    assert texts(split(b"{")) == ["{"]


@settings(deadline=None, max_examples=5)
@given(st.integers(1_000, 700_000))
def test_a_line_without_end_is_cut_and_nothing_is_lost(size: int) -> None:
    """Its parts have its number; the next line has the next."""
    long = "".join(f"{number:07}" for number in range(400_000))
    data = f"first\n{long}\nlast\n".encode()
    pieces = split(data, list(range(0, len(data), size)))
    assert pieces[0] == Piece("first", 1)
    assert pieces[-1] == Piece("last", 3)
    parts = pieces[1:-1]
    assert "".join(texts(parts)) == long
    assert {part.line for part in parts} == {2}
    assert all(len(part.text) <= MAX_LINE for part in parts)


LINES = [
    kafka("[Log partition=t-1] Rolled"),
    kafka("Quoted [2026-11-21 10:00:00,123] INFO in a message", 1),
    kafka("x\tat a.b.C(D.java:1)", 2, "ERROR"),
    kafka("KafkaConfig values: [2026-11-21 10:00:00,123] NOTICE", 3, "WARN"),
]


@settings(deadline=None)
@given(st.integers(1, 300))
def test_kafka_lines_without_delimiters(size: int) -> None:
    """Firehose puts records together as they come; a time in a message is no beginning."""
    data = "".join(LINES).encode()
    pieces = split(data, list(range(0, len(data), size)))
    assert texts(pieces) == LINES
    assert [piece.line for piece in pieces] == [1, 2, 3, 4]


def test_blanks_do_not_pile_up() -> None:
    """However many come before anything that tells what the object is."""
    splitter = Splitter()
    early = [piece for _ in range(100) for piece in splitter.feed(b" " * 65_536)]
    assert sum(len(piece.text) for piece in early + splitter.finish()) == 100 * 65_536
    assert len(early) >= 5


def test_megabytes_without_delimiters_do_not_pile_up() -> None:
    """Records come out while the rest is still on its way."""
    splitter = Splitter()
    line = kafka("x" * 200)
    data = (line * 10_000).encode()
    early = 0
    for at in range(0, len(data), 65_536):
        early += len(splitter.feed(data[at : at + 65_536]))
    assert early > 9_000
    assert early + len(splitter.finish()) == 10_000


# JSON.

MESSAGES = [kafka(f"number {number}", number) for number in range(5)]


@pytest.mark.parametrize("between", ["", "\n", "\r\n", " ", "\n\n", ",\n"])
@pytest.mark.parametrize("indent", [None, 2])
@settings(deadline=None, max_examples=30)
@given(size=st.integers(1, 200))
def test_records_in_any_chunking(between: str, indent: int | None, size: int) -> None:
    """Each to a line, or without a delimiter, or printed prettily, or as an array."""
    values = [{"message": text, "broker": 2, "x": '{"}[\\"'} for text in MESSAGES]
    text = between.join(json.dumps(value, indent=indent) for value in values)
    data = (f"[{text}]" if "," in between else text).encode()
    pieces = split(data, list(range(0, len(data), size)))
    assert texts(pieces) == MESSAGES
    assert [piece.line for piece in pieces] == [1, 2, 3, 4, 5]
    assert {piece.instance for piece in pieces} == {"2"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"message": "m"}, Piece("m", 1)),
        ({"@message": "m\n", "@timestamp": "2026-11-21T10:00:00.123Z"}, Piece("m", 1, None, T)),
        ({"log": "m", "timestamp": T, "brokerId": 3.0}, Piece("m", 1, "3", T)),
        ({"msg": "m", "time": T / 1000, "broker_id": "b-12"}, Piece("m", 1, "12", T)),
        ({"message": "m", "timestamp": str(T), "instance": "Broker-7"}, Piece("m", 1, "7", T)),
        ({"message": "m", "broker": "b-3.clicks.a1.kafka.amazonaws.com"}, Piece("m", 1, "3")),
        ({"message": "m", "broker": "controller"}, Piece("m", 1, "controller")),
        ({"message": "m", "logStream": "clicks-Broker-4"}, Piece("m", 1, "4")),
        ({"message": "m", "log_stream": "x", "stream": "broker-5.log"}, Piece("m", 1, "5")),
        ({"event": {"message": "m", "time": T}, "broker": 1}, Piece("m", 1, "1", T)),
        ({"event": {"log": {"msg": "m", "broker": 9}}, "timestamp": T}, Piece("m", 1, "9", T)),
        ({"message": "m", "broker": True, "timestamp": False}, Piece("m", 1)),
        ({"message": "m", "timestamp": "2026-11-21 10:00:00,123"}, Piece("m", 1, None, T)),
        ({"message": "m", "timestamp": "yesterday", "time": T}, Piece("m", 1, None, T)),
        ({"message": "m", "timestamp": -5}, Piece("m", 1)),
    ],
)
def test_what_a_record_says_of_itself(record: dict[str, Any], expected: Piece) -> None:
    """Message, broker and time under the names that are usual."""
    assert split(records(record)) == [expected]


@pytest.mark.parametrize(
    "record", [{"a": 1}, {}, {"message": 5}, {"event": {"event": {"event": {"message": "deep"}}}}]
)
def test_a_record_without_a_message_is_its_own_text(record: dict[str, Any]) -> None:
    """It is shown as it was received."""
    text = json.dumps(record)
    assert texts(split(f" {text} \n".encode())) == [text]
    assert piece_of(record, text, 1).text == text


def test_numbers_are_times_by_their_size() -> None:
    """Seconds, milliseconds, micro- and nanoseconds, with and without a fraction."""
    times: tuple[object, ...] = (T, T / 1000, T * 1000, T * 1_000_000, str(T), "1795255200.123")
    assert [time_of(value) for value in times] == [T] * len(times)
    none: tuple[object, ...] = (0, -1, 10**30, float("nan"), float("inf"), None, [], "x", True)
    assert not any(time_of(value) for value in (*none, "9" * 40))


def test_an_envelope_of_cloudwatch_logs_is_opened() -> None:
    """Its events have ids, times and their log stream's broker."""
    envelope = {
        "messageType": "DATA_MESSAGE",
        "logStream": "clicks-Broker-2",
        "logEvents": [
            {"id": "a", "timestamp": T, "message": "one"},
            {"id": "b", "timestamp": T + 1, "message": "two\n"},
        ],
    }
    control = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "message": "health"}]}
    assert split(records(control, envelope)) == [
        Piece("one", 2, "2", T, "a"),
        Piece("two", 2, "2", T + 1, "b"),
    ]


RECORD = (
    '{"eventVersion": "1.08",  "eventTime":"2026-11-21T10:00:00Z", "eventID": "%s",'
    ' "eventSource":"kafka.amazonaws.com", "eventName": "RebootBroker", "x": {"message": "no"}}'
)


@settings(deadline=None)
@given(st.integers(1, 400))
def test_records_of_cloudtrail_come_with_their_exact_text(size: int) -> None:
    """A file of them holds one object; none of its text is changed."""
    one, two = RECORD % "a", RECORD % "b"
    data = f'{{"Records": [{one},{two}]}}\n'.encode()
    pieces = split(data, list(range(0, len(data), size)))
    assert pieces == [
        Piece(one, 1, None, T - 123, "a"),
        Piece(two, 2, None, T - 123, "b"),
    ]
    assert split(b'{"Records":[]}') == []


def test_what_is_no_json_among_records_is_kept_as_text() -> None:
    """A broken record costs nothing but itself."""
    good = json.dumps({"message": "good"})
    lines = [good, '{"message": "bro', good, "plain", '{"a": nul}', '{"x": 1,}', "{}}", good]
    found = texts(split("\n".join(lines).encode()))
    assert found == ["good", *lines[1:2], "good", *lines[3:6], "{}", "}", "good"]


def test_a_record_that_is_cut_off_is_kept_as_text() -> None:
    """At the end of a damaged object."""
    assert texts(split(b'{"message": "a"}\n{"message": "b')) == ["a", '{"message": "b']


@pytest.mark.parametrize("hostile", ["[" * 100_000, "9" * 100_000, '"' + "x" * 5_000_000])
def test_hostile_json(hostile: str) -> None:
    """Depth, digits and length have bounds, and all of the text comes."""
    data = f'{{"a": {hostile}'
    assert "".join(texts(split(data.encode(), list(range(0, len(data), 65_536))))) == data


@settings(deadline=None)
@given(st.text(max_size=200), st.lists(st.integers(0, 300)))
def test_any_text_is_split(text: str, cuts: list[int]) -> None:
    """Without an error."""
    data = text.encode("utf-8", "replace")
    split(data, [cut for cut in cuts if cut < len(data)])


# Events.


def assembled(
    pieces: list[Piece], *, instance: str | None = "1", skip: int = 0, wanted: tuple[str, ...] = ()
) -> list[LogEvent]:
    """The events of an object."""
    log = BucketLog("b", "p", "arn", "clicks", "broker", "kafka")
    sign_in = SignIn("us-east-1")
    around = Surroundings(
        clients=Clients(sign_in),
        budget=Budget(1),
        clock=Clock(),
        pace=Pace(),
        orders=Orders(),
        source_numbers=count(),
        started=T,
        since=0,
        instances=wanted,
    )
    status = ReaderStatus("clicks", "msk", "broker", log.place, "s3")
    brokers = Brokers(log, "b", around=around, status=status, source_of=None)
    found = DeliveredObject("k", "e", 1, T + 60_000, T + 30_000)
    assembler = Assembler(found, brokers, instance=instance, format="kafka", skip=skip)
    events = assembler.take(pieces)
    return events + assembler.finish()


def lines(*texts: str) -> list[Piece]:
    """Lines of an object."""
    return [Piece(text, number) for number, text in enumerate(texts, 1)]


def test_lines_become_events() -> None:
    """With time, delivery, place in the object, and the lines that follow."""
    head, trace = kafka("Broken", 1, "ERROR"), ["java.io.IOException: x", "\tat a.b.C(D.java:1)"]
    one, two = assembled(lines(head, *trace, "", kafka("next", 2)))
    assert one.message == "\n".join([head, *trace, ""])
    assert (one.timestamp, one.ingested, one.key, one.line) == (T + 1_000, T + 60_000, "k", 1)
    assert (two.timestamp, two.line) == (T + 2_000, 5)
    source = one.source
    assert (source.target, source.instance, source.bucket, source.destination) == (
        "clicks",
        "1",
        "b",
        "s3",
    )


def test_lines_before_the_first_event_have_its_time() -> None:
    """They belong to an event of the object before; blank ones mean nothing alone."""
    events = assembled(lines("\tat a.b.C(D.java:1)", "", "\tat a.b.E(F.java:2)", kafka("x", 5)))
    assert [event.timestamp for event in events] == [T + 5_000] * 3
    assert [event.line for event in events] == [1, 3, 4]


def test_lines_of_no_format_are_events_of_their_own() -> None:
    """At the time of the delivery, where nothing else is known."""
    events = assembled(lines(*(f"audit {number}" for number in range(2_500))))
    assert [event.message for event in events] == [f"audit {number}" for number in range(2_500)]
    assert {event.timestamp for event in events} == {T + 30_000}


def test_an_impossible_time_is_that_of_the_event_before() -> None:
    """Or of the delivery, but never 1970."""
    odd = kafka("odd").replace("11-21", "13-41")
    assert [event.timestamp for event in assembled(lines(odd))] == [T + 30_000]
    events = assembled(lines(kafka("x", 7), odd))
    assert [event.timestamp for event in events] == [T + 7_000] * 2


def test_the_records_time_and_broker_come_first() -> None:
    """A record says of itself what its text says, too."""
    (event,) = assembled([Piece(kafka("x"), 1, "3", T + 99)])
    assert (event.timestamp, event.source.instance) == (T + 99, "3")


def test_brokers_whose_records_are_mixed() -> None:
    """Each continuation goes to its own broker's event."""
    pieces = [
        Piece(kafka("a", 1), 1, "1"),
        Piece(kafka("b", 2), 2, "2"),
        Piece("\tat a", 3, "1"),
        Piece("\tat b", 4, "2"),
        Piece(kafka("c", 40), 5, "2"),
        Piece("\tat nobody", 6, "1", T + 40_000),
    ]
    events = sorted(assembled(pieces, instance=None), key=lambda event: event.line)
    assert [event.message.split("\n", 1)[1:] for event in events] == [
        ["\tat a"],
        ["\tat b"],
        [],
        [],
    ]


def test_only_brokers_that_were_asked_for() -> None:
    """A pattern, as for instances elsewhere."""
    pieces = [Piece(kafka(name), 1, name) for name in ("1", "2", "12")]
    events = assembled(pieces, instance=None, wanted=("1*",))
    assert [event.source.instance for event in events] == ["1", "12"]


def test_an_event_has_bounds_and_nothing_is_lost() -> None:
    """Beyond them another event begins."""
    many = lines(kafka("many"), *(f"\tat {number}" for number in range(2 * MAX_LINES)))
    events = assembled(many)
    assert "\n".join(event.message for event in events) == "\n".join(p.text for p in many)
    assert max(event.message.count("\n") for event in events) < MAX_LINES
    large = lines(kafka("large"), *("x" * 400_000 for _ in range(9)))
    events = assembled(large)
    assert "\n".join(event.message for event in events) == "\n".join(p.text for p in large)
    assert max(len(event.message) for event in events) <= MAX_CHARS


def test_lines_that_were_read_before_are_skipped() -> None:
    """But for records that have an id, which tells by itself."""
    pieces = lines(kafka("a", 1), "\tat a", kafka("b", 2), kafka("c", 3))
    assert [event.line for event in assembled(pieces, skip=3)] == [4]
    identified = [piece._replace(id=f"{piece.line}") for piece in pieces]
    assert [event.event_id for event in assembled(identified, skip=3)] == ["1", "3", "4"]
