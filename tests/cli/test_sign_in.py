"""Who reads: profiles, roles, MFA codes, and what is wrong with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mqtail.clock import wall_clock_ms
from mqtail.demo.faults import AccessDenied, ConnectionReset, SignatureTime
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.sts_service import StsService
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import PATIENCE_S, CodeAsked, Mqtail

HISTORY = ("-o", "json", "--no-follow", "--since", "2h")
ROLE = "arn:aws:iam::111122223333:role/log-readers"
DEVICE = "arn:aws:iam::111122223333:mfa/demo"
PROFILES = f"""
[profile keys]
aws_access_key_id = key-of-the-profile
aws_secret_access_key = secret
region = us-east-1

[profile ops]
role_arn = {ROLE}
source_profile = keys
region = us-east-1

[profile ops-mfa]
role_arn = {ROLE}
source_profile = keys
mfa_serial = {DEVICE}
region = us-east-1
"""


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An AWS configuration with profiles, and nothing in the environment that replaces it."""
    path = tmp_path / "aws-config"
    path.write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}")
    return path


def keys_of(server: EmbeddedAwsThread, operation: str = "FilterLogEvents") -> set[str]:
    """The access keys that an operation was called with."""
    return {call.access_key for call in server.aws.calls_of(operation)}


@pytest.mark.parametrize("by_variable", [False, True], ids=["--profile", "AWS_PROFILE"])
def test_a_profile(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    profiles: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_variable: bool,
) -> None:
    """Keys and region are the profile's."""
    if by_variable:
        monkeypatch.setenv("AWS_PROFILE", "keys")
    result = mqtail("orders-mq", *HISTORY, *(() if by_variable else ("--profile", "keys")))
    assert (result.code, result.err) == (0, "")
    assert keys_of(story) == {"key-of-the-profile"}


def test_a_profile_by_its_option_comes_before_keys_in_the_environment(
    mqtail: Mqtail, story: EmbeddedAwsThread, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the AWS CLI; one that AWS_PROFILE names comes after them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    mqtail("orders-mq", *HISTORY, "--profile", "keys")
    assert keys_of(story) == {"key-of-the-profile"}
    story.run(story.aws.calls.clear)
    monkeypatch.setenv("AWS_PROFILE", "keys")
    mqtail("orders-mq", *HISTORY)
    assert keys_of(story) == {"key-of-the-environment"}


def test_an_unknown_profile_lists_those_that_exist(
    mqtail: Mqtail, story: EmbeddedAwsThread, profiles: Path
) -> None:
    """It is a slip, not a failed sign-in."""
    for options in (("--profile", "kees"), ("--profile", "kees", "--region", "us-east-1")):
        mqtail("orders-mq", *HISTORY, *options).failed(2, "kees", "Profiles: keys, ops, ops-mfa.")


def test_no_region(
    mqtail: Mqtail, story: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is none to fall back to."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    mqtail("orders-mq", *HISTORY).failed(2, "No AWS region is set.", "--region")


@pytest.mark.parametrize(
    "options",
    [
        ("--region", "us east"),
        ("--endpoint-url", "no-url"),
        ("--role-arn", "reader"),
        ("--role-arn", "not:an:arn:of:anything:at:all"),
    ],
    ids=" ".join,
)
def test_values_that_aws_cannot_use(
    mqtail: Mqtail, story: EmbeddedAwsThread, options: tuple[str, ...]
) -> None:
    """Wrong usage, with the options to look at."""
    mqtail("orders-mq", *HISTORY, *options).failed(2, "--region, --endpoint-url and --role-arn")


def test_a_broken_aws_configuration(
    mqtail: Mqtail, story: EmbeddedAwsThread, profiles: Path
) -> None:
    """Its file is named."""
    profiles.write_text("[profile keys\n")
    mqtail("orders-mq", *HISTORY).failed(2, str(profiles), "AWS_CONFIG_FILE")


def test_sts_out_of_reach_does_not_stand_in_the_way(
    mqtail: Mqtail, story: EmbeddedAwsThread
) -> None:
    """A private network may have endpoints for the logs only."""
    story.run(lambda: story.aws.faults.add(ConnectionReset(), service="sts"))
    result = mqtail("orders-mq", *HISTORY)
    assert (result.code, result.err) == (0, "")
    assert result.events


def test_a_machine_clock_that_is_off(mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in, too, goes by the service's time."""

    def now() -> int:
        return wall_clock_ms() + 40 * 60_000

    with EmbeddedAwsThread(EmbeddedAws(clock=now)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.run(server.aws.logs.put, "/app/a", "s", [(now() - 9, "hello")])
        server.run(lambda: server.aws.faults.add(SignatureTime()))
        result = mqtail("/app/a", *HISTORY, "--role-arn", ROLE)
        assert (result.code, result.err, result.messages) == (0, "", ["hello"])


@pytest.mark.parametrize(
    ("options", "first_key"),
    [
        (("--role-arn", ROLE), "demo-access-key"),
        (("--role-arn", ROLE, "--profile", "keys"), "key-of-the-profile"),
        (("--profile", "ops"), "key-of-the-profile"),
    ],
    ids=["keys", "profile", "role of the profile"],
)
def test_a_role(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    request: pytest.FixtureRequest,
    options: tuple[str, ...],
    first_key: str,
) -> None:
    """It is assumed with the ordinary keys, and everything is read with its own."""
    if "--profile" in options:
        request.getfixturevalue("profiles")
    result = mqtail("orders-mq", *HISTORY, *options)
    assert (result.code, result.err) == (0, "")
    assert result.events
    assert keys_of(story, "AssumeRole") == {first_key}
    assert {c.parameters["RoleArn"] for c in story.aws.calls_of("AssumeRole")} == {ROLE}
    for operation in ("ListBrokers", "DescribeBroker", "FilterLogEvents"):
        assert all(key.startswith("ASIADEMO") for key in keys_of(story, operation))


def test_a_role_that_may_not_be_assumed(mqtail: Mqtail, story: EmbeddedAwsThread) -> None:
    """It is a failed sign-in."""
    story.run(lambda: story.aws.faults.add(AccessDenied(), operation="AssumeRole"))
    result = mqtail("orders-mq", *HISTORY, "--role-arn", ROLE)
    result.failed(4, "Not permitted", ROLE, "Ask for the permission sts:AssumeRole.")


def test_a_roles_keys_are_renewed_before_they_expire(
    mqtail: Mqtail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that have minutes left are replaced while they still work."""
    open_session = StsService.open_session
    monkeypatch.setattr(StsService, "open_session", lambda sts, arn, _: open_session(sts, arn, 480))
    with EmbeddedAwsThread(EmbeddedAws()) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.run(server.aws.logs.put, "/app/a", "s", [(wall_clock_ms() - 9, "hello")])
        result = mqtail("/app/a", *HISTORY, "--role-arn", ROLE)
        assert (result.code, result.messages) == (0, ["hello"])
        keys = [call.access_key for call in server.aws.calls if call.service == "logs"]
        assert len(set(keys)) == len(keys) > 1
        assert keys_of(server, "AssumeRole") == {"demo-access-key"}


@pytest.mark.parametrize("default", [False, True], ids=["--profile", "default profile"])
def test_an_mfa_code_is_asked_for_once_before_anything_else(
    story: EmbeddedAwsThread, profiles: Path, default: bool
) -> None:
    """On the terminal, also where stdout is a pipe; the session's keys read the logs."""
    arguments = ["orders-mq", *HISTORY]
    if default:
        profiles.write_text(PROFILES.replace("[profile ops-mfa]", "[default]"))
    else:
        arguments += ["--profile", "ops-mfa"]
    with CodeAsked(*arguments) as asked:
        assert asked.question == f"Enter MFA code for {DEVICE}:"
        assert story.aws.calls == []
        code, out, err = asked.answer("123456")
    assert (code, err) == (0, b"")
    assert json.loads(out.splitlines()[0])["target"] == "orders-mq"
    [assumed] = story.aws.calls_of("AssumeRole")
    assert assumed.parameters["TokenCode"] == "123456"
    assert assumed.parameters["SerialNumber"] == DEVICE
    assert all(key.startswith("ASIADEMO") for key in keys_of(story))


def test_an_mfa_code_cannot_be_asked_for_without_a_terminal(
    story: EmbeddedAwsThread, profiles: Path
) -> None:
    """It is not read from anywhere else, where it might be seen."""
    done = subprocess.run(
        [sys.executable, "-m", "mqtail", "orders-mq", *HISTORY, "--profile", "ops-mfa"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        start_new_session=True,
        check=False,
    )
    sentence, hint = done.stderr.splitlines()
    assert done.returncode == 4
    assert sentence == "mqtail: The profile needs an MFA code, and none was given."
    assert "on a terminal" in hint
