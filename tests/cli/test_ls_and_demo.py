"""`mqtail ls`, and the commands of `mqtail demo`."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from mqtail.demo.faults import AccessDenied
from mqtail.demo.story.play import story_events
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail, Running


def newest_of(server: EmbeddedAwsThread) -> dict[str, str]:
    """Time of the newest event of each log group of the story, as JSON has it."""
    play = server.aws.play
    assert play is not None
    newest: dict[str, int] = {}
    for event in story_events(play.start):
        newest[event.group] = max(newest.get(event.group, 0), event.timestamp)
    return {
        group: datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{ms % 1000:03d}Z"
        for group, ms in newest.items()
    }


def test_the_listing_as_json(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """Every broker with its log groups, and the time of the newest event of each."""
    result = mqtail("ls", "-o", "json")
    assert (result.code, result.err) == (0, "")
    listing = json.loads(result.out)
    assert listing["region"] == "us-east-1"
    assert listing["notes"] == []
    targets = {target["name"]: target for target in listing["targets"]}
    orders, telemetry = targets["orders-mq"], targets["telemetry-mq"]
    assert (orders["name"], orders["engine"], orders["state"], orders["deployment"]) == (
        "orders-mq",
        "ACTIVEMQ",
        "RUNNING",
        "ACTIVE_STANDBY_MULTI_AZ",
    )
    assert [group["kind"] for group in orders["logs"]] == ["general", "audit"]
    assert {g["kind"] for g in telemetry["logs"]} == {"general", "connection", "channel"}
    newest = newest_of(story)
    for group in orders["logs"] + telemetry["logs"]:
        assert group["newest"] == newest[group["place"]]
        assert group["problem"] == ""


def test_the_listing_as_text(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """The same to read: a paragraph for each broker, a line for each log group."""
    result = mqtail("ls")
    assert (result.code, result.err) == (0, "")
    play = story.aws.play
    assert play is not None
    orders = play.orders
    assert result.lines[0] == "Brokers and clusters in us-east-1"
    heading = f"orders-mq  ({orders.id}, ACTIVEMQ, ACTIVE_STANDBY_MULTI_AZ, RUNNING)"
    first = result.lines.index(heading)
    for line, kind in zip(result.lines[first + 1 :], ("general", "audit"), strict=False):
        group = re.escape(orders.log_group_prefix + kind)
        assert re.fullmatch(rf"  {kind} +cloudwatch +{group}  newest event \d+ (s|min) ago", line)


def test_what_is_missing_in_the_listing_is_said(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """No events, no such group, no permission to read it, logging that is off."""
    aws = server.aws
    broker = server.run(lambda: aws.mq.add_broker("bare-mq", audit=False))
    prefix = broker.log_group_prefix
    other = server.run(lambda: aws.mq.add_broker("closed-mq"))
    server.run(aws.logs.create_group, f"{other.log_group_prefix}general")
    server.run(aws.logs.create_group, f"{other.log_group_prefix}audit")
    audit = f"{other.log_group_prefix}audit"
    server.run(
        lambda: aws.faults.add(
            AccessDenied(),
            operation="FilterLogEvents",
            where=lambda parameters: parameters.get("logGroupName") == audit,
        )
    )
    text = mqtail("ls")
    assert text.code == 0
    assert text.err == "mqtail: bare-mq: audit logging is off.\n"
    missing = "the log group does not exist: see `mqtail check bare-mq`"
    assert f"  general    cloudwatch {prefix}general  {missing}" in text.lines
    assert (
        f"  general    cloudwatch {other.log_group_prefix}general  nothing in the last day"
        in text.lines
    )
    denied = "not permitted. Ask for the permission logs:FilterLogEvents."
    assert f"  audit      cloudwatch {audit}  {denied}" in text.lines
    listing = json.loads(mqtail("ls", "-o", "json").out)
    logs = [log for target in listing["targets"] for log in target["logs"]]
    assert [log["newest"] for log in logs] == [None, None, None]
    assert listing["notes"] == ["bare-mq: audit logging is off."]


def test_the_demo_needs_nothing(mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, no region, no configuration: an hour of logs is there."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}")
    result = mqtail("demo", "tail", "orders-mq", "-o", "json", "--no-follow", "--since", "1h")
    assert (result.code, result.err) == (0, "")
    assert {e["instance"] for e in result.events if e["kind"] != "api"} == {"1", "2"}
    times = [datetime.fromisoformat(event["timestamp"]) for event in result.events]
    assert times[-1] - times[0] > timedelta(minutes=50)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_serve_prints_what_a_shell_evaluates(
    mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """With the variables any AWS tool, mqtail too, reads the demo; a signal ends it in order."""
    with Running("demo", "serve") as serving:
        printed = serving.until("#")
        shell = subprocess.run(
            ["sh", "-c", 'eval "$1"; env', "sh", "".join(printed)],
            env={},
            capture_output=True,
            text=True,
            check=True,
        )
        assert shell.stderr == ""
        variables = dict(line.split("=", 1) for line in shell.stdout.splitlines())
        assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
        for name, value in variables.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        assert "orders-mq" in mqtail("ls").out.decode()
        serving.signal(number)
        ended = serving.end()
    assert (ended.code, ended.err) == (0, "")
    assert all(line.startswith("#") for line in ended.lines)


def test_a_port_that_is_taken(mqtail: Mqtail) -> None:
    """One sentence, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = mqtail("demo", "serve", "--port", str(port))
    result.failed(2, f"cannot listen on port {port}: Address already in use.", "another port")


def test_python_m_mqtail_is_mqtail() -> None:
    """With the same name in its help."""
    with Running("--version") as running:
        ended = running.end()
    assert ended.code == 0
    assert ended.out.startswith(b"mqtail, version ")


@pytest.mark.parametrize("arguments", [("--help",), ("ls",)])
def test_a_closed_pipe_is_no_error_for_short_output(
    story: EmbeddedAwsThread, arguments: tuple[str, ...]
) -> None:
    """As in `mqtail ls | true`."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "mqtail", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
