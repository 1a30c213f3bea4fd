"""Each fault as a real client sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from mqtail.demo import faults
from mqtail.demo.cloudtrail_service import iso_seconds
from mqtail.demo.server import EmbeddedAws
from tests.demo.conftest import NOW, Connect

if TYPE_CHECKING:
    from types_aiobotocore_logs import CloudWatchLogsClient
    from types_aiobotocore_logs.type_defs import FilteredLogEventTypeDef

GROUP = "/app/a"


async def read(logs: CloudWatchLogsClient, **parameters: Any) -> list[str]:
    """Messages of one page."""
    answer = await logs.filter_log_events(logGroupName=GROUP, **parameters)
    return [event["message"] for event in answer["events"]]


async def pages_of_two(logs: CloudWatchLogsClient) -> list[list[FilteredLogEventTypeDef]]:
    """The events of all pages, at most two on each."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, PaginationConfig={"PageSize": 2}
    )
    return [page["events"] async for page in pages]


async def error(logs: CloudWatchLogsClient) -> Any:
    """The error that a call ends with."""
    with pytest.raises(ClientError) as raised:
        await read(logs)
    return raised.value.response


@pytest.fixture(autouse=True)
def _three_events(aws: EmbeddedAws) -> None:
    aws.logs.put(GROUP, "s", [(n, str(n)) for n in range(3)])


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (faults.Throttle(), "ThrottlingException", 400),
        (faults.ServerError(), "ServiceUnavailableException", 503),
        (faults.ServerError(500), "InternalFailure", 500),
        (faults.ExpiredCredentials(), "ExpiredTokenException", 400),
        (faults.UnrecognizedClient(), "UnrecognizedClientException", 400),
        (faults.InvalidSignature(), "InvalidSignatureException", 403),
        (faults.AccessDenied(), "AccessDeniedException", 400),
    ],
)
async def test_errors(
    aws: EmbeddedAws, logs: CloudWatchLogsClient, fault: faults.Fault, code: str, status: int
) -> None:
    """Code and HTTP status arrive; once removed, the fault is over."""
    handle = aws.faults.add(fault, operation="FilterLogEvents")
    response = await error(logs)
    assert response["Error"]["Code"] == code
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    handle.remove()
    assert await read(logs) == ["0", "1", "2"]
    assert handle.hits == 1


async def test_access_denied_in_the_words_of_aws(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """Who, what, on which resource, and why."""
    aws.faults.add(faults.AccessDenied(), times=1)
    assert (await error(logs))["Error"]["Message"] == (
        "User: arn:aws:iam::111122223333:user/demo is not authorized to perform:"
        " logs:FilterLogEvents on resource:"
        " arn:aws:logs:us-east-1:111122223333:log-group:/app/a:log-stream:"
        " because no identity-based policy allows the logs:FilterLogEvents action"
    )
    aws.faults.add(faults.AccessDenied(explicit=True), times=1)
    assert "with an explicit deny" in (await error(logs))["Error"]["Message"]


async def test_reset(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """The client sees a connection that was reset."""
    aws.faults.add(faults.ConnectionReset(), times=1)
    with pytest.raises(EndpointConnectionError):
        await read(logs)
    assert await read(logs)


async def test_a_body_that_was_cut_off(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """Status 200, and no readable JSON: botocore takes it for an answer without events."""
    aws.faults.add(faults.TruncatedBody(), times=1)
    answer = await logs.filter_log_events(logGroupName=GROUP)
    assert "events" not in answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


async def test_a_body_that_trickles(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """It comes in pieces, whole in the end; also that of an error."""
    aws.faults.add(faults.Trickle(0.0001, size=100))
    assert await read(logs) == ["0", "1", "2"]
    aws.faults.add(faults.Throttle(), times=1)
    assert (await error(logs))["Error"]["Code"] == "ThrottlingException"


async def test_a_body_that_trickles_for_ever(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """Something came, so the client waits; the server does not, when it is stopped."""
    begun = asyncio.Event()

    class Noted(faults.Trickle):
        def shape(self, transfer: faults.Transfer) -> None:
            super().shape(transfer)
            begun.set()

    aws.faults.add(Noted(3600))
    call = asyncio.create_task(read(logs))
    await begun.wait()
    await aws.stop()
    with pytest.raises((HTTPClientError, aiohttp.ClientError)):
        await call


@pytest.mark.parametrize("failing", [False, True], ids=["answer", "error"])
async def test_a_wrong_date(aws: EmbeddedAws, logs: CloudWatchLogsClient, failing: bool) -> None:
    """The header is off, whatever the answer is."""
    aws.clock = lambda: NOW
    aws.faults.add(faults.WrongDate(-90))
    if failing:
        aws.faults.add(faults.Throttle())
        response = await error(logs)
    else:
        response = await logs.describe_log_groups()
    assert response["ResponseMetadata"]["HTTPHeaders"]["date"] == "Fri, 20 Nov 2026 23:58:30 GMT"


async def test_slow(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """The answer comes in the end."""
    aws.faults.add(faults.Slow(0.01), times=1)
    assert await read(logs) == ["0", "1", "2"]


async def test_a_call_that_hangs_ends_with_the_server(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """Nothing comes back; stopping the server does not wait for it."""
    reached = asyncio.Event()

    def where(parameters: dict[str, Any]) -> bool:
        reached.set()
        return True

    aws.faults.add(faults.Hang(), where=where)
    call = asyncio.create_task(read(logs))
    await reached.wait()
    await aws.stop()
    with pytest.raises(EndpointConnectionError):
        await call


async def test_empty_pages(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """So many come before each page that has events, with a token."""
    aws.faults.add(faults.EmptyPages(2))
    pages = [[event["message"] for event in page] for page in await pages_of_two(logs)]
    assert pages == [[], [], ["0", "1"], [], [], ["2"]]


async def test_repeated_events(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """The same event, by its id, is on two pages."""
    aws.faults.add(faults.RepeatEvents(1))
    pages = [[event["eventId"] for event in page] for page in await pages_of_two(logs)]
    (a, b), (again, c) = pages
    assert again == b
    assert len({a, b, c}) == 3


async def test_events_that_are_twice_on_a_page(
    aws: EmbeddedAws, logs: CloudWatchLogsClient
) -> None:
    """One after the other; a page has no more than were asked for."""
    aws.faults.add(faults.RepeatEvents(1, same_page=True))
    pages = await pages_of_two(logs)
    assert [[event["message"] for event in page] for page in pages] == [[n, n] for n in "012"]
    (event, again), *_ = pages
    assert event["eventId"] == again["eventId"]
    assert await read(logs) == ["0", "1", "2", "2"]


@pytest.mark.parametrize(
    ("fault", "pages"),
    [
        (faults.EmptyPages(1), [[], ["2", "1"], [], ["0"]]),
        (faults.RepeatEvents(1), [["2"], ["2", "1"], ["1", "0"]]),
        (faults.RepeatEvents(1, same_page=True), [["2", "2"], ["1", "1"], ["0", "0"]]),
    ],
    ids=["empty", "repeated", "twice"],
)
async def test_odd_pages_of_look_ups(
    aws: EmbeddedAws, connect: Connect, fault: faults.Fault, pages: list[list[str]]
) -> None:
    """CloudTrail's pages are odd in the same ways."""
    aws.cloudtrail.rate_limit = None
    for number in range(3):
        when = iso_seconds(aws.clock() - 60_000 + number * 1_000)
        aws.cloudtrail.put({"eventName": str(number), "eventTime": when})
    aws.faults.add(fault)
    client = await connect("cloudtrail")
    found = client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})
    assert [[event["EventName"] for event in page["Events"]] async for page in found] == pages


async def test_stale_answers(aws: EmbeddedAws, connect: Connect) -> None:
    """What came a moment ago is neither listed nor looked up yet; an object can be read."""
    now = aws.clock()
    aws.s3.put_object("b", "old", b"", visible=now - 60_000)
    aws.s3.put_object("b", "new", b"")
    aws.cloudtrail.put({"eventName": "Old"}, visible=now - 60_000)
    aws.cloudtrail.put({"eventName": "New"})
    s3, cloudtrail = await connect("s3"), await connect("cloudtrail")
    handle = aws.faults.add(faults.Stale(30))
    assert [found["Key"] for found in (await s3.list_objects_v2(Bucket="b"))["Contents"]] == ["old"]
    events = (await cloudtrail.lookup_events())["Events"]
    assert [event["EventName"] for event in events] == ["Old"]
    assert await s3.head_object(Bucket="b", Key="new")
    handle.remove()
    assert (await s3.list_objects_v2(Bucket="b"))["KeyCount"] == 2


async def test_calls_are_recorded(aws: EmbeddedAws, logs: CloudWatchLogsClient) -> None:
    """With their parameters, also those that failed."""
    aws.faults.add(faults.Throttle(), times=1)
    await error(logs)
    await read(logs, limit=5)
    failed, call = aws.calls_of("FilterLogEvents")
    assert (failed.service, failed.operation) == ("logs", "FilterLogEvents")
    assert call.parameters == {"logGroupName": GROUP, "limit": 5}
    assert (call.region, call.access_key) == ("us-east-1", "demo-access-key")
    assert call.time > 0
