"""The server over HTTP: wire formats, both kinds of client, threads, and the demo's output."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import boto3
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from mqtail.demo import faults
from mqtail.demo.serve import environment, serve
from mqtail.demo.server import EmbeddedAws, servers
from mqtail.demo.thread import EmbeddedAwsThread

LOGS = {"Authorization": "AWS4-HMAC-SHA256 Credential=k/20261121/us-east-1/logs/aws4_request, x"}
MQ = {"Authorization": LOGS["Authorization"].replace("/logs/", "/mq/")}
STS = {"Authorization": LOGS["Authorization"].replace("/logs/", "/sts/")}
OTHER = {"Authorization": LOGS["Authorization"].replace("/logs/", "/kinesis/")}

CheckShape = Callable[[Shape | None, Any], None]
OperationModels = Callable[[str, str], OperationModel]


@pytest.fixture
async def http() -> Any:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
def threaded() -> Iterator[EmbeddedAwsThread]:
    """A server in a thread of its own, with the story's history."""
    with EmbeddedAwsThread(EmbeddedAws(story=True, live=False)) as server:
        yield server


async def test_answers_on_the_wire_fit_the_models(
    story_aws: EmbeddedAws,
    http: aiohttp.ClientSession,
    operation_model: OperationModels,
    check_shape: CheckShape,
) -> None:
    """The raw JSON of each reading operation has the members of AWS's model and no others."""
    assert story_aws.play is not None
    orders = story_aws.play.orders
    group = {"logGroupName": orders.log_group_prefix + "audit"}
    stream = {"logStreamName": f"activemq-{orders.id}-1.log"}
    for operation, parameters in (
        ("FilterLogEvents", group | {"limit": 3}),
        ("GetLogEvents", group | stream),
        ("DescribeLogGroups", {"limit": 2}),
        ("DescribeLogStreams", group | {"limit": 1}),
        ("DescribeResourcePolicies", {}),
    ):
        headers = LOGS | {"X-Amz-Target": f"Logs_20140328.{operation}"}
        async with http.post(story_aws.url, json=parameters, headers=headers) as response:
            assert response.content_type == "application/x-amz-json-1.1"
            assert response.headers["x-amzn-RequestId"]
            answer = await response.json(content_type=None)
        check_shape(operation_model("logs", operation).output_shape, answer)
        assert response.status == 200
    for path, operation in (
        ("/v1/brokers", "ListBrokers"),
        (f"/v1/brokers/{orders.id}", "DescribeBroker"),
        (f"/v1/brokers/{story_aws.play.telemetry.id}", "DescribeBroker"),
    ):
        async with http.get(story_aws.url + path, headers=MQ) as response:
            check_shape(operation_model("mq", operation).output_shape, await response.json())


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("POST", "/", LOGS | {"X-Amz-Target": "Logs_20140328.NoSuch"}, "{}", 400,
         "UnknownOperationException"),
        ("POST", "/", LOGS | {"X-Amz-Target": "Kinesis_20131202.PutRecord"}, "{}", 400,
         "UnknownOperationException"),
        ("POST", "/", LOGS | {"X-Amz-Target": "Logs_20140328.FilterLogEvents"}, "{", 400,
         "SerializationException"),
        ("POST", "/", LOGS | {"X-Amz-Target": "Logs_20140328.FilterLogEvents"}, "[]", 400,
         "SerializationException"),
        ("POST", "/", LOGS | {"X-Amz-Target": "Logs_20140328.FilterLogEvents"}, '{"limit": []}',
         400, "InvalidParameterException"),
        ("POST", "/", LOGS, "{}", 404, "UnknownOperationException"),
        ("POST", "/", OTHER | {"X-Amz-Target": "Kinesis_20131202.PutRecord"}, "{}", 404,
         "UnknownOperationException"),
        ("GET", "/v1/configurations", MQ, "", 404, "UnknownOperationException"),
        ("DELETE", "/v1/brokers/b-1", MQ, "", 404, "UnknownOperationException"),
        ("PUT", "/", MQ, "", 404, "UnknownOperationException"),
        ("GET", "/v1/brokers/b%3A%2F1", MQ, "", 404, "NotFoundException"),
        ("GET", "/v1/brokers?maxResults=3", MQ, "", 400, "BadRequestException"),
        ("GET", "/v1/brokers?nextToken=x", MQ, "", 400, "BadRequestException"),
        ("GET", "/v1/brokers", {}, "", 403, "MissingAuthenticationTokenException"),
    ],
)  # fmt: skip
async def test_errors_on_the_wire(
    aws: EmbeddedAws,
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str,
    status: int,
    code: str,
) -> None:
    """Whatever is asked for, the answer is an error of AWS's form, and no failure."""
    url = aws.url + path
    async with http.request(method, url, headers=headers, data=body.encode()) as response:
        assert response.status == status
        assert response.headers["x-amzn-errortype"] == code
        error = await response.json(content_type=None)
    assert error["message"]
    if "X-Amz-Target" in headers:
        assert error["__type"] == code


async def test_requests_have_a_size(aws: EmbeddedAws, http: aiohttp.ClientSession) -> None:
    """More than any client sends is refused."""
    body = io.BytesIO(bytes(17 * 1024 * 1024))
    async with http.post(aws.url, data=body, headers=LOGS) as response:
        assert response.status == 413


async def test_query_errors_are_xml(aws: EmbeddedAws, http: aiohttp.ClientSession) -> None:
    """An action that STS does not have."""
    form = {"Action": "<No>", "Version": "2011-06-15"}
    async with http.post(aws.url, data=form, headers=STS) as response:
        assert response.status == 400
        text = await response.text()
    assert "<Code>InvalidAction</Code>" in text
    assert "&lt;No&gt;" in text


async def test_a_failure_of_the_server_is_an_internal_failure(
    aws: EmbeddedAws, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """A predicate of a fault that raises, for one."""
    aws.faults.add(faults.Throttle(), where=lambda parameters: bool(parameters["missing"]))
    async with http.get(aws.url + "/v1/brokers", headers=MQ) as response:
        assert response.status == 500
        assert response.headers["x-amzn-errortype"] == "InternalFailure"
    assert "missing" in caplog.text


async def test_aiobotocore_finds_brokers_in_their_region(
    aws: EmbeddedAws, session: AioSession
) -> None:
    """In pages, and in no other region; the region is that of the client."""
    for n in range(7):
        aws.mq.add_broker(f"broker-{n}", region="eu-west-1")
    aws.mq.add_broker("elsewhere", engine="RABBITMQ", state="REBOOT_IN_PROGRESS")
    async with session.create_client("mq", region_name="eu-west-1", endpoint_url=aws.url) as client:
        pages = client.get_paginator("list_brokers").paginate(PaginationConfig={"PageSize": 5})
        found = [[b["BrokerName"] for b in p["BrokerSummaries"]] async for p in pages]
        assert [len(page) for page in found] == [5, 2]
        assert sorted(name for page in found for name in page) == [f"broker-{n}" for n in range(7)]
    async with session.create_client("mq", region_name="us-east-1", endpoint_url=aws.url) as client:
        (broker,) = (await client.list_brokers())["BrokerSummaries"]
        assert (broker["BrokerState"], broker["EngineType"]) == ("REBOOT_IN_PROGRESS", "RABBITMQ")
        with pytest.raises(client.exceptions.NotFoundException):
            await client.describe_broker(BrokerId="b-none")
        aws.faults.add(faults.AccessDenied(), operation="DescribeBroker")
        with pytest.raises(ClientError, match="not authorized to perform: mq:DescribeBroker"):
            await client.describe_broker(BrokerId=broker["BrokerId"])


async def test_logs_of_a_broker(aws: EmbeddedAws, session: AioSession) -> None:
    """Groups are told even where the log is off; RabbitMQ has no audit log; what is pending."""
    off = aws.mq.add_broker("off", general=False, audit=False, pending_logs={"general": True})
    rabbit = aws.mq.add_broker("rabbit", engine="RABBITMQ")
    async with session.create_client("mq", region_name="us-east-1", endpoint_url=aws.url) as client:
        assert (await client.describe_broker(BrokerId=off.id))["Logs"] == {
            "General": False,
            "GeneralLogGroup": f"/aws/amazonmq/broker/{off.id}/general",
            "Audit": False,
            "AuditLogGroup": f"/aws/amazonmq/broker/{off.id}/audit",
            "Pending": {"General": True},
        }
        assert (await client.describe_broker(BrokerId=rabbit.id))["Logs"] == {
            "General": True,
            "GeneralLogGroup": f"/aws/amazonmq/broker/{rabbit.id}/general",
        }
        aws.mq.remove_broker(off)
        with pytest.raises(client.exceptions.NotFoundException):
            await client.describe_broker(BrokerId=off.id)


async def test_sts_tells_the_caller_and_assumes_roles(
    aws: EmbeddedAws, session: AioSession
) -> None:
    """The keys of an assumed role are its own identity afterwards."""
    async with session.create_client(
        "sts", region_name="us-east-1", endpoint_url=aws.url
    ) as client:
        assert (await client.get_caller_identity())["Account"] == aws.account
        role = f"arn:aws:iam::{aws.account}:role/ops/reader"
        assumed = await client.assume_role(RoleArn=role, RoleSessionName="me")
        with pytest.raises(ClientError, match="ValidationError"):
            await client.assume_role(RoleArn="not a role at all, no", RoleSessionName="me")
        aws.faults.add(faults.AccessDenied(), operation="AssumeRole")
        with pytest.raises(ClientError, match=r"sts:AssumeRole on resource: .*role/ops/reader"):
            await client.assume_role(RoleArn=role, RoleSessionName="me")
    keys = assumed["Credentials"]
    async with session.create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ) as client:
        arn = (await client.get_caller_identity())["Arn"]
    assert arn == f"arn:aws:sts::{aws.account}:assumed-role/reader/me"


def test_boto3_reads_and_feeds_it(threaded: EmbeddedAwsThread) -> None:
    """A synchronous client against a server in a thread."""
    session = boto3.Session(region_name="us-east-1")
    logs = session.client("logs", endpoint_url=threaded.url)
    groups = logs.describe_log_groups()["logGroups"]
    assert "/aws/lambda/billing" in [group["logGroupName"] for group in groups]
    logs.create_log_group(logGroupName="/own", tags={"a": "b"})
    logs.create_log_stream(logGroupName="/own", logStreamName="s")
    now = threaded.aws.clock()
    messages = ["plain", "\x1b[31mred\x00", "ümläut 漢字 \U0001f600", "two\nlines"]
    logs.put_log_events(
        logGroupName="/own",
        logStreamName="s",
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )
    paginator = logs.get_paginator("filter_log_events")
    pages = list(paginator.paginate(logGroupName="/own", limit=3))
    assert [e["message"] for page in pages for e in page["events"]] == messages
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/own")
    identity = session.client("sts", endpoint_url=threaded.url).get_caller_identity()
    assert identity["Arn"].endswith(":user/demo")


def test_a_thread_can_be_started_again(threaded: EmbeddedAwsThread) -> None:
    """On the same objects; functions run in the server's thread."""
    assert threaded.run(lambda: threading.current_thread().name) == "embedded-aws"
    with pytest.raises(ZeroDivisionError):
        threaded.run(lambda: 1 // 0)
    events = threaded.run(threaded.aws.logs.events, "/aws/lambda/billing")
    threaded.stop()
    threaded.stop()
    with pytest.raises(RuntimeError):
        threaded.run(int)
    threaded.start()
    assert threaded.run(threaded.aws.logs.events, "/aws/lambda/billing") == events


def test_a_port_that_is_taken(threaded: EmbeddedAwsThread) -> None:
    """The error reaches whoever starts the second server."""
    port = int(threaded.url.rpartition(":")[2])
    second = EmbeddedAwsThread(port=port)
    with pytest.raises(OSError, match="address already in use"):
        second.start()
    second.stop()


async def test_loopback_only() -> None:
    """No other address is listened on, and there is no URL before the start."""
    aws = EmbeddedAws()
    with pytest.raises(ValueError, match="loopback"):
        await aws.start("0.0.0.0")
    with pytest.raises(RuntimeError):
        _ = aws.url
    await aws.stop()


@pytest.mark.parametrize(("story", "brokers"), [(True, 6), (False, 0)])
async def test_serve_prints_how_to_reach_it(
    http: aiohttp.ClientSession, story: bool, brokers: int
) -> None:
    """Shell lines only; cancelled, it is gone."""
    lines: list[str] = []
    complete = asyncio.Event()

    def out(line: str) -> None:
        lines.append(line)
        if line.startswith("#"):
            # All examples are printed at once.
            complete.set()

    server = asyncio.create_task(serve(0, story, out))
    await complete.wait()
    await asyncio.sleep(0)
    assert all(line.startswith(("export AWS_", "# ")) for line in lines)
    url = lines[0].removeprefix("export AWS_ENDPOINT_URL=")
    exports = [f"export {name}={value}" for name, value in environment(url).items()]
    assert lines[: len(exports)] == exports
    assert ("# mqtail clicks-msk" in lines) == story
    async with http.get(url + "/v1/brokers", headers=MQ) as response:
        assert len((await response.json())["brokerSummaries"]) == brokers
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(url + "/v1/brokers", headers=MQ)


async def test_writes_are_told_from_reads(aws: EmbeddedAws, session: AioSession) -> None:
    """Those of mqtail are kept apart, and outlive a very long list of calls."""
    own = AioConfig(user_agent_appid="mqtail", retries={"total_max_attempts": 1})
    async with session.create_client(
        "logs", region_name="us-east-1", endpoint_url=aws.url, config=own
    ) as client:
        await client.describe_log_groups()
        assert aws.own_writes == []
        await client.create_log_group(logGroupName="/by/mqtail")
        with pytest.raises(ClientError):
            await client.put_subscription_filter(
                logGroupName="/by/mqtail", filterName="f", filterPattern="", destinationArn="arn:x"
            )
    async with session.create_client(
        "logs", region_name="us-east-1", endpoint_url=aws.url
    ) as client:
        await client.create_log_group(logGroupName="/by/others")
    described, first = aws.calls[:2]
    assert (described.writes, described.own) == (False, True)
    assert [call.operation for call in aws.own_writes] == [
        "CreateLogGroup",
        "PutSubscriptionFilter",
    ]
    assert [call.parameters.get("logGroupName") for call in aws.writes()] == [
        "/by/mqtail",
        "/by/mqtail",
        "/by/others",
    ]
    assert first.caller == f"arn:aws:iam::{aws.account}:user/demo"
    aws.calls.clear()
    assert len(aws.own_writes) == 2
    assert aws in servers()
    # Every test ends by looking whether mqtail wrote; here it was not mqtail.
    aws.own_writes.clear()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("Action=GetRole&RoleName=a&RoleName.member.1=b", "MalformedQueryString"),
        ("Action=GetRole&RoleName.member.1=b", "ValidationError"),
        ("Action=GetRole&" + "a." * 50 + "a=1", "MalformedQueryString"),
        ("Action=GetRole&RoleName.member=b", "ValidationError"),
        ("Action=GetRole&RoleName.member.x.y=b&RoleName.member.x=c", "MalformedQueryString"),
        ("Action=", "InvalidAction"),
        ("", "InvalidAction"),
    ],
)
async def test_forms_that_cannot_be_read(
    aws: EmbeddedAws, http: aiohttp.ClientSession, form: str, code: str
) -> None:
    """Whatever their fields spell, the answer is an error of AWS's form."""
    headers = {"Authorization": LOGS["Authorization"].replace("/logs/", "/iam/")}
    async with http.post(aws.url, data=form.encode(), headers=headers) as response:
        assert 400 <= response.status < 500
        assert f"<Code>{code}</Code>" in await response.text()
