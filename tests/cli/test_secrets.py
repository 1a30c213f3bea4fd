"""No key, secret, token or code is shown or written, whatever goes wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.faults import (
    AccessDenied,
    ConnectionReset,
    ExpiredCredentials,
    Fault,
    ServerError,
    Surroundings,
    TruncatedBody,
)
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import CodeAsked, Mqtail
from tests.cli.test_live import GROUP, put
from tests.cli.test_sign_in import DEVICE, ROLE
from tests.tui.test_terminal import Window

KEY = "AKIAUNMISTAKABLE0001"
SECRET = "UNMISTAKABLE/secret+of/forty/characters/"
TOKEN = "IQoJUNMISTAKABLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+token=="
CODE = "918273"
SECRETS = ("UNMISTAKABLE", "ASIADEMO", "demo-secret-of-session", "demo-session-", CODE)
"""What none of it can be without: in the user's own keys, and in those of the demo's sessions."""


class Quoting(Fault):
    """The signature is not accepted, and the message quotes the request as AWS does."""

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Answer with the error."""
        token = TOKEN if call.access_key == KEY else "demo-session-1"
        raise ServiceError(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check"
            " your AWS Secret Access Key and signing method.\n\nThe Canonical String for this"
            f" request should have been\n'POST\n/\n\nhost:logs\nx-amz-security-token:{token}\n\n'",
            403,
        )


class QuotingOtherwise(Fault):
    """A message that has the token where nobody expects one."""

    async def strike(self, call: Call, around: Surroundings) -> None:
        """Answer with the error."""
        text = f"Key {call.access_key} of {TOKEN} (X-Amz-Signature=0a1b) is not known"
        raise ServiceError("UnrecognizedClientException", text, 400)


FAULTS: dict[str, tuple[Fault, int | None]] = {
    "none": (ServerError(), 0),
    "quoting": (Quoting(), None),
    "quoting otherwise": (QuotingOtherwise(), None),
    "expired": (ExpiredCredentials(), None),
    "denied": (AccessDenied(), None),
    "reset": (ConnectionReset(), 2),
    "cut": (TruncatedBody(), 1),
}
"""Each with the number of calls that it strikes; None: all."""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of a session that cannot be mistaken, in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)


@pytest.fixture
def profile(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same keys in a file that is not mqtail's, and in nothing else."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}")
    folder = tmp_path_factory.mktemp("aws")
    own = f"aws_access_key_id={KEY}\naws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n"
    (folder / "credentials").write_text(f"[mine]\n{own}")
    role = f"role_arn = {ROLE}\nsource_profile = mine\nmfa_serial = {DEVICE}\nregion = us-east-1\n"
    (folder / "config").write_text(f"[profile with-code]\n{role}")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[], bytes]:
    """Gives all that is in the home directory and in its files' names."""

    def read() -> bytes:
        paths = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert all(path.stat().st_mode & 0o077 == 0 for path in paths if path.suffix != ".toml")
        return b"".join(bytes(path) + b"\n" + path.read_bytes() for path in paths)

    return read


def strike(
    server: EmbeddedAwsThread,
    name: str,
    *,
    operation: str | None = None,
    service: str | None = None,
) -> None:
    """Have calls meet a fault."""
    fault, times = FAULTS[name]
    server.run(
        lambda: server.aws.faults.add(fault, times=times, operation=operation, service=service)
    )


def check(*texts: bytes | str) -> None:
    """See that there is no secret in any of these."""
    for text in texts:
        data = text.encode() if isinstance(text, str) else text
        for secret in SECRETS:
            at = data.find(secret.encode())
            assert at < 0, data[max(0, at - 200) : at + 100]


@pytest.mark.parametrize("name", FAULTS)
def test_lines_notices_recordings_and_the_debug_log(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    written: Callable[[], bytes],
    tmp_path: Path,
    name: str,
) -> None:
    """Whatever AWS answers to a request that reads."""
    put(server, "hello", ago_ms=5_000)
    strike(server, name, operation="FilterLogEvents")
    recorded = ("--record", str(tmp_path / "a.jsonl"))
    result = mqtail(GROUP, "-o", "json", "--no-follow", "--debug", *recorded)
    check(result.out, result.err, written())
    assert b"FilterLogEvents" in written()
    if name.startswith("quoting"):
        assert result.code == 4
        assert b"[redacted]" in written()


@pytest.mark.parametrize("name", ["quoting", "quoting otherwise", "cut"])
@pytest.mark.parametrize("options", [(), ("--role-arn", ROLE)], ids=["own-keys", "role"])
def test_signing_in(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    written: Callable[[], bytes],
    name: str,
    options: tuple[str, ...],
) -> None:
    """Answers of STS have keys in them; one that is cut off is quoted by the SDK."""
    put(server, "hello", ago_ms=5_000)
    strike(server, name, service="sts")
    result = mqtail(GROUP, "-o", "text", "--no-follow", "--debug", *options)
    assert result.code == (0 if name == "cut" else 4)
    check(result.out, result.err, written())
    assert b": sts " in written()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("quoting", ("--profile", "mine")),
        ("quoting", ("--role-arn", ROLE)),
        ("none", ("--role-arn", ROLE)),
    ],
    ids=["profile", "role", "role that reads"],
)
def test_keys_of_a_file_and_of_a_role(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    written: Callable[[], bytes],
    request: pytest.FixtureRequest,
    name: str,
    options: tuple[str, ...],
) -> None:
    """As those of the environment."""
    if "--profile" in options:
        request.getfixturevalue("profile")
    put(server, "hello", ago_ms=5_000)
    strike(server, name, operation="FilterLogEvents")
    result = mqtail(GROUP, "-o", "json", "--no-follow", "--debug", *options)
    assert result.code == (0 if name == "none" else 4)
    check(result.out, result.err, written())
    if "--role-arn" in options:
        assert f"AssumeRole RoleArn={ROLE}".encode() in written()


@pytest.mark.parametrize("command", [("ls",), ("check", "-o", "json")], ids=["ls", "check"])
@pytest.mark.parametrize("name", ["quoting", "quoting otherwise"])
def test_other_commands(
    mqtail: Mqtail,
    story: EmbeddedAwsThread,
    written: Callable[[], bytes],
    name: str,
    command: tuple[str, ...],
) -> None:
    """What could not be looked up is told with the reason."""
    strike(story, name, service="kafka")
    strike(story, name, service="logs")
    result = mqtail(*command, "--debug")
    check(result.out, result.err, written())
    assert b"[redacted]" in written()


@pytest.mark.parametrize(
    "line",
    [
        f"aws_secret_access_key {SECRET}",
        f"[{SECRET}",
        f"credential_process = sh -c 'echo {SECRET}'",
    ],
    ids=["no-value", "no-section", "no-json"],
)
def test_a_broken_credentials_file(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    profile: None,
    written: Callable[[], bytes],
    line: str,
) -> None:
    """What is wrong is told without the line."""
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(f"[mine]\n{line}\n")
    result = mqtail(GROUP, "-o", "text", "--no-follow", "--debug", "--profile", "mine")
    assert result.code in (2, 4), result.err
    check(result.err, written())


def test_an_mfa_code(
    server: EmbeddedAwsThread, profile: None, written: Callable[[], bytes]
) -> None:
    """It is typed by a person and goes to AWS, and nowhere else."""
    put(server, "hello", ago_ms=5_000)
    strike(server, "quoting", operation="FilterLogEvents")
    with CodeAsked(
        GROUP, "-o", "json", "--no-follow", "--debug", "--profile", "with-code"
    ) as asked:
        code, out, err = asked.answer(CODE)
    [assumed] = server.aws.calls_of("AssumeRole")
    assert assumed.parameters["TokenCode"] == CODE
    assert code == 4
    check(asked.question, out, err, written())
    assert b" TokenCode: 200 in " in written()


def test_an_unforeseen_error(
    mqtail: Mqtail,
    server: EmbeddedAwsThread,
    written: Callable[[], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its text is shown, and its traceback is kept twice."""

    def fail(_: object) -> None:
        raise ZeroDivisionError(f"by {KEY}, {SECRET} and x-amz-security-token:{TOKEN}")

    monkeypatch.setattr("mqtail.aws.signin.sign_in", fail)
    result = mqtail(GROUP, "-o", "json", "--debug")
    assert result.code == 5
    assert written().count(b"Traceback") == 2
    assert "ZeroDivisionError: by [redacted], [redacted] and" in result.err
    check(result.err, written())


def test_the_ui(server: EmbeddedAwsThread, written: Callable[[], bytes], tmp_path: Path) -> None:
    """What it paints, what it leaves behind, and what it says at the end."""
    put(server, "hello", ago_ms=5_000)
    strike(server, "quoting otherwise", operation="FilterLogEvents")
    arguments = ("-m", "mqtail", GROUP, "--debug", "--record", str(tmp_path / "a.jsonl"))
    window = Window(tmp_path, *arguments, MQTAIL_STATE=str(tmp_path / "state.json"))
    try:
        window.until(b"not accepted")
        window.press(b"wq")
        assert window.code() == 0
    finally:
        window.process.kill()
        window.process.wait()
        window.close()
    check(window.seen, written())
    assert b"was written to" in window.seen
    assert re.search(rb"/app/orders .*: failing ", written())
