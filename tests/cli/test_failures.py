"""What goes wrong at AWS, as the user is told it: one sentence, a hint, and the exit code."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from mqtail.demo.faults import (
    AccessDenied,
    ErrorFault,
    ExpiredCredentials,
    Fault,
    InvalidSignature,
    Throttle,
    UnrecognizedClient,
)
from mqtail.demo.story.play import Play
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import Mqtail

HISTORY = ("-o", "json", "--no-follow", "--since", "2h")


def break_it(server: EmbeddedAwsThread, fault: Fault, **calls: Any) -> None:
    """Have the calls meet a fault, until the end of the test."""
    server.run(lambda: server.aws.faults.add(fault, **calls))


def play_of(server: EmbeddedAwsThread) -> Play:
    """The story that a server tells."""
    assert server.aws.play is not None
    return server.aws.play


def of_group(kind: str) -> Any:
    """Matches calls about the log groups of a kind."""
    return lambda parameters: str(parameters.get("logGroupName", "")).endswith(f"/{kind}")


def test_an_unknown_name_lists_the_nearest(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """A slip of the finger is mended at a glance."""
    mqtail("ordres-mq", *HISTORY).failed(
        3, "No broker, cluster or log group is called ordres-mq.", "Nearest names: orders-mq"
    )


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("nothing-*", "nothing-*"),
        ("b-00000000-0000-0000-0000-000000000000", "b-00000000-0000-0000-0000-000000000000"),
        ("/aws/lambda/billin", "Nearest names: /aws/lambda/billing."),
        ("/nowhere", "/nowhere"),
        ("arn:aws:s3:::bucket", "neither a broker, a cluster, nor a log group"),
    ],
)
def test_what_does_not_exist_is_said(
    mqtail: Mqtail, story: EmbeddedAwsThread, target: str, part: str
) -> None:
    """Whatever it was meant to be."""
    mqtail(target, *HISTORY).failed(3, part)


def test_an_arn_of_another_region_is_wrong_usage(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """The hint has the option that mends it."""
    arn = play_of(story).orders.arn.replace("us-east-1", "eu-west-1")
    mqtail(arn, *HISTORY).failed(2, "eu-west-1", "Use --region eu-west-1.")


def test_a_region_without_brokers_is_said(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """Most often the region is not the one that was meant."""
    result = mqtail("--region", "eu-central-1", *HISTORY)
    result.failed(
        3, "There are no Amazon MQ brokers and no Amazon MSK clusters in eu-central-1.", "--region"
    )


@pytest.mark.parametrize("command", [("tail", *HISTORY), ("ls",)], ids=["tail", "ls"])
def test_no_credentials(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    """It says how to sign in."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    mqtail(*command).failed(4, "No AWS credentials were found.", "aws sso login", "mqtail demo")


@pytest.mark.parametrize(
    ("service", "fault", "part"),
    [
        ("sts", ExpiredCredentials(), "The AWS credentials have expired"),
        ("logs", ExpiredCredentials(), "The AWS credentials have expired"),
        ("mq", ExpiredCredentials(), "The AWS credentials have expired"),
        ("sts", UnrecognizedClient(), "The AWS credentials are not accepted"),
        ("logs", InvalidSignature(), "The AWS credentials are not accepted"),
    ],
)
def test_credentials_that_do_not_work(
    mqtail: Mqtail, story: EmbeddedAwsThread, service: str, fault: Fault, part: str
) -> None:
    """Whichever service says so, and also if STS alone says nothing."""
    break_it(story, fault, service=service)
    mqtail("orders-mq", *HISTORY).failed(4, part, "aws sso login")


def test_credentials_that_expire_before_the_reading(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """Found out by the first request that reads."""
    break_it(story, ExpiredCredentials(), operation="FilterLogEvents")
    result = mqtail("orders-mq", *HISTORY)
    result.failed(4, "The AWS credentials have expired", "aws sso login")
    assert result.err.count("have expired") == 1


def test_no_network(mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    result = mqtail("orders-mq", *HISTORY)
    result.failed(3, "AWS cannot be reached", "Check the network")
    assert result.err.count("\n") == 2


@pytest.mark.parametrize("command", [("tail", *HISTORY), ("ls",)], ids=["tail", "ls"])
def test_listing_brokers_is_not_permitted(
    mqtail: Mqtail, story: EmbeddedAwsThread, command: tuple[str, ...]
) -> None:
    """The permission that is missing is named; clusters are shown as long as they may be listed."""
    break_it(story, AccessDenied(), operation="ListBrokers")
    result = mqtail(*command)
    assert result.code == 0
    assert "mq:ListBrokers" in result.err
    assert "clicks-msk" in result.out.decode()
    break_it(story, AccessDenied(), service="kafka")
    mqtail(*command).failed(3, "Not permitted", "Ask for the permission mq:ListBrokers.")


def test_a_name_cannot_be_looked_up_but_an_id_can(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """Without mq:ListBrokers the broker's id still works."""
    break_it(story, AccessDenied(), operation="ListBrokers")
    mqtail("orders-mq", *HISTORY).failed(3, "mq:ListBrokers", "Give the broker's id (b-...)")
    by_id = mqtail(play_of(story).orders.id, *HISTORY)
    assert (by_id.code, by_id.err) == (0, "")
    assert by_id.events


@pytest.mark.parametrize("listing", [True, False], ids=["groups listed", "groups not listed"])
def test_a_broker_that_cannot_be_described_is_read_nevertheless(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]], listing: bool
) -> None:
    """The documented log groups are used, and a note says so."""
    break_it(story, AccessDenied(), operation="DescribeBroker")
    if not listing:
        break_it(story, AccessDenied(), operation="DescribeLogGroups")
    result = mqtail(play_of(story).orders.id, *HISTORY)
    assert result.code == 0
    assert "mq:DescribeBroker" in result.err
    assert "The documented log group names are used." in result.err
    assert sorted(result.messages) == sorted(event["message"] for event in everything)


@pytest.mark.parametrize("operation", ["DescribeLogGroups", "DescribeLogStreams"])
def test_what_is_not_permitted_but_not_needed_is_done_without(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]], operation: str
) -> None:
    """Listing helps to find more; reading works without it."""
    break_it(story, AccessDenied(), operation=operation)
    result = mqtail("orders-mq", *HISTORY)
    assert result.code == 0
    assert result.events == everything


def test_one_log_group_that_may_not_be_read_leaves_the_others(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """What can be read is printed; stderr says what is missing."""
    general = [event for event in everything if event["kind"] != "audit"]
    break_it(story, AccessDenied(), operation="FilterLogEvents", where=of_group("audit"))
    result = mqtail("orders-mq", *HISTORY)
    result.failed(0, "/audit: User:", "Ask for the permission logs:FilterLogEvents.")
    assert result.events == general


@pytest.mark.parametrize("follow", ["--no-follow", "--follow"])
def test_no_log_group_may_be_read(mqtail: Mqtail, story: EmbeddedAwsThread, follow: str) -> None:
    """Then there is nothing to wait for, also when following."""
    break_it(story, AccessDenied(), operation="FilterLogEvents")
    result = mqtail("orders-mq", "-o", "json", follow)
    result.failed(3, "Not permitted", "Ask for the permission logs:FilterLogEvents.")
    assert result.out == b""
    for kind in ("general", "audit"):
        assert result.err.count(f"{kind}: User:") <= 1


def test_a_filter_pattern_that_the_service_refuses(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """The pattern is CloudWatch's, and so is the judgement."""
    result = mqtail("orders-mq", "--filter-pattern", '{ $.a = "', *HISTORY)
    result.failed(2, "CloudWatch Logs does not accept --filter-pattern", "--filter is mqtail's")


def test_throttling_is_waited_out(
    mqtail: Mqtail, story: EmbeddedAwsThread, everything: list[dict[str, Any]]
) -> None:
    """Nothing is lost by it."""
    break_it(story, Throttle(), operation="FilterLogEvents", times=3)
    result = mqtail("orders-mq", *HISTORY)
    assert result.code == 0
    assert result.events == everything


def test_control_characters_in_what_aws_says_reach_no_terminal(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """An error's text is data as well."""
    fault = ErrorFault("AccessDeniedException", "\x1b[2Jno\r\n\x9bway")
    break_it(story, fault, operation="FilterLogEvents")
    result = mqtail("orders-mq", *HISTORY)
    assert result.code == 3
    assert not set(result.err) & {"\x1b", "\r", "\x9b"}


def test_an_unforeseen_error_keeps_its_traceback_in_a_file(
    mqtail: Mqtail, story: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is told where; nobody else can read it."""

    def fail(_: object) -> None:
        raise ZeroDivisionError("one\nby \x1bnothing")

    monkeypatch.setattr("mqtail.aws.signin.sign_in", fail)
    result = mqtail("orders-mq", *HISTORY)
    result.failed(5, "Unforeseen error, ZeroDivisionError: one by ␛nothing.")
    [report] = Path(os.environ["XDG_STATE_HOME"]).rglob("*.txt")
    assert f"The traceback was kept in {report}." in result.err
    assert "ZeroDivisionError: one" in report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_an_error_in_one_reader_is_told_without_a_traceback(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    everything: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others go on, and the traceback is kept."""
    from mqtail.events import LogEvent
    from mqtail.sources.cloudwatch import CloudWatchReader

    forwards = CloudWatchReader.history_forwards

    async def fail(
        reader: CloudWatchReader, end: int | None
    ) -> AsyncGenerator[list[LogEvent], None]:
        if reader.log.kind == "audit":
            raise ZeroDivisionError("by nothing")
        async for events in forwards(reader, end):
            yield events

    general = [event for event in everything if event["kind"] != "audit"]
    monkeypatch.setattr(CloudWatchReader, "history_forwards", fail)
    result = mqtail("orders-mq", *HISTORY)
    result.failed(0, "ZeroDivisionError: by nothing")
    assert result.events == general


def test_a_misspelt_command_is_taken_for_a_target_and_told(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """`mqtail lss` looks for a broker of that name."""
    mqtail("lss", *HISTORY).failed(3, "is called lss", "the command `mqtail ls`")
