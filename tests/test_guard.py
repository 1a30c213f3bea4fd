"""Regular expressions that would take for ever are stopped, and named; nothing is lost by it."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from datetime import UTC
from types import FrameType

import pytest

from mqtail.events import Level, LogEvent, Source
from mqtail.filters import Filter, compile_filter
from mqtail.filters.guard import MOST_TICKS, GuardedPattern, TooSlow, slow_searches_stopped
from mqtail.store import Store

TICK_S = 0.01
SOURCE = Source(0, "orders", "mq", "general", "1")
EVIL = [
    ("/(a+)+b/", "a" * 40),
    ("/^(\\w+\\s?)*$/", "word " * 20 + "!"),
    ("/(x|xx)+y/i", "X" * 60),
    ("/(.*,){20}z/", "1,2," * 30),
]
IDS = ["nested", "words", "either", "lists"]


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    """Searches are stopped, and soon."""
    with slow_searches_stopped(TICK_S):
        yield


def made(text: str) -> Filter:
    """The filter of an expression."""
    return compile_filter(text, now=0, zone=UTC)


def event(number: int, message: str) -> LogEvent:
    """An event, so many ms after the beginning."""
    return LogEvent(number, number, SOURCE, number, message, Level.INFO)


@pytest.mark.parametrize(("regex", "line"), EVIL, ids=IDS)
async def test_a_view_shows_everything_from_then_on(regex: str, line: str) -> None:
    """What is there and what is new: nobody waits, and the reason names the expression."""
    store, filter = Store(1000), made(f"level>=warn or not {regex}")
    told: list[str] = []
    filter.when_stopped(lambda error: told.append(error.message))
    view = store.view()
    store.add([event(1, "-"), event(2, line)])
    await view.refilter(filter.matches)
    store.add([event(3, line), event(4, "after")])
    assert [shown.message for shown in view] == ["-", line, line, "after"]
    assert told == [
        f"column 20: {regex} takes too long: it was stopped on a line of {len(line)} characters"
    ]
    assert filter.stopped is not None
    assert filter.stopped.hint == "from here on everything passes"


@pytest.mark.parametrize(("regex", "line"), EVIL, ids=IDS)
def test_a_highlight_is_stopped(regex: str, line: str) -> None:
    """Nothing is marked any more, and the filter is out of force."""
    filter = made(f'"a line" or {regex}')
    assert filter.highlights("a line") == [(0, 6)]
    assert filter.highlights(line) == []
    assert filter.stopped is not None
    assert filter.highlights("a line") == []
    assert filter.matches(event(1, "other"))


def test_only_the_part_with_the_expression_passes_everything() -> None:
    """What the options want is still wanted."""
    both = made("instance:1").and_(made("/(a+)+b/"))
    other = LogEvent(1, 1, Source(1, "orders", "mq", "general", "2"), 1, "a" * 40)
    assert both.matches(event(1, "a" * 40))
    assert both.stopped is not None
    assert not both.matches(other)


def test_many_slow_searches_are_stopped_too() -> None:
    """None of them takes long, but all of them together do."""
    filter, line = made("/x(.*)(.*)(.*)=/"), event(1, "x" + "y" * 150)
    for _ in range(100_000):
        if filter.stopped or filter.matches(line):
            break
    assert filter.stopped is not None


def test_many_fast_searches_are_not() -> None:
    """However long the program does nothing else."""
    filter, line = made("/(WARN|ERROR) +[|]/"), event(1, "2026-11-18 | INFO  | all is well")
    look = signal.getsignal(signal.SIGVTALRM)
    assert callable(look)
    ticks = 0

    def count_and_look(number: int, frame: FrameType | None) -> None:
        nonlocal ticks
        ticks += 1
        look(number, frame)

    signal.signal(signal.SIGVTALRM, count_and_look)
    while ticks < 2 * MOST_TICKS:
        assert not filter.matches(line)
    assert filter.stopped is None


def test_lines_that_are_long_are_no_slow_searches() -> None:
    """Few searches in much text are what an ordinary expression does with it."""
    filter, line = made("/WARN +[|]|ERROR +[|]/"), event(1, "INFO | all is well " * 3_000)
    for _ in range(100):
        assert not filter.matches(line)
    assert filter.stopped is None


async def test_slow_slices_become_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between them everything else gets its turn, however slow the filter."""
    monkeypatch.setattr("mqtail.store.SLICE_S", -1)
    store = Store(3000)
    store.add([event(number, "x") for number in range(2000)])
    view = store.view()
    tested: list[int] = []
    work = view.refilter(lambda event: True)
    while not tested or tested[-1] < 1316:
        work.send(None)
        if view.tested not in tested:
            tested.append(view.tested)
    work.close()
    assert tested == [1000, 1250, 1312, 1327]


def test_what_was_there_before_is_put_back() -> None:
    """The timer ends, and the signal means what it did."""

    def before(*_: object) -> None: ...

    outer = signal.signal(signal.SIGVTALRM, before)
    try:
        with slow_searches_stopped(TICK_S):
            assert signal.getsignal(signal.SIGVTALRM) is not before
            assert signal.getitimer(signal.ITIMER_VIRTUAL)[1] > 0
        assert signal.getsignal(signal.SIGVTALRM) is before
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    finally:
        signal.signal(signal.SIGVTALRM, outer)


def test_other_threads_are_left_alone() -> None:
    """There it does nothing, and raises nothing."""
    entered: list[bool] = []

    def enter() -> None:
        before = signal.getsignal(signal.SIGVTALRM)
        with slow_searches_stopped(TICK_S):
            entered.append(signal.getsignal(signal.SIGVTALRM) is before)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered == [True]


def test_a_pattern_alone_tells_what_was_stopped() -> None:
    """As it was written, and the length of the line."""
    with pytest.raises(TooSlow) as stopped:
        GuardedPattern(re.compile("(a+)+b", re.IGNORECASE)).spans("a" * 40)
    assert (stopped.value.regex, stopped.value.length) == ("/(a+)+b/i", 40)
