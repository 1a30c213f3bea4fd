"""The lines of one event become one event, however they were delivered and cut into pages."""

from __future__ import annotations

from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source
from mqtail.sources.joining import GAP_MS, Joiner, settled, split_leading
from tests.engine.support import STREAM, Bench, ago

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

BROKER = "orders-mq"
HEAD = "2026-01-01 00:00:00,000 | ERROR | Could not | a.b.Logger | main"
TRACE = ["java.io.IOException: broken", "\tat a.b.C.d(C.java:1)", "\tat a.b.C.e(C.java:2)"]


def source(index: int = 0, format_: str = "activemq-general") -> Source:
    """A log stream of a broker."""
    return Source(index, BROKER, "mq", "general", str(index + 1), format=format_)


def events(*texts: tuple[int, str], of: Source | None = None) -> list[LogEvent]:
    """Events of one stream, as they come from a page."""
    where = of or source()
    return [LogEvent(time, time, where, n, text) for n, (time, text) in enumerate(texts)]


def test_a_trace_in_one_batch() -> None:
    """Head and lines in one page."""
    new, grown = Joiner().join(events((0, HEAD), *((0, t) for t in TRACE), (1, HEAD)))
    assert [event.message for event in new] == ["\n".join([HEAD, *TRACE]), HEAD]
    assert [event.joined for event in new] == [3, 0]
    assert new[0].level is Level.ERROR
    assert grown == []


def test_a_trace_that_goes_on_in_the_next_read_grows_its_event() -> None:
    """The event was shown already: it is told to have grown."""
    joiner = Joiner()
    (head,), _ = joiner.join(events((0, HEAD), (0, TRACE[0])))
    new, grown = joiner.join(events((1, TRACE[1]), (1, TRACE[2])))
    assert new == []
    assert grown == [head]
    assert head.message == "\n".join([HEAD, *TRACE])


def test_lines_of_two_streams_that_come_mixed() -> None:
    """Each goes to the event of its own stream."""
    first, second = source(0), source(1)
    one, two = (
        events((0, HEAD), (2, TRACE[0]), of=first),
        events((1, HEAD), (3, "\tat x"), of=second),
    )
    new, _ = Joiner().join([one[0], two[0], one[1], two[1]])
    assert [event.message for event in new] == [f"{HEAD}\n{TRACE[0]}", f"{HEAD}\n\tat x"]


def test_a_late_trace_goes_to_its_own_late_event() -> None:
    """Not to the newest event of the stream."""
    joiner = Joiner()
    joiner.join(events((100_000, HEAD)))
    new, grown = joiner.join(events((0, HEAD), (1, TRACE[0])))
    assert [event.message for event in new] == [f"{HEAD}\n{TRACE[0]}"]
    assert grown == []


def test_nothing_is_joined_across_a_long_gap_or_to_what_was_written_out() -> None:
    """Such a line stands alone; it is never dropped."""
    joiner = Joiner()
    (head,), _ = joiner.join(events((0, HEAD)))
    alone, _ = joiner.join(events((GAP_MS + 1, TRACE[0])))
    assert [event.message for event in alone] == [TRACE[0]]
    head.closed = True
    alone, grown = joiner.join(events((1, TRACE[1])))
    assert [event.message for event in alone] == [TRACE[1]]
    assert grown == []


def read_forwards(lines: list[LogEvent], cuts: list[int]) -> list[str]:
    """Join pages as reading forwards does."""
    joiner, held, shown = Joiner(), [], []
    for page in cut(lines, cuts):
        held += joiner.join(page)[0]
        ready = settled(held)
        shown += held[:ready]
        for event in held[:ready]:
            event.closed = True
        held = held[ready:]
    return [event.message for event in shown + held]


def read_backwards(lines: list[LogEvent], cuts: list[int]) -> list[str]:
    """Join pages as reading backwards does."""
    joiner = Joiner()
    carried: list[LogEvent] = []
    shown: list[LogEvent] = []
    for page in reversed(cut(lines, cuts)):
        carried, rest = split_leading(page + carried)
        shown = joiner.join(rest)[0] + shown
    shown = joiner.join(carried)[0] + shown
    return [event.message for event in sorted(shown, key=lambda event: event.order)]


def cut(lines: list[LogEvent], cuts: list[int]) -> list[list[LogEvent]]:
    """Fresh copies of the events, cut into pages."""
    fresh = [LogEvent(e.timestamp, e.ingested, e.source, e.order, e.message) for e in lines]
    edges = [0, *sorted(cut % (len(fresh) + 1) for cut in cuts), len(fresh)]
    return [fresh[a:b] for a, b in pairwise(edges)]


LINES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([HEAD, *TRACE, ""]), st.integers(0, 900)),
    max_size=40,
)


@given(LINES, st.lists(st.integers(0, 100), max_size=5))
def test_pages_may_be_cut_anywhere(written: list[tuple[int, str, int]], cuts: list[int]) -> None:
    """Forwards and backwards give what one big page gives."""
    clock, number = count(0), 0
    sources = [source(index) for index in range(3)]
    lines, time = [], 0
    for index, text, pause in written:
        time += pause
        number = next(clock)
        lines.append(LogEvent(time, time, sources[index], number, text))
    whole = [event.message for event in Joiner().join(cut(lines, [])[0])[0]] if lines else []
    assert sorted(read_forwards(lines, cuts)) == sorted(whole)
    assert sorted(read_backwards(lines, cuts)) == sorted(whole)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora of real broker logs")
@pytest.mark.parametrize(
    ("file", "format_", "expected"),
    [
        ("general/activemq-5.17.2-log4j2.log", "activemq-general", 491),
        ("audit/audit-5.17.2.log", "activemq-audit", 540),
        ("rabbitmq/rabbit@ip-10-0-21-52.us-west-2.compute.internal.log", "rabbitmq", 1657),
    ],
)
def test_real_logs_line_by_line(file: str, format_: str, expected: int) -> None:
    """Every line of a real log delivered as an event of its own, read in pages of 100."""
    where = source(0, format_)
    texts = (CORPORA / file).read_text("utf-8").splitlines()
    lines = [LogEvent(n, n, where, n, text) for n, text in enumerate(texts)]
    cuts = list(range(100, len(lines), 100))
    forwards, backwards = read_forwards(lines, cuts), read_backwards(lines, cuts)
    assert len(forwards) == len(backwards) == expected
    assert "\n".join(forwards) == "\n".join(texts) == "\n".join(backwards)


@pytest.mark.parametrize("together", [True, False], ids=["one event", "an event a line"])
async def test_over_http_in_either_form(bench: Bench, together: bool) -> None:
    """Both deliveries look the same in the end."""
    broker = bench.aws.mq.add_broker(BROKER)
    group, moment = f"{broker.log_group_prefix}general", ago(10)
    texts = ["\n".join([HEAD, *TRACE])] if together else [HEAD, *TRACE]
    bench.aws.logs.put(group, STREAM, [(moment, text) for text in texts])
    events = await bench.history(BROKER)
    assert [event.message for event in events] == ["\n".join([HEAD, *TRACE])]
    assert events[0].joined == (0 if together else 3)


async def test_a_trace_that_arrives_while_following(bench: Bench) -> None:
    """Its lines become visible one poll after the other; the store shows one event."""
    broker = bench.aws.mq.add_broker(BROKER)
    group = f"{broker.log_group_prefix}general"
    async with bench.filling(BROKER) as run:
        for text in (HEAD, *TRACE):
            bench.aws.logs.put(group, STREAM, [(ago(0), text)])
            polls = len(bench.aws.calls)
            await run.watched.until(
                lambda _, text=text: any(text in e.message for e in run.tail.store)  # type: ignore[misc]
            ) if text == HEAD else await _polled(bench, polls)
        assert [event.message for event in run.tail.store] == ["\n".join([HEAD, *TRACE])]


async def _polled(bench: Bench, since: int) -> None:
    from tests.engine.support import eventually

    await eventually(lambda: len(bench.aws.calls) > since + 6)
