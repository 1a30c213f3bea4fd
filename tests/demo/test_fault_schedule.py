"""Which calls faults strike, and when, as real clients see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from mqtail.clock import wall_clock_ms
from mqtail.demo import faults
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import Clock, Connect

if TYPE_CHECKING:
    from types_aiobotocore_logs import CloudWatchLogsClient

GROUP = "/app/a"


async def outcome(call: Any) -> str:
    """The code of the error that a call ends with; empty if it succeeds."""
    try:
        await call
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


@pytest.fixture(autouse=True)
def _group(aws: EmbeddedAws) -> None:
    aws.logs.create_group(GROUP)


async def test_times_and_where(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """A fault strikes so many calls, and only those that match."""
    aws.logs.create_group("/app/b")
    aws.faults.add(faults.Throttle(), times=2, where=lambda p: p.get("logGroupName") == GROUP)
    aws.faults.add(faults.ServerError(), operation="DescribeLogGroups", service="logs")
    assert await outcome(logs.filter_log_events(logGroupName="/app/b")) == ""
    for code in ("ThrottlingException", "ThrottlingException", ""):
        assert await outcome(logs.filter_log_events(logGroupName=GROUP)) == code
    assert await outcome(logs.describe_log_groups()) == "ServiceUnavailableException"
    aws.faults.clear()
    assert await outcome(logs.describe_log_groups()) == ""


async def test_from_a_moment_to_another(
    aws: EmbeddedAws, logs: CloudWatchLogsClient, clock: Clock
) -> None:
    """By the server's clock; the end does not belong to it."""
    aws.clock = clock
    handle = aws.faults.add(
        faults.ExpiredCredentials(), begin=clock.now + 1_000, end=clock.now + 2_000
    )
    codes = []
    for _ in range(5):
        codes.append(await outcome(logs.describe_log_groups()))
        clock.now += 500
    assert codes == ["", "", "ExpiredTokenException", "ExpiredTokenException", ""]
    assert handle.hits == 2


async def test_one_access_key_of_several(aws: EmbeddedAws, connect: Connect) -> None:
    """The old key has expired, the new one works."""
    aws.faults.add(faults.ExpiredCredentials(), access_key="AKIAOLD")
    old, new = await connect("logs", key="AKIAOLD"), await connect("logs", key="AKIANEW")
    assert await outcome(old.describe_log_groups()) == "ExpiredTokenException"
    assert await outcome(new.describe_log_groups()) == ""


async def test_a_chance_is_drawn_anew_for_each_call(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """Of calls that match; with the same seed the same calls are struck."""
    handle = aws.faults.add(faults.Throttle(), operation="DescribeLogGroups", chance=0.3)

    async def struck() -> list[bool]:
        aws.faults.random.seed(7)
        await logs.filter_log_events(logGroupName=GROUP)
        return [bool(await outcome(logs.describe_log_groups())) for _ in range(40)]

    first = await struck()
    assert first == await struck()
    assert 4 <= sum(first) <= 20
    assert handle.hits == 2 * sum(first)


async def test_throttled_above_a_rate(
    aws: EmbeddedAws, logs: CloudWatchLogsClient, clock: Clock
) -> None:
    """Each operation by itself; a call that was refused does not count."""
    aws.clock = clock
    handle = aws.faults.add(faults.Throttle(above=2), service="logs")

    async def three() -> list[str]:
        return [await outcome(logs.filter_log_events(logGroupName=GROUP)) for _ in range(3)]

    assert await three() == ["", "", "ThrottlingException"]
    assert await outcome(logs.describe_log_groups()) == ""
    assert await three() == ["ThrottlingException"] * 3
    clock.now += 1_000
    assert await three() == ["", "", "ThrottlingException"]
    assert handle.hits == 5


async def test_a_refused_token(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """Only calls with a page token are struck, and counted."""
    aws.logs.put(GROUP, "s", [(n, str(n)) for n in range(2)])
    aws.faults.add(faults.RefusedToken(), times=1)
    page = await logs.filter_log_events(logGroupName=GROUP, limit=1)
    following = {"logGroupName": GROUP, "limit": 1, "nextToken": page["nextToken"]}
    call: Any = logs.filter_log_events
    assert await outcome(call(**following)) == "InvalidParameterException"
    assert await outcome(call(**following)) == ""


async def test_tokens_with_a_shorter_life(
    aws: EmbeddedAws, logs: CloudWatchLogsClient, clock: Clock
) -> None:
    """They expire by the server's clock."""
    aws.clock = clock
    aws.logs.put(GROUP, "s", [(n, str(n)) for n in range(2)])
    aws.logs.tokens.life_ms = 60_000
    page = await logs.filter_log_events(logGroupName=GROUP, limit=1)
    clock.now += 60_001
    with pytest.raises(ClientError, match="nextToken has expired"):
        await logs.filter_log_events(logGroupName=GROUP, nextToken=page["nextToken"])


async def test_groups_and_streams_that_vanish(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """With their events; what is made again is empty. What is not there can be deleted, too."""
    for stream in ("s", "t"):
        aws.logs.put(GROUP, stream, [(1, stream)])
    aws.logs.delete_stream(GROUP, "s")
    aws.logs.delete_stream(GROUP, "nowhere")
    answer = await logs.filter_log_events(logGroupName=GROUP)
    assert [event["message"] for event in answer["events"]] == ["t"]
    for _ in range(2):
        aws.logs.delete_group(GROUP)
    aws.logs.delete_stream(GROUP, "t")
    gone = "ResourceNotFoundException"
    assert await outcome(logs.filter_log_events(logGroupName=GROUP)) == gone
    aws.logs.create_group(GROUP)
    assert (await logs.filter_log_events(logGroupName=GROUP))["events"] == []


@pytest.mark.parametrize(
    ("service", "operation", "minutes", "code", "status"),
    [
        ("logs", "describe_log_groups", 5, "InvalidSignatureException", 400),
        ("mq", "list_brokers", 5, "InvalidSignatureException", 403),
        ("iam", "list_policies", 5, "SignatureDoesNotMatch", 403),
        ("sts", "get_caller_identity", 15, "SignatureDoesNotMatch", 403),
    ],
)
@pytest.mark.parametrize("late", [True, False], ids=["late", "early"])
async def test_signatures_of_another_time(
    aws: EmbeddedAws,
    connect: Connect,
    service: str,
    operation: str,
    minutes: int,
    code: str,
    status: int,
    late: bool,
) -> None:
    """Refused in AWS's words by a server whose clock is too far off, taken by one that is near."""
    aws.faults.add(faults.SignatureTime())
    call = getattr(await connect(service), operation)
    off_ms = minutes * 60_000 * (1 if late else -1)
    aws.clock = lambda: wall_clock_ms() + int(off_ms * 0.9)
    assert not (await outcome(call())).startswith(("InvalidSig", "Signature"))
    aws.clock = lambda: wall_clock_ms() + int(off_ms * 1.1)
    with pytest.raises(ClientError) as raised:
        await call()
    told = raised.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    words = ("expired", "now earlier", "-") if late else ("not yet current", "still later", r"\+")
    moment = r"\d{8}T\d{6}Z"
    pattern = (
        f"Signature {words[0]}: {moment} is {words[1]} than {moment}"
        rf" \({moment} {words[2]} {minutes} min\.\)"
    )
    assert raised.match(pattern)


async def test_a_skewed_request_to_s3(aws: EmbeddedAws, connect: Connect) -> None:
    """S3 tells both times and the limit."""
    aws.s3.create_bucket("b")
    aws.faults.add(faults.SignatureTime())
    s3 = await connect("s3")
    aws.clock = lambda: wall_clock_ms() + 14 * 60_000
    assert await outcome(s3.list_objects_v2(Bucket="b")) == ""
    aws.clock = lambda: wall_clock_ms() + 16 * 60_000
    with pytest.raises(ClientError) as raised:
        await s3.list_objects_v2(Bucket="b")
    told: Any = raised.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert told["Error"]["Code"] == "RequestTimeTooSkewed"
    assert told["Error"]["MaxAllowedSkewMilliseconds"] == "900000"
    assert told["Error"]["ServerTime"] > told["Error"]["RequestTime"][:4]
