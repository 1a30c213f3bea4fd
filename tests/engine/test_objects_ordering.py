"""Many objects in one time order, with bounds on what is open and what is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import count
from unittest.mock import sentinel

from hypothesis import given, settings
from hypothesis import strategies as st

from mqtail.events import LogEvent
from mqtail.logs import BucketLog
from mqtail.settings import Pace
from mqtail.sources.objects.assembling import Assembler
from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.cursor import Cursor
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.ordering import AROUND_MS, MOST_OPEN, PAGE, PAGE_CHARS, InOrder
from mqtail.sources.objects.unpacking import OUT
from mqtail.sources.reader import Orders, Surroundings
from mqtail.status import ReaderStatus
from tests.engine.kafka import kafka_line

START = 1_795_255_200_000
DISORDER = 50


class Bucket:
    """Objects in memory, and how many of them are open."""

    def __init__(self) -> None:
        log = BucketLog("b", "", "arn", "clicks", "broker", "kafka")
        self._around = Surroundings(
            clients=sentinel.clients,
            budget=sentinel.budget,
            clock=sentinel.clock,
            pace=Pace(),
            orders=Orders(),
            source_numbers=count(),
            started=START,
            since=0,
        )
        status = ReaderStatus("clicks", "msk", "broker", "s3://b/", "s3")
        self._brokers = Brokers(log, "b", around=self._around, status=status, source_of=None)
        self.texts: dict[str, bytes] = {}
        self.found: list[DeliveredObject] = []
        self.open: set[str] = set()
        self.most_open = 0
        self.opened: list[str] = []
        self.done: list[str] = []
        self.taken = 0
        """Bytes that were read."""

    def put(self, delivered: int, lines: list[str]) -> None:
        """Deliver an object at a time (ms)."""
        key = f"{len(self.texts):05}"
        self.texts[key] = "".join(f"{line}\n" for line in lines).encode()
        self.found.append(DeliveredObject(key, "", 1, delivered, delivered))
        self.found.sort(key=lambda found: found.delivered)

    def begin(self, found: DeliveredObject) -> Cursor:
        """Begin to read an object."""
        self.open.add(found.key)
        self.opened.append(found.key)
        self.most_open = max(self.most_open, len(self.open))
        assembler = Assembler(found, self._brokers, instance="1", format="kafka")
        return Cursor(found, found.key, self._chunks(found.key), assembler, DISORDER)

    def end(self, cursor: Cursor) -> None:
        """Take note that an object was read."""
        self.open.remove(cursor.found.key)
        self.done.append(cursor.found.key)

    async def _chunks(self, key: str) -> AsyncGenerator[bytes, None]:
        text = self.texts[key]
        for at in range(0, len(text), OUT):
            self.taken += len(text[at : at + OUT])
            await asyncio.sleep(0)
            yield text[at : at + OUT]

    async def _lists(self) -> AsyncIterator[list[DeliveredObject]]:
        middle = len(self.found) // 2
        for part in (self.found[:middle], [], self.found[middle:]):
            yield part

    def merge(self, extra: list[LogEvent] | None = None) -> InOrder:
        """A merge of all objects."""
        return InOrder(self._lists(), self.begin, self.end, extra)


async def merged(bucket: Bucket, extra: list[LogEvent] | None = None) -> list[LogEvent]:
    """All events of all objects."""
    events: list[LogEvent] = []
    async for page in bucket.merge(extra).pages():
        assert len(page) < 2 * PAGE
        events += page
    return events


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3_600_000),
            st.lists(st.integers(-AROUND_MS, AROUND_MS), min_size=1, max_size=60),
        ),
        max_size=MOST_OPEN,
    )
)
async def test_any_objects_come_in_time_order(objects: list[tuple[int, list[int]]]) -> None:
    """Each event once, wherever in its time an object was delivered."""
    bucket = Bucket()
    written = []
    for delivered, offsets in objects:
        times = sorted(START + delivered + offset for offset in offsets)
        written += times
        bucket.put(START + delivered, [kafka_line(time, "x") for time in times])
    events = await merged(bucket)
    assert [event.timestamp for event in events] == sorted(written)
    assert sorted(bucket.done) == sorted(bucket.texts)
    assert not bucket.open


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, DISORDER - 1), min_size=1, max_size=300))
async def test_a_little_disorder_within_an_object_is_put_right(shifts: list[int]) -> None:
    """As far as the bound goes."""
    order = sorted(range(len(shifts)), key=lambda number: number + shifts[number])
    bucket = Bucket()
    bucket.put(START, [kafka_line(START + number, f"{number}") for number in order])
    assert [event.timestamp for event in await merged(bucket)] == [
        START + number for number in range(len(shifts))
    ]


async def test_no_more_are_open_than_may_be() -> None:
    """The oldest deliveries go first where more would be needed for perfect order."""
    bucket = Bucket()
    for number in range(5 * MOST_OPEN):
        time = START + 100 * number
        bucket.put(time, [kafka_line(time - number, "x")])
    events = await merged(bucket)
    assert len(events) == 5 * MOST_OPEN
    assert bucket.most_open <= MOST_OPEN
    assert bucket.opened == sorted(bucket.opened)


async def test_objects_are_opened_when_the_merge_comes_near_them() -> None:
    """A long history is not begun everywhere at once."""
    bucket = Bucket()
    for number in range(100):
        time = START + number * 300_000
        bucket.put(time, [kafka_line(time - 1_000 * back, "x") for back in range(280, 0, -1)])
    pages = bucket.merge().pages()
    first = await anext(pages)
    assert len(first) >= PAGE
    assert len(bucket.opened) < 30
    await pages.aclose()
    assert bucket.most_open < 30


async def test_a_large_object_is_not_read_ahead() -> None:
    """What is in memory of it is a chunk and a page, whatever its size."""
    bucket = Bucket()
    lines = [kafka_line(START + number, "x" * 100) for number in range(50_000)]
    bucket.put(START, lines)
    given_ = 0
    async for page in bucket.merge().pages():
        given_ += len(page)
        ahead = bucket.taken - given_ * len(lines[0])
        assert ahead < 4 * OUT + 2 * PAGE * len(lines[0])
    assert given_ == len(lines)


async def test_what_was_read_and_not_given_is_not_lost() -> None:
    """Wherever the merge is broken off."""
    for pages_given in range(4):
        bucket = Bucket()
        for number in range(10):
            time = START + number * 1_000
            bucket.put(time, [kafka_line(time + n, f"{number} {n}") for n in range(500)])
        merge = bucket.merge()
        pages = merge.pages()
        given_ = [event async for page in _first(pages, pages_given) for event in page]
        await pages.aclose()
        rest = merge.rest()
        assert [event.timestamp for event in rest] == sorted(event.timestamp for event in rest)
        found = sorted(event.message for event in given_ + rest)
        opened = "".join(bucket.texts[key].decode() for key in bucket.opened)
        assert found == sorted(opened.splitlines())
        assert merge.rest() == []


async def _first(
    pages: AsyncGenerator[list[LogEvent], None], number: int
) -> AsyncIterator[list[LogEvent]]:
    for _ in range(number):
        yield await anext(pages)


async def test_extra_events_have_their_place() -> None:
    """Those of a newer object that were set aside take part in the merge of older ones."""
    other = Bucket()
    other.put(START, [kafka_line(START + 500, "extra"), kafka_line(START + 5_000, "extra")])
    extra = await merged(other)
    bucket = Bucket()
    bucket.put(START, [kafka_line(START + 1_000 * number, "x") for number in range(3)])
    events = await merged(bucket, extra)
    assert [event.timestamp - START for event in events] == [0, 500, 1_000, 2_000, 5_000]
    assert await merged(Bucket(), extra[:1]) == extra[:1]


async def test_events_of_megabytes_are_not_gathered() -> None:
    """They are given as they are read, however few of them there are."""
    bucket = Bucket()
    lines = [kafka_line(START + number, "x" * 900_000) for number in range(40)]
    bucket.put(START, lines)
    given = 0
    async for page in bucket.merge().pages():
        given += sum(len(event.message) for event in page)
        assert bucket.taken - given < 3 * PAGE_CHARS
    assert given == sum(map(len, lines))
