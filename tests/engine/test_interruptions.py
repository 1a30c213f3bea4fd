"""Times in which a log could not be read: told with their reason, bounded, read up on later."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import pytest

from mqtail.aws.failures import Failure, Kind
from mqtail.clock import Clock, wall_clock_ms
from mqtail.demo.faults import ServerError
from mqtail.pulse import PULSE_MS, STOOD_STILL_MS, Pulse
from mqtail.settings import Pace
from mqtail.sources.retries import Retries
from mqtail.status import MOST_INTERRUPTIONS, Interruption, ReaderStatus
from tests.engine.support import GROUP, STREAM, Bench, ago, eventually

DOWN = Failure(Kind.SERVER, "AWS is down.")
QUICK = Pace(backoff_ms=0, max_backoff_ms=0)


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ms = 1_000_000
        self.clock = Clock(lambda: self.ms)

    def told(self, ms: int) -> None:
        """An answer tells the service's time."""
        self.clock.heard(formatdate(ms / 1000, usegmt=True))


@pytest.fixture
def time() -> Time:
    """A clock that is set by hand."""
    return Time()


def reader(**members: object) -> ReaderStatus:
    """A reader's status."""
    return ReaderStatus("t", "mq", "general", "/x", **members)  # type: ignore[arg-type]


async def failing(retries: Retries, time: Time, *moments: int, of: Failure = DOWN) -> None:
    """Requests that fail so many ms after the beginning."""
    for attempt, moment in enumerate(moments, 1):
        time.ms = 1_000_000 + moment
        await retries.pause(of, attempt)


async def test_from_the_first_failure_until_one_works(time: Time) -> None:
    """It lasts until then, with the reason."""
    status = reader()
    retries = Retries(status, QUICK, time.clock, patient=True)
    await failing(retries, time, 0, 1_000, 5_000)
    assert status.interruptions == []
    await failing(retries, time, 5_001, 9_000)
    assert status.interruptions == [Interruption(1_000_000, 0, DOWN.sentence)]
    time.ms = 1_012_345
    retries.recovered()
    assert status.interruptions == [Interruption(1_000_000, 1_012_345, DOWN.sentence)]
    await failing(retries, time, 20_000)
    retries.recovered()
    assert len(status.interruptions) == 1


async def test_one_that_works_before_the_next_try_leaves_none(time: Time) -> None:
    """A long pause says at once that it will be one; another request may be quicker."""
    status = reader()
    slow = Pace(backoff_ms=60_000, max_backoff_ms=60_000)
    retries = Retries(status, slow, time.clock, patient=True)
    waiting = asyncio.create_task(retries.pause(DOWN, 2))
    await eventually(lambda: status.interruptions == [Interruption(1_000_000, 0, DOWN.sentence)])
    time.ms += 3_000
    retries.recovered()
    assert status.interruptions == []
    waiting.cancel()


@pytest.mark.parametrize(
    ("failure", "optional"),
    [(Failure(Kind.MISSING, "No such group."), False), (Failure(Kind.DENIED, "No."), True)],
    ids=["there is nothing yet", "nobody asked for it"],
)
async def test_what_was_never_there_is_not_interrupted(
    time: Time, failure: Failure, optional: bool
) -> None:
    """A log group that does not exist yet; API calls that may not be looked up."""
    status = reader(optional=optional)
    retries = Retries(status, QUICK, time.clock, patient=True)
    await failing(retries, time, 0, 10_000, 20_000, of=failure)
    assert status.interruptions == []


async def test_the_newest_are_kept(time: Time) -> None:
    """A network that comes and goes for days does not grow a list."""
    status = reader()
    retries = Retries(status, QUICK, time.clock, patient=True)
    for number in range(MOST_INTERRUPTIONS + 7):
        await failing(retries, time, number * 20_000, number * 20_000 + 6_000)
        retries.recovered()
    assert len(status.interruptions) == MOST_INTERRUPTIONS
    assert status.interruptions[-1].begin == 1_000_000 + 20_000 * (MOST_INTERRUPTIONS + 6)


async def test_a_service_that_is_down(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the wire: the log says what stood in the way, and what came meanwhile is read."""
    monkeypatch.setattr("mqtail.sources.retries.INTERRUPTION_MS", 50)
    bench.aws.logs.put(GROUP, STREAM, [(ago(1), "before")])
    async with bench.filling() as run:
        await run.watched.until_seen("before")
        (status,) = run.tail.readers
        down = bench.aws.faults.add(ServerError(503), operation="FilterLogEvents")
        await eventually(lambda: bool(status.interruptions))
        assert status.interruptions[0].end == 0
        assert "AWS answered with an error" in status.interruptions[0].reason
        bench.aws.logs.put(GROUP, STREAM, [(ago(0), "meanwhile")])
        down.remove()
        await run.watched.until_seen("meanwhile")
        (interruption,) = status.interruptions
        assert interruption.begin + 50 < interruption.end <= wall_clock_ms()


def test_the_pulse_tells_when_nothing_ran(time: Time) -> None:
    """By this machine's time: learning that it is off is no pause."""
    pulse = Pulse(time.clock)
    time.ms += PULSE_MS + STOOD_STILL_MS
    time.told(time.ms)
    assert pulse.beat() is None
    time.told(time.ms + 600_000)
    time.ms += PULSE_MS
    assert pulse.beat() is None
    slept_from = time.clock.now()
    time.ms += 3_600_000
    assert pulse.beat() is None
    time.told(time.ms + 600_000)
    assert pulse.beat() == Interruption(
        slept_from, slept_from + 3_600_000, "mqtail was not running."
    )
    time.told(time.ms + 600_000)
    assert pulse.beat() is None


@pytest.mark.parametrize("heard_at_once", [True, False], ids=["heard at once", "heard later"])
def test_a_clock_that_is_set_is_no_pause(time: Time, heard_at_once: bool) -> None:
    """The service's time went on by a moment only."""
    pulse = Pulse(time.clock)
    time.ms += 600_000 + PULSE_MS
    if heard_at_once:
        time.told(time.ms - 600_000)
    assert pulse.beat() is None
    time.told(time.ms - 600_000)
    assert pulse.beat() is None
