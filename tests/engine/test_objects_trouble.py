"""Objects and transfers that go wrong: what is lost, what is said, what is tried again."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from mqtail.demo.faults import (
    AccessDenied,
    BrokenTransfer,
    ConnectionReset,
    ErrorFault,
    ExpiredCredentials,
    Fault,
    Hang,
    ServerError,
    Throttle,
    TruncatedBody,
)
from mqtail.demo.kafka_clusters import Cluster
from mqtail.errors import TargetError
from mqtail.status import State
from tests.engine.kafka import BUCKET, deliver, kafka_line, messages
from tests.engine.support import HURRIED, Bench, Following, Watched, ago, eventually

FAST = replace(HURRIED, object_poll_ms=30)
PLACE = {"kinds": ("broker",), "pace": FAST}
KMS_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def one_each(bench: Bench, cluster: Cluster, count: int, since_s: int = 500) -> dict[str, str]:
    """So many objects of a line each; the lines by key."""
    step = since_s / count
    times = [ago(since_s - step * number) for number in range(count)]
    lines = [kafka_line(time, f"line {number}") for number, time in enumerate(times)]
    return {
        deliver(bench.aws, cluster, 1 + number % 3, [line], time): line
        for number, (time, line) in enumerate(zip(times, lines, strict=True))
    }


def large(bench: Bench, cluster: Cluster) -> list[str]:
    """An object of some megabytes that do not compress well; its lines."""
    chance = random.Random(2)
    at = ago(400)
    lines = [kafka_line(at + number, chance.randbytes(100).hex()) for number in range(20_000)]
    deliver(bench.aws, cluster, 1, lines, ago(300))
    return lines


@pytest.mark.parametrize("backwards", [False, True])
async def test_one_damaged_object_of_a_hundred_loses_only_itself(
    bench: Bench, clicks: Cluster, backwards: bool
) -> None:
    """It is named, with the place of the damage, and what comes before that is shown."""
    written = one_each(bench, clicks, 100)
    moment = ago(200)
    lines = [kafka_line(moment + number, f"of the damaged {number}") for number in range(5_000)]
    packed = gzip.compress("".join(f"{line}\n" for line in lines).encode())
    key = deliver(bench.aws, clicks, 2, [], moment, body=packed[: len(packed) // 2])
    if backwards:
        tail = await bench.stored("clicks", **PLACE)
        events = list(tail.store)
        (status,) = tail.readers
        assert status.passed_over == 1
        assert f"s3://{BUCKET}/{key} is damaged after " in status.problem
    else:
        events = await bench.history("clicks", **PLACE)
    found = Counter(messages(events))
    assert all(found[line] == 1 for line in written.values())
    rest = [event.message for event in events if event.key == key]
    whole = [message for message in rest if message in set(lines)]
    assert whole == lines[: len(whole)]
    assert len(rest) - len(whole) <= 1
    assert 1_000 < len(whole) < 4_999


TRANSFERS = [BrokenTransfer(), TruncatedBody(), ConnectionReset(), ServerError(), ServerError(500)]


@pytest.mark.parametrize("fault", TRANSFERS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("operation", ["GetObject", "ListObjectsV2"])
async def test_what_breaks_off_is_asked_for_again_from_where_it_stopped(
    bench: Bench, clicks: Cluster, fault: Fault, operation: str
) -> None:
    """Nothing is lost, nothing comes twice, and not all of it is transferred again."""
    lines = large(bench, clicks)
    bench.aws.faults.add(fault, operation=operation, times=3)
    assert messages(await bench.history("clicks", **PLACE)) == lines
    asked = [call.parameters["Range"] for call in bench.aws.calls_of("GetObject")]
    assert sum(text.startswith("bytes=0-") for text in asked) <= 4


@pytest.mark.parametrize("fault", [Throttle(), ExpiredCredentials()], ids=["throttle", "expired"])
async def test_what_passes_is_waited_for(bench: Bench, clicks: Cluster, fault: Fault) -> None:
    """The state says what is wrong; nothing is passed over.

    In the UI: in a pipe, a tail that never got through ends where credentials are no good.
    """
    lines = large(bench, clicks)
    handle = bench.aws.faults.add(fault, operation="GetObject")
    async with bench.filling("clicks", **PLACE) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].reason != "")
        assert run.tail.readers[0].state in (State.THROTTLED, State.FAILING)
        handle.remove()
        await run.watched.until(lambda events: len(events) == len(lines))
        (status,) = run.tail.readers
        await eventually(lambda: status.state is State.LIVE and not status.reason)
    assert messages(run.watched.events) == lines
    assert status.passed_over == 0


DENIALS: list[tuple[str, str, str]] = [
    ("object", "", "s3:GetObject"),
    ("kms", KMS_KEY, f"kms:Decrypt on {KMS_KEY}"),
    ("kms", "", "kms:Decrypt"),
]


def deny(bench: Bench, how: str, key: str) -> None:
    """Forbid an object, or its KMS key."""
    {"object": bench.aws.s3.deny_object, "kms": bench.aws.s3.deny_kms}[how](BUCKET, key)


@pytest.mark.parametrize(("how", "kms_key", "told"), DENIALS)
async def test_a_forbidden_object_is_named_and_read_once_that_is_granted(
    bench: Bench, clicks: Cluster, how: str, kms_key: str, told: str
) -> None:
    """The others come; what is missing is said, with the key of the encryption."""
    good = one_each(bench, clicks, 10)
    line = kafka_line(ago(60), "secret")
    key = deliver(bench.aws, clicks, 1, [], ago(50), body=b"")
    bench.aws.s3.put_object(
        BUCKET, key, gzip.compress(f"{line}\n".encode()), modified=ago(40), kms_key=kms_key
    )
    deny(bench, how, key)
    async with bench.following("clicks", **PLACE) as run:
        await run.watched.until_seen(*good.values())
        await eventually(lambda: run.tail.readers[0].passed_over == 1)
        (status,) = run.tail.readers
        assert f"s3://{BUCKET}/{key}" in status.problem
        assert told in status.problem
        await eventually(lambda: status.state is State.LIVE)
        assert not status.hopeless
        bench.aws.s3.allow_object(BUCKET, key)
        await run.watched.until_seen(line)
        await eventually(lambda: (status.passed_over, status.problem) == (0, ""))
    assert Counter(messages(run.watched.events)) == Counter([*good.values(), line])


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (("InvalidObjectState", "The operation is not valid.", 403), "is archived"),
        (("KMS.DisabledException", f"{KMS_KEY} is disabled.", 400), f"See to {KMS_KEY}"),
        (("PreconditionFailed", "x", 412), "was replaced"),
        (("NoSuchKey", "The specified key does not exist.", 404), "was deleted"),
        (("AccessDenied", "Access Denied", 403), "kms:Decrypt"),
    ],
)
async def test_other_reasons_not_to_read_an_object(
    bench: Bench, clicks: Cluster, error: tuple[str, str, int], told: str
) -> None:
    """Each in words of its own, counted once, and the rest comes."""
    written = one_each(bench, clicks, 5)
    bad, line = list(written.items())[2]
    bench.aws.faults.add(ErrorFault(*error), operation="GetObject", where=lambda p: p["Key"] == bad)
    tail = await bench.stored("clicks", **PLACE)
    assert set(messages(list(tail.store))) == set(written.values()) - {line}
    (status,) = tail.readers
    assert status.passed_over == 1
    assert bad in status.problem
    assert told in status.problem


async def test_an_object_that_is_deleted_meanwhile(bench: Bench, clicks: Cluster) -> None:
    """A lifecycle rule may run between the listing and the reading."""
    written = one_each(bench, clicks, 3)
    gone, line = next(iter(written.items()))
    bench.aws.faults.add(
        _Deleting(bench, gone), operation="GetObject", where=lambda p: p["Key"] == gone
    )
    tail = await bench.stored("clicks", **PLACE)
    assert set(messages(list(tail.store))) == set(written.values()) - {line}
    assert "was deleted" in tail.readers[0].problem


class _Deleting(Fault):
    """Deletes an object just before it is read."""

    def __init__(self, bench: Bench, key: str) -> None:
        self._bench, self._key = bench, key

    async def strike(self, call: Any, around: Any) -> None:
        """Delete it."""
        self._bench.aws.s3.delete_object(BUCKET, self._key)


async def test_when_everything_is_forbidden_it_is_said_at_once(
    bench: Bench, clicks: Cluster
) -> None:
    """Reading ends, where it is to end; where it is not, it gives up, too, and says why."""
    for key in one_each(bench, clicks, 30):
        bench.aws.s3.deny_kms(BUCKET, key)
    with pytest.raises(TargetError, match=r"kms:Decrypt") as caught:
        await bench.history("clicks", **PLACE)
    assert "kms:Decrypt on arn:aws:kms" in caught.value.hint
    with pytest.raises(TargetError, match=r"kms:Decrypt"):
        await bench.tail("clicks", **PLACE).run_in_order(Watched().show)


async def test_the_store_waits_until_something_is_permitted(bench: Bench, clicks: Cluster) -> None:
    """The UI goes on: a person may grant the right while it runs."""
    written = one_each(bench, clicks, 12)
    for key in written:
        bench.aws.s3.deny_object(BUCKET, key)
    async with bench.filling("clicks", **PLACE) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].hopeless)
        (status,) = run.tail.readers
        assert status.state is State.FAILING
        assert "s3:GetObject" in status.reason + status.hint
        assert status.complete_to == 0
        for key in written:
            bench.aws.s3.allow_object(BUCKET, key)
        await run.watched.until_seen(*written.values())
        await eventually(lambda: status.state is State.LIVE)
    assert not status.hopeless
    assert len(run.tail.store) == len(written)


async def test_a_bucket_that_cannot_be_listed(bench: Bench, clicks: Cluster) -> None:
    """One sentence that names the permission."""
    bench.aws.faults.add(AccessDenied(), operation="ListObjectsV2")
    with pytest.raises(TargetError, match="s3:ListBucket"):
        await bench.history("clicks", **PLACE)
    with pytest.raises(TargetError, match="s3:ListBucket"):
        await bench.tail("clicks", **PLACE).run_in_order(Watched().show)


async def test_a_bucket_that_is_not_there_is_waited_for(bench: Bench) -> None:
    """And one in which nothing was delivered yet."""
    cluster = bench.aws.kafka.add_cluster("clicks", s3=(BUCKET, ""))

    def state(run: Following) -> tuple[State, str]:
        status = run.tail.readers[0] if run.tail.readers else None
        return (status.state, status.reason) if status else (State.STARTING, "")

    async with bench.following("clicks", **PLACE) as run:
        await eventually(lambda: state(run)[0] is State.WAITING and BUCKET in state(run)[1])
        bench.aws.s3.create_bucket(BUCKET)
        await eventually(lambda: "Nothing was delivered" in state(run)[1])
        assert state(run)[0] is State.WAITING
        line = kafka_line(ago(1), "born")
        deliver(bench.aws, cluster, 1, [line], ago(0))
        await run.watched.until_seen(line)
        await eventually(lambda: state(run) == (State.LIVE, ""))


async def test_what_was_delivered_while_blind_is_read_afterwards(
    bench: Bench, clicks: Cluster
) -> None:
    """The looks go back to the last good one."""
    first = kafka_line(ago(30), "first")
    deliver(bench.aws, clicks, 1, [first], ago(20))
    async with bench.following("clicks", **PLACE) as run:
        await run.watched.until_seen(first)
        handle = bench.aws.faults.add(ConnectionReset(), service="s3")
        await eventually(lambda: run.tail.readers[0].state is State.FAILING)
        lines = [kafka_line(ago(10 - number), f"{number}") for number in range(5)]
        for number, line in enumerate(lines):
            deliver(bench.aws, clicks, number, [line], ago(5))
        handle.remove()
        await run.watched.until_seen(*lines)
    assert Counter(messages(run.watched.events)) == Counter([first, *lines])


def further(parameters: dict[str, Any]) -> bool:
    """Whether a call asks for another range of an object than the first."""
    return not parameters["Range"].startswith("bytes=0-")


@pytest.mark.parametrize("lines", [None, 10_000])
async def test_what_was_read_is_shown_when_it_is_broken_off(
    bench: Bench, clicks: Cluster, lines: int | None
) -> None:
    """In the middle of one object, with another one open."""
    written = large(bench, clicks)
    other = kafka_line(ago(350), "other")
    deliver(bench.aws, clicks, 2, [other], ago(420))
    handle = bench.aws.faults.add(Hang(), operation="GetObject", where=further)
    async with bench.following("clicks", lines=lines, **PLACE) as run:
        await eventually(lambda: handle.hits > 0)
    events = messages(run.watched.events)
    # Backwards the older object is not begun yet.
    assert (other in events) is (lines is None)
    assert [line for line in events if line != other] == written[: len(set(events) - {other})]
    assert len(events) > 1_000


async def test_live_events_that_were_read_are_shown_when_it_is_broken_off(
    bench: Bench, clicks: Cluster
) -> None:
    """A large object had been delivered a moment ago."""
    async with bench.following("clicks", **PLACE) as run:
        await eventually(lambda: bool(run.tail.readers) and run.tail.readers[0].complete_to > 0)
        handle = bench.aws.faults.add(Hang(), operation="GetObject", where=further)
        written = large(bench, clicks)
        await eventually(lambda: handle.hits > 0)
    found = messages(run.watched.events)
    assert found == written[: len(found)]
    assert len(found) > 1_000


async def test_a_bucket_in_another_region(bench: Bench) -> None:
    """S3 redirects, and the client goes there."""
    bench.aws.s3.create_bucket(BUCKET, region="eu-west-1")
    cluster = bench.aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
    line = kafka_line(ago(60), "far away")
    deliver(bench.aws, cluster, 1, [line], ago(50))
    assert messages(await bench.history("clicks", **PLACE)) == [line]
