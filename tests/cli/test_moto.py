"""The command line against moto's server, which this project did not write.

Unlike the embedded AWS it checks signatures and policies.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from mqtail.clock import wall_clock_ms
from tests.cli.support import Mqtail, Running
from tests.moto_servers import moto_server

GROUP, STREAM = "/aws/amazonmq/broker/b-1/general", "activemq-b-1-1.log"
HISTORY = (GROUP, "-o", "json", "--no-follow", "-s", "1h")
ROLE = "log-readers"
ADMINISTRATOR = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
READ = ["logs:FilterLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A moto server; gives its URL."""
    with moto_server() as url:
        yield url


@pytest.fixture
def logs(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of it, which is the AWS of this test, with an empty log group of a broker."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    client = boto3.client("logs", endpoint_url=moto)
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    yield client
    client.delete_log_group(logGroupName=GROUP)
    client.close()


@pytest.fixture(scope="module")
def user(moto: str) -> dict[str, str]:
    """Variables with the keys of a user who may do nothing but assume `ROLE`, which may read."""
    iam = boto3.client("iam", endpoint_url=moto, region_name="us-east-1", **ADMINISTRATOR)
    iam.create_user(UserName="ops")
    iam.put_user_policy(UserName="ops", PolicyName="p", PolicyDocument=_allowing("sts:AssumeRole"))
    trust = {"Principal": {"AWS": "*"}}
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_allowing("sts:AssumeRole", who=trust))
    iam.put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=_allowing(*READ))
    key = iam.create_access_key(UserName="ops")["AccessKey"]
    iam.close()
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def _allowing(*actions: str, who: dict[str, Any] | None = None) -> str:
    statement = {"Effect": "Allow", "Action": list(actions)} | (who or {"Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def guarded() -> Iterator[None]:
    """Have moto check who may do what, meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
        yield


def put(logs: Any, *messages: str, ago_ms: int = 0) -> None:
    """Write events as an ordinary client does."""
    now = wall_clock_ms() - ago_ms
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=STREAM,
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )


def test_history(mqtail: Mqtail, logs: Any) -> None:
    """JSON lines in time order."""
    put(logs, "one", "two", ago_ms=60_000)
    put(logs, "three", ago_ms=30_000)
    result = mqtail(*HISTORY)
    assert (result.code, result.err) == (0, "")
    assert result.messages == ["one", "two", "three"]
    assert {(event["service"], event["instance"]) for event in result.events} == {("mq", "1")}


def test_following(logs: Any) -> None:
    """What arrives is printed, until Ctrl+C."""
    put(logs, "before", ago_ms=10_000)
    with Running(GROUP, "-o", "json") as tail:
        tail.until("before")
        put(logs, "now")
        assert json.loads(tail.until("now")[-1])["message"] == "now"
        tail.signal(signal.SIGINT)
        ended = tail.end()
    assert (ended.code, ended.messages, ended.err) == (0, [], "")


def test_a_role_reads_what_its_user_may_not(
    mqtail: Mqtail,
    logs: Any,
    user: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Signatures of both are right."""
    put(logs, "hello", ago_ms=5_000)
    for name, value in user.items():
        monkeypatch.setenv(name, value)
    with guarded():
        refused = mqtail(*HISTORY)
        result = mqtail(*HISTORY, "--role-arn", f"arn:aws:iam::123456789012:role/{ROLE}")
    refused.failed(3, "user/ops is not authorized to perform: logs:", "Ask for the permission")
    assert (result.code, result.err, result.messages) == (0, "", ["hello"])


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_keys(
    mqtail: Mqtail,
    logs: Any,
    user: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """A key that nobody has, and a secret that is not the key's."""
    for variable, value in user.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv(name, "x" * 20)
    with guarded():
        result = mqtail(*HISTORY)
    result.failed(4, "The AWS credentials are not accepted")
