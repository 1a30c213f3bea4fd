"""The small parts of reading: what was seen, how late events come, what time it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from mqtail.clock import Clock
from mqtail.settings import Pace
from mqtail.sources.lag import LagMeter
from mqtail.sources.retries import Retries
from mqtail.sources.seen import BUCKET_MS, FRESH, Memory, SeenIds
from mqtail.status import ReaderStatus, State
from tests.engine.support import eventually


def room(limit: int) -> Memory:
    """Room for so many ids."""
    memory = Memory()
    memory.limit = limit
    return memory


def is_new(seen: SeenIds, id: str, time: int) -> bool:
    """Whether an event was not seen before."""
    return seen.are_new([id], [time])[0]


READS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10 * BUCKET_MS)))


@given(st.lists(READS), st.integers(0, 10 * BUCKET_MS), st.booleans())
def test_an_id_is_new_once(pages: list[list[tuple[int, int]]], floor: int, ordered: bool) -> None:
    """As long as it is remembered, an event of one id and time is new only once, on any page."""
    seen, known = SeenIds(Memory(), floor), set()
    for page in pages:
        reads = sorted(page, key=lambda read: read[1]) if ordered else page
        new = seen.are_new([str(number) for number, _ in reads], [time for _, time in reads])
        for (number, time), is_new in zip(reads, new, strict=True):
            key = (str(number), time // BUCKET_MS if time >= floor else None)
            assert is_new is (key not in known)
            known.add(key)
    assert len(seen) == sum(bucket is not None for _, bucket in known)


def test_many_ids_are_each_new_once() -> None:
    """Whether a page is small beside what is remembered, or large, they are found again."""
    ids = [str(number) for number in range(20 * FRESH)]
    for size in (3, 700, len(ids)):
        seen = SeenIds(Memory())
        for begin in range(0, len(ids), size):
            page = ids[begin : begin + size]
            assert all(seen.are_new(page, [1] * len(page)))
        again = [id for at in range(0, len(ids), 7) for id in ids[at : at + 3]]
        assert not any(seen.are_new(again, [1] * len(again)))
        assert len(seen) == len(ids)


@given(st.lists(st.integers(0, 60 * BUCKET_MS), max_size=200), st.integers(0, 60 * BUCKET_MS))
def test_nothing_from_the_floor_on_is_forgotten(times: list[int], before: int) -> None:
    """Readers rely on it: they read again from the floor on."""
    seen = SeenIds(room(50))
    for number, time in enumerate(times):
        is_new(seen, str(number), time)
    seen.forget(before, keep_from=50 * BUCKET_MS, now=60 * BUCKET_MS)
    remembered = [(n, time) for n, time in enumerate(times) if time >= seen.floor]
    assert not any(is_new(seen, str(number), time) for number, time in remembered)
    assert len(seen) == len(remembered)


def test_the_limit_raises_the_floor_but_not_into_the_overlap() -> None:
    """Memory is bounded; what polls read again stays known."""
    seen = SeenIds(room(100))
    for number in range(1_000):
        is_new(seen, str(number), number * BUCKET_MS // 10)
    seen.forget(0, keep_from=1_000 * BUCKET_MS, now=1_000 * BUCKET_MS)
    assert len(seen) <= 110
    assert seen.floor >= 89 * BUCKET_MS
    busy = SeenIds(room(100))
    for number in range(1_000):
        is_new(busy, str(number), number)
    busy.forget(0, keep_from=0, now=0)
    assert len(busy) == 1_000
    assert busy.floor == 0


def test_groups_share_the_room() -> None:
    """A busy one gives way, and keeps its share; a quiet one keeps what it has."""
    memory = room(100)
    busy, quiet = SeenIds(memory), SeenIds(memory)
    for number in range(30):
        is_new(quiet, str(number), number * BUCKET_MS)
    for number in range(300):
        is_new(busy, str(number), number * BUCKET_MS // 10)
    for seen in (quiet, busy):
        seen.forget(0, keep_from=1_000 * BUCKET_MS, now=0)
    assert (len(quiet), quiet.floor) == (30, 0)
    assert 50 <= len(busy) <= 70
    assert memory.held == len(quiet) + len(busy)


def test_packed_ids_are_known() -> None:
    """However they are held, and one that is discarded is new again."""
    memory = Memory()
    seen = SeenIds(memory)
    ids = [f"{number:056d}" for number in range(5 * FRESH // 2)]
    assert all(is_new(seen, id, 1) for id in ids)
    seen.forget(0, keep_from=BUCKET_MS, now=0)
    assert not any(is_new(seen, id, 1) for id in ids)
    seen.discard(ids[0], 1)
    assert is_new(seen, ids[0], 1)
    seen.clear()
    assert memory.held == 0
    assert is_new(seen, ids[1], 1)


def test_the_overlap_follows_the_lag() -> None:
    """Within its bounds, and not for what only sweeps can find."""
    meter = LagMeter(15_000, 120_000, 2_000)
    assert meter.overlap_ms == 15_000
    for _ in range(100):
        meter.sample(30_000)
    assert meter.overlap_ms == 45_000
    for _ in range(100):
        meter.sample(110_000)
    assert meter.overlap_ms == 120_000
    quiet = LagMeter(15_000, 120_000, 2_000)
    quiet.sample(3_000_000)
    assert quiet.overlap_ms == 15_000


def test_late_means_that_newer_ones_had_been_shown_for_a_while() -> None:
    """An event dated in the future makes nobody late."""
    meter = LagMeter(15_000, 120_000, 2_000)
    meter.heard(99_000, now=100_000)
    assert not meter.is_late(50_000, 101_000, now=101_000)
    assert meter.is_late(50_000, 102_000, now=102_000)
    assert not meter.is_late(99_000, 102_000, now=102_000)
    # It has not waited for anything but the next poll.
    assert not meter.is_late(98_000, 99_500, now=106_000)
    meter.heard(9_999_999, now=103_000)
    assert not meter.is_late(104_000, 110_000, now=110_000)


def test_the_clock_goes_by_the_service() -> None:
    """A machine that is minutes off reads the right time; a second means nothing."""
    clock = Clock(lambda: 1_000_000_000_000)
    assert clock.now() == 1_000_000_000_000
    for told in (None, "no date"):
        clock.heard(told)
    clock.heard(format_datetime(datetime.fromtimestamp(1_000_000_300, UTC), usegmt=True))
    assert clock.now() == 1_000_000_300_000
    clock.heard(format_datetime(datetime.fromtimestamp(1_000_000_001, UTC), usegmt=True))
    assert clock.now() == 1_000_000_000_000


async def test_what_works_does_not_hide_what_does_not() -> None:
    """Of two requests under way, the good one says nothing of the other."""
    status = ReaderStatus("t", "msk", "broker", "s3://b/")
    retries = Retries(status, Pace(backoff_ms=1, max_backoff_ms=1), Clock(), patient=True)
    mended, tried = asyncio.Event(), asyncio.Event()

    async def broken() -> str:
        if mended.is_set():
            return "mended"
        tried.set()
        raise ConnectionResetError("no")

    async def good() -> str:
        return "good"

    failing = asyncio.create_task(retries.call("reading this", broken))
    await eventually(lambda: status.state is State.FAILING)
    assert await retries.call("reading that", good) == "good"
    assert status.state is State.FAILING
    assert "reading this" in status.reason
    mended.set()
    assert await failing == "mended"
    assert (retries.failure, status.reason) == (None, "")
    tried.clear()
    mended.clear()
    cancelled = asyncio.create_task(retries.call("reading this", broken))
    await tried.wait()
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert retries.failure is None
