"""The main flows against moto's server, an implementation that this project did not write.

It ignores `startFromHead` and log stream names, and gives no empty pages: reading must bear that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.errors import TargetError
from mqtail.settings import Settings
from tests.engine.support import GROUP, HURRIED, STREAM, Watched, ago, running
from tests.moto_servers import moto_server

EVENTS = 12_000


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A moto server; gives its URL."""
    with moto_server() as url:
        yield url


@pytest.fixture
def logs(moto: str) -> Iterator[Any]:
    """A client of it, with an empty log group of a broker."""
    client = boto3.client("logs", endpoint_url=moto)
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    yield client
    client.delete_log_group(logGroupName=GROUP)
    client.close()


def put(logs: Any, events: list[tuple[int, str]]) -> None:
    """Write events as an ordinary client does."""
    for row in range(0, len(events), 5_000):
        logs.put_log_events(
            logGroupName=GROUP,
            logStreamName=STREAM,
            logEvents=[{"timestamp": t, "message": m} for t, m in events[row : row + 5_000]],
        )


def tail_of(moto: str, **changes: Any) -> Tail:
    """A tail of the group."""
    settings = Settings(targets=(GROUP,), pace=HURRIED, max_requests=1000, **changes)
    return Tail(settings, SignIn("us-east-1", endpoint_url=moto))


async def test_history_in_both_directions(moto: str, logs: Any) -> None:
    """In order and into the store, the same events, each once."""
    moment = ago(300)
    written = [(moment + n, f"event {n:05}") for n in range(EVENTS)]
    put(logs, written)
    watched = Watched()
    await tail_of(moto, follow=False).run_in_order(watched.show)
    assert [event.message for event in watched.events] == [text for _, text in written]
    tail = tail_of(moto, follow=False)
    await tail.run()
    assert [event.message for event in tail.store] == [text for _, text in written]


async def test_newest_lines(moto: str, logs: Any) -> None:
    """Where the newest cannot come first, all is read and the newest kept."""
    moment = ago(300)
    put(logs, [(moment + n, f"event {n:05}") for n in range(EVENTS)])
    watched = Watched()
    await tail_of(moto, follow=False, lines=3).run_in_order(watched.show)
    assert [event.message for event in watched.events] == [
        f"event {n:05}" for n in range(EVENTS - 3, EVENTS)
    ]


async def test_following(moto: str, logs: Any) -> None:
    """What arrives is shown, late events too, each once."""
    put(logs, [(ago(10), "before")])
    watched = Watched()
    async with running(tail_of(moto).run_in_order(watched.show)):
        await watched.until_seen("before")
        put(logs, [(ago(0), "now")])
        await watched.until_seen("now")
        put(logs, [(ago(200), "late")])
        await watched.until_seen("late")
    assert [event.message for event in watched.events] == ["before", "now", "late"]
    assert [event.late for event in watched.events] == [False, False, True]


async def test_an_unknown_group(moto: str) -> None:
    """The error is mqtail's own."""
    settings = Settings(targets=("/nowhere",), pace=HURRIED, follow=False)
    with pytest.raises(TargetError, match="/nowhere"):
        await Tail(settings, SignIn("us-east-1", endpoint_url=moto)).run()
