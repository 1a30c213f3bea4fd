"""Everything that could grow for ever is bounded: by a number, and by bytes of text."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.clock import Clock
from mqtail.events import LogEvent, Source, total_size
from mqtail.logs import LogGroup
from mqtail.merging import Merger
from mqtail.notes import MOST_NOTES, NO_MORE, Notes, noting_buffer
from mqtail.recordings import ordered
from mqtail.recordings.appending import RecordingFile
from mqtail.recordings.recorder import Recorder
from mqtail.settings import Pace, Settings
from mqtail.sources.backwards import Backwards
from mqtail.sources.cloudwatch.streams import MOST_STREAMS, Streams
from mqtail.sources.joining import Heads, Joiner, settled, split_leading
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.outcomes import Outcomes
from mqtail.sources.objects.transfer import RANGE, Transfer
from mqtail.sources.reader import Batch, Emit, Reader, Surroundings
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus, StreamStatus
from mqtail.store import LEAST_TEXT, Store, text_limit

SOURCE = Source(0, "orders-mq", "mq", "general", "1", format="activemq-general")
HEAD = "2026-11-20 23:24:54,411 | INFO  | started | a.b.C | main"


def event(number: int, message: str = "x", source: Source = SOURCE) -> LogEvent:
    """An event, `number` ms after the epoch."""
    return LogEvent(number, number, source, number, message, id=f"id-{number}")


# The buffer.

TEXTS = st.builds(
    lambda letter, length: letter * length, st.sampled_from("xé☃😀"), st.integers(0, 60)
)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"), st.lists(st.tuples(st.integers(0, 50), TEXTS), min_size=1, max_size=9)
        ),
        st.tuples(st.just("grow"), st.lists(st.tuples(st.integers(0, 99), TEXTS), max_size=5)),
        st.tuples(st.just("keep"), st.integers(0, 30)),
    ),
    max_size=15,
)


@given(STEPS, st.integers(10, 60), st.integers(0, 600))
def test_the_buffer_is_bounded_by_text_whatever_comes(
    steps: list[tuple[str, Any]], capacity: int, most_bytes: int
) -> None:
    """It knows the size of its text, keeps the newest, and no more than it may."""
    store, everything = Store(capacity, most_bytes), list[LogEvent]()
    view = store.view(lambda event: True)
    for step, value in steps:
        if step == "add":
            batch = [
                LogEvent(time, time, SOURCE, len(everything) + n, text)
                for n, (time, text) in enumerate(value)
            ]
            everything += batch
            store.add(batch)
            assert len(store) <= capacity
            assert len(store) == 1 or store.text_bytes <= most_bytes + most_bytes // 50
        elif step == "grow" and everything:
            # Also such as were dropped before.
            grown = [everything[at % len(everything)] for at, _ in value]
            for one, (_, text) in zip(grown, value, strict=True):
                one.message += text
            store.grown(grown)
        elif step == "keep":
            store.keep_newest(value)
        assert store.text_bytes == total_size(store)
        assert list(view) == list(store)
    assert store.total == len(everything) == len(store) + store.dropped


def test_a_text_that_is_longer_than_all_is_kept_for_itself() -> None:
    """The newest event is shown in any case, and the next one takes its place."""
    store = Store(100, 1_000)
    store.add([event(1), event(2, "x" * 5_000)])
    assert [one.timestamp for one in store] == [2]
    store.add([event(3)])
    assert [one.timestamp for one in store] == [3]
    assert store.dropped == 2


def test_how_much_text_a_buffer_holds() -> None:
    """2,500 bytes for each event; small ones hold 256 MB, too."""
    assert text_limit(200_000) == 500_000_000
    assert text_limit(100) == LEAST_TEXT == 256_000_000


@pytest.mark.parametrize(
    ("size", "held"),
    [(1, "100 events"), (100_000_000, "256 MB of text")],
    ids=["events", "text"],
)
def test_a_full_buffer_says_so_once(size: int, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the moment before which nothing is left, and what to do about it."""
    notes = Notes()
    store = noting_buffer(Settings(buffer=100), notes, Clock(lambda: 86_400_000))
    monkeypatch.setattr("mqtail.store.size_of", lambda _: size)
    for number in range(110):
        store.add([event(number * 1_000)])
    (note,) = notes
    assert note.startswith(f"The buffer is full: it holds the newest {held}, and events before")
    assert note.endswith("were dropped. --buffer sets how much it holds.")


# Notices.


def test_notices_are_kept_once_and_not_without_end() -> None:
    """The last one says that there were more."""
    notes = Notes()
    notes += ["moved", "moved back"]
    notes.append("moved")
    assert notes == ["moved", "moved back"]
    notes += [f"note {n}" for n in range(2 * MOST_NOTES)]
    assert len(notes) == MOST_NOTES
    assert notes[-1] == NO_MORE


# Events on their way.


class Gusher:
    """A reader that gives big events as fast as they are taken."""

    def __init__(self, batches: int, size: int) -> None:
        self.status = ReaderStatus("t", "logs", "x", "/x")
        self.log = SimpleNamespace(identifier="/x")
        self.held: list[LogEvent] = []
        self.given = 0
        self._batches, self._size = batches, size

    async def history_forwards(self, end: int | None) -> AsyncGenerator[list[LogEvent], None]:
        """Nothing."""
        yield []

    async def follow(self, emit: Emit) -> None:
        """All batches, of one event each."""
        for number in range(self._batches):
            self.given += 1
            await emit(Batch([event(number, "x" * self._size)], []))


async def test_readers_are_held_up_by_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for its turn is bounded by bytes; all of it is shown."""
    monkeypatch.setattr("mqtail.merging.MOST_WAITING_BYTES", 10_000)
    gusher, shown, ahead = Gusher(60, 1_000), list[int](), list[int]()
    done = asyncio.Event()

    async def show(events: list[LogEvent]) -> None:
        ahead.append(gusher.given - len(shown))
        shown.extend(event.timestamp for event in events)
        if len(shown) == 60:
            done.set()

    merger = Merger(show, wanted=lambda _: True, pace=Pace(reorder_ms=5), clock=Clock())
    reader = cast(Reader, gusher)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(merger.run(follow=True))
        tasks.create_task(merger.read(reader, end=None, follow=True))
        await done.wait()
        running.cancel()
    assert shown == list(range(60))
    assert max(ahead) <= 10


async def test_what_is_held_for_a_recording_is_bounded_by_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first are written sooner; text that was joined counts."""
    monkeypatch.setattr("mqtail.recordings.recorder.MOST_HELD_BYTES", 10_000)
    store = Store(1_000)
    events = [event(n, f"{n:1000}") for n in range(12)]
    with Recorder(RecordingFile(str(tmp_path / "a.jsonl")), lambda _: True, print) as recorder:
        recorder.follow(store, [])
        store.add(events[:9])
        assert not any(event.closed for event in events)
        events[8].message += "x" * 1_500
        store.grown([events[8]])
        store.add(events[9:10])
        assert [event.closed for event in events[:3]] == [True, True, False]
        store.add(events[10:])
        assert [event.closed for event in events[:5]] == [True] * 4 + [False]
    assert recorder.events == 12


def test_a_recording_ends_when_too_much_text_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few events that are; it says so."""
    monkeypatch.setattr("mqtail.recordings.recorder.MOST_WAITING_BYTES", 10_000)
    stuck, told = threading.Event(), list[str]()
    monkeypatch.setattr(RecordingFile, "write", lambda *_: stuck.wait(20))
    recorder = Recorder(RecordingFile(str(tmp_path / "a.jsonl")), lambda _: True, told.append)
    with recorder:
        for number in range(12):
            asyncio.run(recorder.take([event(number, "x" * 1_000)]))
        stuck.set()
    assert "ended: the disk is too slow" in told[0]


def test_much_text_is_put_in_order_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although it is few events."""
    files: list[io.BytesIO] = []

    def temporary_file(**_: Any) -> io.BytesIO:
        files.append(io.BytesIO())
        return files[-1]

    monkeypatch.setattr("mqtail.store.LEAST_TEXT", 10_000)
    monkeypatch.setattr(ordered, "TemporaryFile", temporary_file)
    batches = [[event(100 - n, "x" * 1_000)] for n in range(35)]
    in_order = [one.timestamp for one in ordered.in_order(batches, [SOURCE], 4)]
    assert in_order == sorted(in_order)
    assert len(in_order) == 35
    assert len(files) >= 3


# Lines that wait for the event they belong to.


def test_only_lines_near_its_beginning_wait_for_an_older_page() -> None:
    """A log stream without any event's beginning does not hold up all others for hours."""
    other = Source(1, "orders-mq", "mq", "general", "2", format="activemq-general")
    page = [event(0, "\tat a.b.c"), event(4_000, "\tat a.b.d"), event(60_000, "\tat a.b.e")]
    page += [event(n * 1_000, HEAD, other) for n in range(20, 100)]
    page.sort(key=lambda one: one.timestamp)
    leading, rest = split_leading(page)
    assert [one.timestamp for one in leading] == [0, 4_000]
    assert len(rest) == 81


def test_text_that_waits_for_older_pages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too much of it, lines are joined within their pages only; nothing is left out."""
    monkeypatch.setattr("mqtail.sources.backwards.MOST_BYTES", 5_000)
    work, given = Backwards(), list[LogEvent]()
    for page in range(20, 0, -1):
        work.events = [event(page * 10 + n, HEAD + "x" * 300) for n in range(10)]
        work.joined = [one for part in work.begin() for one in part]
        given += work.finish()
        assert total_size(work.everything) <= 5_000 + 10 * 400
    given += work.take_raw() + work.take_joined()
    assert sorted(one.timestamp for one in given) == list(range(10, 210))


def test_text_that_waits_for_the_next_page_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too much of it, nothing waits."""
    page = [event(n, HEAD) for n in range(10)]
    assert settled(page) == 9
    monkeypatch.setattr("mqtail.sources.joining.MOST_BYTES", len(HEAD) - 1)
    assert settled(page) == 10


def test_the_events_that_lines_can_be_joined_to_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of streams that fell silent are forgotten; by their number and by their text."""
    monkeypatch.setattr("mqtail.sources.joining.MOST_STREAMS", 10)
    monkeypatch.setattr("mqtail.sources.joining.MOST_BYTES", 50_000)
    joiner = Joiner()
    heads: Heads = {}
    sources = [Source(n, "t", "mq", "general", format="activemq-general") for n in range(40)]
    first, big = event(0, HEAD, sources[0]), event(1, HEAD + "x" * 45_000, sources[1])
    joiner.join([first, big], heads)
    held = sys.getrefcount(first), sys.getrefcount(big)
    # The growth of an event counts.
    joiner.join([event(2, "\tat " + "x" * 10_000, sources[1])])
    assert big.joined == 1
    assert sys.getrefcount(first) == held[0] - 1
    for number in range(2, 40):
        joiner.join([event(20_000 * number, HEAD, sources[number])], heads)
    assert sys.getrefcount(big) == held[1] - 2
    assert len(heads) <= 11


# Log streams.


def test_log_streams_without_end_are_counted_together() -> None:
    """Each event keeps the name of its stream; what is known of streams is bounded."""
    status = ReaderStatus("/lambda", "logs", "x", "/lambda")
    around = cast(
        Surroundings, SimpleNamespace(instances=(), new_stream=_new_stream(count())),
    )  # fmt: skip
    streams = Streams(LogGroup("/lambda", "/lambda", "logs", "x"), status, around)
    for number in range(3 * MOST_STREAMS):
        stream = streams.source(f"stream {number}")
        assert stream is not None
        assert stream.source.log_stream == f"stream {number}"
        assert streams.source(f"stream {number}") is stream
        streams.counts(stream.source.log_stream).count([event(number, source=stream.source)])
    assert len(status.streams) == MOST_STREAMS + 1
    assert status.events == 3 * MOST_STREAMS
    assert status.streams[""].events == 2 * MOST_STREAMS
    assert status.newest == 3 * MOST_STREAMS - 1


def _new_stream(numbers: count[int]) -> Any:
    def new_stream(log: LogGroup, target: str, instance: str | None, **place: str) -> StreamStatus:
        return StreamStatus(Source(next(numbers), target, "logs", log.kind, instance, **place))

    return new_stream


# Answers.


class Endless(io.BytesIO):
    """The body of an S3 object that is far longer than what was asked for."""

    taken = 0

    async def read(self, size: int = -1) -> bytes:  # type: ignore[override]  # as aiobotocore's
        """As many bytes as are wanted."""
        self.taken += size
        return b"x" * size

    async def __aenter__(self) -> Endless:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("more", "lengths"),
    [({"ContentRange": "bytes"}, [RANGE, 7]), ({}, [RANGE + 7])],
    ids=["ranges", "whole"],
)
async def test_of_an_object_no_more_is_taken_than_there_is(
    more: dict[str, str], lengths: list[int]
) -> None:
    """Whatever answers for S3, with or without ranges."""
    body = Endless()

    async def get_object(**_: Any) -> dict[str, Any]:
        return {"Body": body} | more

    async def s3() -> Any:
        return SimpleNamespace(get_object=get_object)

    around = cast(Surroundings, SimpleNamespace(clients=SimpleNamespace(s3=s3)))
    status = ReaderStatus("t", "msk", "broker", "s3://b", "s3")
    retries = Retries(status, Pace(), Clock(), patient=False)
    outcomes = cast(Outcomes, SimpleNamespace())
    transfer = Transfer("b", around=around, status=status, retries=retries, outcomes=outcomes)
    found = DeliveredObject(key="k", size=RANGE + 7, etag="e", modified=0, delivered=0)
    assert [len(part) async for part in transfer.chunks(found)] == lengths
    assert body.taken <= 3 * RANGE
