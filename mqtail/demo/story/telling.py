"""What the stories share: their events, how these reach the service, and their chapters.

A story is told in chapters of 30 seconds, numbered from the start of the server: those below zero
are its history. A chapter depends on the seed, its number and the start alone, so the same story
can be told again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from zlib import crc32

from msgspec import Struct

CHAPTER_MS = 30_000
HISTORY_CHAPTERS = 120
"""An hour."""

_SECOND = 1_000


class StoryEvent(Struct, frozen=True, gc=False):
    """A log event of a story. Times in ms since the epoch."""

    group: str
    stream: str
    timestamp: int
    ingested: int
    message: str


class Scene(Struct, frozen=True):
    """Something that happens at certain times, counted in seconds from the start."""

    play: Callable[[int], None]
    """Tells it, beginning at the time given (ms since the epoch)."""
    history: tuple[int, ...] = ()
    """When it happens in the history: seconds below zero."""
    first: int | None = None
    """When it happens live for the first time."""
    period: int = 0
    """Seconds until it happens again."""

    def times(self, low: int, high: int) -> Iterator[int]:
        """The seconds from low to before high at which it begins."""
        yield from (second for second in self.history if low <= second < high)
        if self.first is not None:
            skipped = max(0, -(-(low - self.first) // self.period))
            yield from range(self.first + skipped * self.period, high, self.period)


class Desk:
    """Takes the lines of a chapter and gives each its ingestion time.

    A broker's agent sends the lines of each stream at regular intervals, so lines of one interval
    are ingested at once: 0.3 to 2 s after they were written, unless told otherwise.

    Args:
        seed: decides the lags.
        interval_ms: how often the agent sends.
        min_lag_ms: how long what was sent takes at least.
        spread_ms: how much longer it can take.
    """

    def __init__(
        self, seed: int, *, interval_ms: int = 1000, min_lag_ms: int = 300, spread_ms: int = 700
    ) -> None:
        self.seed = seed
        self._interval_ms = interval_ms
        self._min_lag_ms = min_lag_ms
        self._spread_ms = spread_ms
        self._events: list[StoryEvent] = []

    def send(
        self, group: str, stream: str, timestamp: int, messages: Iterable[str], *, late_ms: int = 0
    ) -> None:
        """Deliver messages of one time, each as an event of its own, `late_ms` later than usual."""
        ingested = self._ingested(stream, timestamp) + late_ms
        self._events += [StoryEvent(group, stream, timestamp, ingested, text) for text in messages]

    def take(self) -> list[StoryEvent]:
        """The events since the last call, in the order of their ingestion."""
        events, self._events = self._events, []
        events.sort(key=lambda event: (event.ingested, event.timestamp))
        return events

    def _ingested(self, stream: str, timestamp: int) -> int:
        phase = crc32(stream.encode()) % self._interval_ms
        sent = (timestamp - phase) // self._interval_ms + 1
        delay = crc32(f"{self.seed} {stream} {sent}".encode()) % self._spread_ms
        return sent * self._interval_ms + phase + self._min_lag_ms + delay


class Story(ABC):
    """A story that is told in chapters.

    Args:
        label: keeps the chances of one story apart from those of another.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same story.
        rates: ordinary events per second in the history, and live.
        desk: gives the ingestion times; None: one with the usual lags.
    """

    def __init__(
        self,
        label: str,
        start: int,
        seed: int,
        rates: tuple[float, float],
        desk: Desk | None = None,
    ) -> None:
        self.start = start
        self.seed = seed
        self._label = label
        self._rates = rates
        self._desk = desk or Desk(seed)
        self._random = Random(seed)
        self._scenes: tuple[Scene, ...] = ()

    def chapter(self, number: int) -> list[StoryEvent]:
        """The events of a chapter, in the order of their ingestion."""
        begin = self.start + number * CHAPTER_MS
        self._random = Random(f"{self.seed} {self._label} {number}")
        for at in bursts(self._random, begin, self._rates[number >= 0]):
            self._ordinary(at)
        low = number * CHAPTER_MS // 1000
        for scene in self._scenes:
            for second in scene.times(low, low + CHAPTER_MS // 1000):
                scene.play(self.start + second * 1000 + self._number(0, 900))
        return self._desk.take()

    @abstractmethod
    def _ordinary(self, at: int) -> None:
        """Tell what goes on all the time, at a moment (ms)."""

    def _number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


class Script(ABC):
    """Stories that begin at one start.

    Args:
        start: the moment between history and live events, ms since the epoch.
    """

    def __init__(self, start: int) -> None:
        self.start = start

    @abstractmethod
    def chapter(self, number: int) -> list[StoryEvent]:
        """The events of a chapter, in the order of ingestion."""

    def history(self) -> list[StoryEvent]:
        """The hour before the start, in the order of ingestion; all of it is ingested by then."""
        events: list[StoryEvent] = []
        for number in range(-HISTORY_CHAPTERS, 0):
            events += self.chapter(number)
        told = [
            StoryEvent(e.group, e.stream, e.timestamp, min(e.ingested, self.start), e.message)
            for e in events
            if e.timestamp < self.start
        ]
        return sorted(told, key=delivery_order)


def delivery_order(event: StoryEvent) -> tuple[int, str, str, int]:
    """Sorts events in the order of their ingestion, those of one stream together."""
    return (event.ingested, event.group, event.stream, event.timestamp)


def bursts(random: Random, begin: int, per_second: float) -> Iterator[int]:
    """Times within the chapter that begins at `begin`: some close together, then a pause."""
    time, end = float(begin), begin + CHAPTER_MS
    while True:
        size = random.randint(1, 6)
        time += random.expovariate(1) * size / per_second * _SECOND
        for _ in range(size):
            if time >= end:
                return
            yield int(time)
            time += random.uniform(2, 60)


def comma_time(time: int, date_format: str = "%Y-%m-%d") -> str:
    """A Java broker's time stamp: date, time, milliseconds after a comma, UTC."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    return f"{moment:{date_format} %H:%M:%S},{time % 1000:03d}"


def micro_time(time: int, micros: int) -> str:
    """RabbitMQ's time stamp: microseconds (0 to 999 within the millisecond), and the zone."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time % 1000:03d}{micros:03d}+00:00"
