"""`mqtail check`: what is printed, when, and the exit code."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from mqtail.checks import console
from mqtail.checks.registry import ALL
from mqtail.demo.faults import AccessDenied, ConnectionReset, ExpiredCredentials, Fault, Hang
from mqtail.demo.mq_service import Broker
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, Mqtail, Running

ONLY_BROKERS = ("--only", "mq-broker")


def add_broker(server: EmbeddedAwsThread, name: str = "orders-mq", **options: Any) -> Broker:
    """A broker in an account where nothing is wrong."""

    def add() -> Broker:
        aws = server.aws
        aws.cloudtrail.add_trail("all-calls", "audit")
        options.setdefault("engine", "RABBITMQ")
        broker = aws.mq.add_broker(name, delivers=True, **options)
        group = aws.logs.group(f"{broker.log_group_prefix}general")
        if group is not None:
            group.retention_in_days = 30
        return broker

    return server.run(add)


def outcomes(report: dict[str, Any], outcome: str) -> list[str]:
    """Ids of the checks with an outcome in the JSON object."""
    return [
        check["id"]
        for target in report["targets"]
        for check in target["checks"]
        if check["outcome"] == outcome
    ]


# What is printed.


def test_nothing_is_wrong(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """Every check with its mark; the account comes last, then the counts."""
    broker = add_broker(server)
    result = mqtail("check")
    assert (result.code, result.err) == (0, ""), result.out.decode()
    lines = result.lines
    assert lines[:3] == [
        f"orders-mq  (Amazon MQ, {broker.id})",
        "  broker",
        "    √ The broker is there and runs  mq-broker",
    ]
    assert lines.index("account 111122223333  (us-east-1)") > lines.index("  delivery")
    assert re.fullmatch(r"\d+ passed, \d+ skipped", lines[-2])
    assert "No check failed" in lines[-1]


def test_something_failed(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """The cause, and the commands below `fix:`; the same broker by its name."""
    broker = add_broker(server, general=False)
    result = mqtail("check", "orders-mq")
    assert (result.code, result.err) == (1, "")
    lines = [line.strip() for line in result.lines]
    fix = lines.index("fix:")
    assert lines[fix + 1 : fix + 3] == [
        f"aws mq update-broker --region us-east-1 --broker-id {broker.id} --logs General=true",
        f"aws mq reboot-broker --region us-east-1 --broker-id {broker.id}",
    ]
    assert lines[fix + 3].startswith("see: https://docs.aws.amazon.com/")
    assert lines[-3].startswith("1 failed, ")
    assert lines[-2] == "× orders-mq: mq-general-logging"


def test_json(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """The documented object, alone on stdout."""
    add_broker(server, general=False)
    result = mqtail("check", "-o", "json")
    assert (result.code, result.err) == (1, "")
    report = json.loads(result.out)
    assert [*report] == [
        "schema_version",
        "account",
        "region",
        "identity",
        "targets",
        "summary",
    ]
    assert (report["schema_version"], report["account"]) == (1, "111122223333")
    assert report["identity"] == "arn:aws:iam::111122223333:user/demo"
    assert [(one["target"], one["service"]) for one in report["targets"]] == [
        ("orders-mq", "mq"),
        ("account 111122223333", "account"),
    ]
    for target in report["targets"]:
        for check in target["checks"]:
            assert [*check] == [
                "id",
                "category",
                "title",
                "outcome",
                "evidence",
                "cause",
                "fix",
                "doc",
            ]
    assert outcomes(report, "fail") == ["mq-general-logging"]
    assert report["summary"]["fail"] == 1
    assert sum(report["summary"].values()) == sum(len(one["checks"]) for one in report["targets"])


def test_marks_where_the_encoding_has_none(
    server: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASCII, as with --ascii."""
    add_broker(server)
    shown = []
    for encoding, arguments in (("latin-1", ()), ("utf-8", ("--ascii",))):
        variables = {"PYTHONIOENCODING": encoding}
        with Running("check", *ONLY_BROKERS, *arguments, environment=variables) as running:
            shown.append(running.end().out)
    assert shown[0] == shown[1]
    assert b"    + The broker is there and runs  mq-broker\n" in shown[0]


def test_colours(mqtail: Mqtail, server: EmbeddedAwsThread, config: Path) -> None:
    """When they are asked for; the configuration of `mqtail tail` holds here, too."""
    add_broker(server)
    assert b"\x1b" not in mqtail("check", *ONLY_BROKERS).out
    assert b"\x1b[32m" in mqtail("check", *ONLY_BROKERS, "--color", "always").out
    config.write_text('[tail]\ncolor = "always"\nlevel = "warn"\n')
    assert b"\x1b[32m" in mqtail("check", *ONLY_BROKERS).out


def test_what_there_is_to_check(
    mqtail: Mqtail, server: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All ids, without credentials, a region or a request."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}")
    text = mqtail("check", "--list")
    assert (text.code, text.err) == (0, "")
    assert [line.split()[0] for line in text.lines] == [*ALL]
    assert [one["id"] for one in json.loads(mqtail("check", "--list", "-o", "json").out)] == [*ALL]
    policy = json.loads(mqtail("check", "--print-policy").out)
    assert policy["Version"] == "2012-10-17"
    assert not server.aws.calls


# The exit code.


def test_warnings(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """They are no failures unless --strict says so, an option that a variable can set."""
    broker = add_broker(server)
    group = server.aws.logs.group(f"{broker.log_group_prefix}general")
    assert group is not None
    group.retention_in_days = None
    result = mqtail("check")
    assert result.code == 0
    assert "    ‼ The log groups' events expire  mq-group-retention" in result.lines
    assert result.lines[-2].startswith("1 warning, ")
    assert mqtail("check", "--strict").code == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MQTAIL_STRICT", "1")
        assert mqtail("check").code == 1


def test_what_could_not_be_looked_at(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """It is neither a pass nor a failure."""
    add_broker(server)
    server.run(lambda: server.aws.faults.add(AccessDenied(), operation="DescribeBroker"))
    result = mqtail("check", "-o", "json")
    assert result.code == 3
    report = json.loads(result.out)
    assert "mq-broker" in outcomes(report, "unknown")
    assert not {one for one in outcomes(report, "pass") if one.startswith("mq-")}
    text = mqtail("check", "orders-mq")
    assert text.code == 3
    assert "    ? The broker is there and runs  mq-broker" in text.lines
    assert "mq:DescribeBroker" in text.out.decode()
    assert "--print-policy" in text.lines[-1]


def test_listing_is_denied(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """What is not known is not left out."""
    add_broker(server)
    server.run(lambda: server.aws.faults.add(AccessDenied(), service="kafka"))
    result = mqtail("check")
    assert (result.code, result.err) == (3, "")
    assert "Amazon MSK clusters" in result.lines
    assert "kafka:ListClustersV2" in result.out.decode()


def test_a_target_that_is_not_there(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """It fails with the nearest names, whatever is chosen; the other targets are checked."""
    add_broker(server)
    result = mqtail("check", "order-mq", "orders-mq", *ONLY_BROKERS)
    assert result.code == 1
    assert "    × There is such a target  target-found" in result.lines
    assert "Nearest names: orders-mq." in result.out.decode()
    assert "    √ The broker is there and runs  mq-broker" in result.lines


def test_nothing_to_check(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """No broker or cluster at all, or no check that fits."""
    mqtail("check").failed(3, "There are no Amazon MQ brokers", "--region")
    add_broker(server)
    mqtail("check", "orders-mq", "--only", "log-group").failed(3, "--list")


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "ListBrokers", "DescribeBroker"])
def test_credentials(mqtail: Mqtail, server: EmbeddedAwsThread, operation: str) -> None:
    """Whenever they turn out to be no good."""
    add_broker(server)
    server.run(lambda: server.aws.faults.add(ExpiredCredentials(), operation=operation))
    mqtail("check").failed(4, "have expired", "aws sso login")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--only", "mq-brokers"), ("no check called mq-brokers", "mq-broker")),
        (("--principal", "deployer"), ("--principal", "arn:aws:iam::")),
        (("--wait", "5"), ("--wait", "no duration")),
        (("-o", "raw"), ("-o", "raw")),
        (("--level", "warn"), ("--level",)),
    ],
)
def test_wrong_usage(
    mqtail: Mqtail, server: EmbeddedAwsThread, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    """Told before anything is asked of AWS."""
    mqtail("check", *arguments).failed(2, *parts)
    assert not server.aws.calls


def test_no_network(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """What cannot be reached is unknown; the rest is checked."""
    add_broker(server)
    server.run(lambda: server.aws.faults.add(ConnectionReset(), service="cloudtrail"))
    result = mqtail("check", "-o", "json")
    assert result.code == 3
    report = json.loads(result.out)
    assert {"cloudtrail-history", "cloudtrail-trail"} <= {*outcomes(report, "unknown")}
    assert "mq-events" in outcomes(report, "pass")


# Waiting.


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two runs."""
    monkeypatch.setattr(console, "AGAIN_S", 0.01)


@pytest.mark.parametrize("output", ["text", "json"])
def test_waiting_until_nothing_fails(
    mqtail: Mqtail, server: EmbeddedAwsThread, hurried: None, output: str
) -> None:
    """Every run looks anew; only what the last one found is printed."""
    broker = add_broker(server, state="CREATION_FAILED")
    looks = 0

    class MendedMeanwhile(Fault):
        """None; but at the third look the broker runs."""

        async def strike(self, call: Any, around: Any) -> None:
            nonlocal looks
            looks += 1
            if looks == 3:
                broker.state = "RUNNING"

    server.run(lambda: server.aws.faults.add(MendedMeanwhile(), operation="DescribeBroker"))
    result = mqtail("check", "--wait", "1m", "-o", output, *ONLY_BROKERS)
    assert (result.code, looks) == (0, 3)
    told = result.err.splitlines()
    assert len(told) == 2
    for line in told:
        assert line.startswith("mqtail: Failing: mq-broker of orders-mq. Checking again in ")
    if output == "json":
        assert json.loads(result.out)["summary"]["pass"] == 1
    else:
        assert result.lines.count("    √ The broker is there and runs  mq-broker") == 1
        assert "×" not in result.out.decode()


def test_waiting_ends(mqtail: Mqtail, server: EmbeddedAwsThread, hurried: None) -> None:
    """With what fails still."""
    add_broker(server, state="CREATION_FAILED")
    result = mqtail("check", "--wait", "30ms", *ONLY_BROKERS)
    assert result.code == 1
    assert "    × The broker is there and runs  mq-broker" in result.lines


# While it runs.


def hang(server: EmbeddedAwsThread, broker: Broker) -> None:
    """Looking up one broker takes for ever."""
    server.run(
        lambda: server.aws.faults.add(
            Hang(),
            operation="DescribeBroker",
            where=lambda parameters: parameters.get("broker-id") == broker.id,
        )
    )


@pytest.mark.parametrize(("state", "code"), [("RUNNING", 3), ("DELETION_IN_PROGRESS", 1)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_targets_are_printed_as_they_are_complete(
    server: EmbeddedAwsThread, number: signal.Signals, state: str, code: int
) -> None:
    """In their order. An early end is no pass: what was not checked is not known."""
    add_broker(server, "a-mq", state=state)
    hang(server, add_broker(server, "b-mq"))
    add_broker(server, "c-mq")
    with Running("check", *ONLY_BROKERS) as running:
        shown = running.until("see:" if code == 1 else "RUNNING.")
        running.signal(number)
        ended = running.end()
    assert shown[0].startswith("a-mq  (")
    assert ended.code == code
    assert re.fullmatch(r"mqtail: Ended after [12] of 3 checks\.\n", ended.err)
    headings = [line for line in ended.lines if "-mq  (" in line]
    assert not [line for line in headings if line.startswith("b-mq")], "it is not complete"


def test_progress_on_a_terminal(server: EmbeddedAwsThread) -> None:
    """A line on stderr that is erased before anything is printed; nothing of it on stdout."""
    add_broker(server, "a-mq")
    add_broker(server, "b-mq")
    own, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "mqtail", "check", *ONLY_BROKERS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    told = b""
    try:
        while part := os.read(own, 65536):
            told += part
    except OSError:
        pass  # how Linux tells that the other side is closed
    finally:
        os.close(own)
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert b"checked" not in out
    assert b"\x1b" not in out
    shown = [part for part in told.decode().split("\r\x1b[K") if part]
    assert shown[0] == "looking for brokers and clusters"
    assert "checked 0 of 2, a-mq" in shown
    assert told.endswith(b"\r\x1b[K")


def test_a_closed_pipe(server: EmbeddedAwsThread) -> None:
    """As in `mqtail check | true`: no error, and what was found is the exit code."""
    add_broker(server)
    for output in ("text", "json"):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", "mqtail", "check", *ONLY_BROKERS, "-o", output],
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk(server: EmbeddedAwsThread) -> None:
    """It is told."""
    add_broker(server)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mqtail", "check", *ONLY_BROKERS],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 5
    assert b"The report cannot be written to stdout: No space left on device." in done.stderr


# Who reboots, and the demo.


def test_the_principal(mqtail: Mqtail, server: EmbeddedAwsThread) -> None:
    """Its rights are looked at instead of those of whom CloudTrail names."""
    add_broker(server, engine="ACTIVEMQ")
    principal = "arn:aws:iam::111122223333:role/ops/deployer"
    server.run(lambda: server.aws.iam.add_role("deployer", "/ops/"))
    only = ("--only", "mq-create-log-group", "-o", "json")
    report = json.loads(mqtail("check", "--principal", principal, *only).out)
    assert outcomes(report, "warn") == ["mq-create-log-group"]
    check = report["targets"][0]["checks"][0]
    assert f"{principal} (--principal)" in check["evidence"]
    assert check["fix"][0].startswith("aws iam put-role-policy --role-name deployer ")
    assert outcomes(json.loads(mqtail("check", *only).out), "pass") == ["mq-create-log-group"]


def test_the_demo(mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs nothing: no credentials, no region."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}")
    result = mqtail("demo", "check", "telemetry-mq", "cloudtrail", "--only", "mq-broker", "--only",
                    "cloudtrail-history")  # fmt: skip
    assert (result.code, result.err) == (0, "")
    assert result.lines[-2] == "2 passed"
