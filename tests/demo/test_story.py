"""The stories: what holds whatever the seed, and that they are told in real time."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from itertools import pairwise

import pytest

from mqtail.demo.mq_service import MqService
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.story.play import MqScript, story_events
from mqtail.demo.story.telling import CHAPTER_MS, StoryEvent

START = 1_795_219_200_000
MINUTE = 60_000

GENERAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| (INFO |WARN |ERROR) \| ")
AUDIT = re.compile(
    r"INFO  \| (\w+) (called|requested) .* at \d\d-\d\d-\d{4} \d\d:\d\d:\d\d,\d{3} \| [^|]+",
    re.DOTALL,
)
RABBITMQ = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00 \[\w+\] <\d+\.\d+\.\d+> .*")
CONTINUATION = re.compile(r"[\w.$]+Exception: |\tat |Caused by: |\t\.\.\. \d+ more")


@pytest.fixture(scope="module")
def history() -> list[StoryEvent]:
    """The history of a story."""
    return story_events(START)


@pytest.fixture(scope="module")
def live() -> list[StoryEvent]:
    """Ten minutes of live events."""
    script = MqScript(MqService(lambda: START, "111122223333", "us-east-1"), "us-east-1", START)
    return [event for number in range(20) for event in script.chapter(number)]


def kind(event: StoryEvent) -> str:
    """The last part of the group's name."""
    return event.group.rpartition("/")[2]


def instance(event: StoryEvent) -> str:
    """The instance of an ActiveMQ stream."""
    return event.stream[-5]


def test_the_history_is_an_hour_that_is_over(history: list[StoryEvent]) -> None:
    """Several hundred events, all taken in before the start, in the order of their ingestion."""
    assert 500 < len(history) < 2000
    assert all(START - 61 * MINUTE < e.timestamp <= e.ingested <= START for e in history)
    assert all(a.ingested <= b.ingested for a, b in pairwise(history))
    assert min(e.timestamp for e in history) < START - 58 * MINUTE
    assert max(e.timestamp for e in history) > START - 2 * MINUTE


def test_the_story_can_be_told_again(history: list[StoryEvent]) -> None:
    """The same seed and start give the same events; another start gives the same at other times."""
    assert story_events(START) == history
    later = sorted(e.timestamp - 86_400_000 for e in story_events(START + 86_400_000))
    assert later == sorted(e.timestamp for e in history)
    assert [e.message for e in story_events(START, seed=7)] != [e.message for e in history]


def test_all_groups_and_streams(history: list[StoryEvent]) -> None:
    """Both instances, three nodes, the groups of both brokers, and one that is no broker's."""
    streams = defaultdict(set)
    for event in history:
        streams[kind(event), event.group[:16]].add(event.stream)
    counts = {name: len(found) for (name, _), found in streams.items()}
    assert counts["billing"] == 1
    assert counts["audit"] == 2
    assert counts["connection"] == counts["channel"] == 3
    assert len(streams["general", "/aws/amazonmq/br"]) == 5
    nodes = {s for s in streams["general", "/aws/amazonmq/br"] if s.startswith("rabbit@")}
    assert nodes == {f"rabbit@ip-10-0-21-{n}.us-east-1.compute.internal.log" for n in (51, 52, 53)}


@pytest.mark.parametrize("told", ["history", "live"])
def test_every_line_has_its_brokers_form(told: str, request: pytest.FixtureRequest) -> None:
    """And the time in the text is that of the event."""
    for event in request.getfixturevalue(told):
        if event.stream.startswith("rabbit@"):
            assert RABBITMQ.fullmatch(event.message), event.message
        elif kind(event) == "audit":
            assert AUDIT.fullmatch(event.message), event.message
        elif kind(event) == "general":
            first, *rest = event.message.split("\n")
            assert (GENERAL if not CONTINUATION.match(first) else CONTINUATION).match(first), first
            assert all(CONTINUATION.match(line) for line in rest)
            if GENERAL.match(first):
                assert first.count(" | ") == 4
                assert f",{event.timestamp % 1000:03d} | " in first[:27]


def test_the_failover_of_the_history(history: list[StoryEvent]) -> None:
    """The audit entry, seconds later the shutdown, then the other instance, then a new standby."""
    told = sorted(history, key=lambda e: e.timestamp)

    def first(number: str, words: str) -> StoryEvent:
        found = (e for e in told if instance(e) == number and words in e.message)
        return next(e for e in found if e.timestamp > START - 25 * MINUTE)

    steps = [
        first("1", "admin called org.apache.activemq.broker.jmx.BrokerView.terminateJVM"),
        first("1", "is shutting down"),
        first("1", "is shutdown"),
        first("2", "Recovering from the journal"),
        first("2", "Recovery replayed"),
        first("2", "Connector openwire started"),
        first("2", ") started"),
        first("2", "Adding Connection"),
        first("1", "slave mode waiting a lock"),
    ]
    times = [step.timestamp for step in steps]
    assert times == sorted(times)
    assert abs(times[0] - (START - 22 * MINUTE)) < 2000
    assert times[1] - times[0] < 5000
    assert kind(steps[0]) == "audit"
    before = [e for e in told if "slave mode" in e.message and e.timestamp < times[0]]
    assert [instance(e) for e in before] == ["2"]


def test_only_the_active_instance_works(history: list[StoryEvent]) -> None:
    """Clients are on instance 1 before the failover and on 2 after it."""
    for event in history:
        if "Connection: ConnectionInfo" in event.message:
            expected = "1" if event.timestamp < START - 22 * MINUTE + 2000 else "2"
            assert instance(event) == expected


def test_live_failovers_alternate(live: list[StoryEvent]) -> None:
    """The first back to instance 1, 90 s after the start; each after its audit entry."""
    calls = [e for e in live if "terminateJVM" in e.message]
    assert [instance(e) for e in calls] == ["2", "1", "2"]
    assert [(e.timestamp - START) // 1000 for e in calls] == [90, 330, 570]
    started = [instance(e) for e in live if "KahaDB is version" in e.message]
    assert started == ["1", "2", "1"]


def test_what_else_happens(history: list[StoryEvent]) -> None:
    """Each episode that the story promises."""
    text = "\0".join(event.message for event in history)
    for words in (
        "Usage Manager Memory Limit",
        "stopped to prevent flooding",
        "with 1 slow consumers",
        "Inactive for longer than 600000 ms - removing",
        "Security Error occurred",
        "admin requested /admin/createDestination.action",
        "sendTextMessage[reprocess order 48213\nand notify",
        "QueueView.purge[]",
        "memory resource limit alarm set on node",
        "Publishers will be blocked",
        "memory resource limit alarm cleared across the cluster",
        "PLAIN login refused",
        "missed heartbeats from client",
        "Channel error on connection",
    ):
        assert words in text, words


def test_stack_traces_come_in_both_ways(history: list[StoryEvent]) -> None:
    """As one event of many lines, and as many events of one time, in their order."""
    assert any("\n\tat " in event.message for event in history)
    frames = [event for event in history if event.message.startswith("\tat ")]
    assert len(frames) >= 10
    index = history.index(frames[0])
    run = history[index - 2 : index + 10]
    assert GENERAL.match(run[0].message)
    assert {(e.stream, e.timestamp, e.ingested) for e in run} == {
        (run[0].stream, run[0].timestamp, run[0].ingested)
    }


def test_a_crash_report_repeats_its_prefix(history: list[StoryEvent]) -> None:
    """Many events with equal time, level and process."""
    crash = [e.message for e in history if "  crasher:" in e.message]
    prefix = crash[0].removesuffix("  crasher:")
    assert sum(e.message.startswith(prefix) for e in history) > 10


def test_live_events_lag_as_brokers_do(live: list[StoryEvent]) -> None:
    """0.3 to 2 s, and one event a minute 20 s more; two to four events a second."""
    lags = sorted(e.ingested - e.timestamp for e in live if e.stream.startswith("activemq"))
    late = [lag for lag in lags if lag >= 20_000]
    assert lags[0] >= 300
    assert all(lag <= 2_000 for lag in lags[: -len(late)])
    assert 8 <= len(late) <= 10
    assert 2 <= len(live) / (20 * CHAPTER_MS / 1000) <= 4


def test_live_events_become_visible_in_time() -> None:
    """Told ahead, an event is read from its ingestion on."""
    now = START

    def clock() -> int:
        return now

    aws = EmbeddedAws(clock=clock, story=True)
    logs, play = aws.logs, aws.play
    assert play is not None
    play.publish_until(START)
    play.open(START)
    group = play.orders.log_group_prefix + "general"
    told = len(logs.events(group))
    assert told == sum(e.group == group for e in story_events(START))
    play.publish_until(START + 2 * MINUTE)
    assert len(logs.events(group)) == told
    for now in range(START, START + 2 * MINUTE, 5_000):
        visible = logs.events(group)
        assert max(event.ingestion_time for event in visible) <= now
    assert len(visible) > told + 50


async def test_the_server_goes_on_telling() -> None:
    """A running server has live events of the next minute at hand, and stops without a trace."""
    now = START
    async with EmbeddedAws(clock=lambda: now, story=True) as aws:
        await asyncio.sleep(0)
        assert aws.play is not None
        group = aws.play.orders.log_group_prefix + "general"
        told = len(aws.logs.events(group))
        now += MINUTE
        assert len(aws.logs.events(group)) > told
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "story"] == []
