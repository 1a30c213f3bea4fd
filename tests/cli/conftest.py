"""Fixtures of the command line's tests: the embedded AWS by its URL, and mqtail run against it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mqtail.cli import main
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.support import HURRIED, Mqtail, Result


@pytest.fixture(scope="session")
def story_server() -> Iterator[EmbeddedAwsThread]:
    """The stories' history, shared by all tests that only read."""
    with EmbeddedAwsThread(hurried(EmbeddedAws(story=True, live=False))) as server:
        yield server


def hurried(aws: EmbeddedAws) -> EmbeddedAws:
    """An AWS that bears with readers who look up API calls more often than the real one allows."""
    aws.cloudtrail.rate_limit = None
    return aws


@pytest.fixture
def story(
    story_server: EmbeddedAwsThread, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EmbeddedAwsThread]:
    """The stories' history as the AWS of this test; its faults end with the test."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", story_server.url)
    story_server.run(story_server.aws.calls.clear)
    yield story_server
    story_server.run(story_server.aws.faults.clear)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAwsThread]:
    """An AWS of this test's own, with nothing in it."""
    with EmbeddedAwsThread(hurried(EmbeddedAws())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.fixture(autouse=True)
def own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A configuration and a state directory of the test's own, and no MQTAIL_ variables."""
    for name in [name for name in os.environ if name.startswith("MQTAIL_")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "mqtail.toml").write_text(HURRIED)
    monkeypatch.setenv("MQTAIL_CONFIG", str(tmp_path / "mqtail.toml"))
    monkeypatch.setenv("MQTAIL_MAX_REQUESTS", "1000")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration file of the test."""
    return tmp_path / "mqtail.toml"


@pytest.fixture
def mqtail(capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Mqtail]:
    """Runs the command line in this process."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Result:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capfdbinary.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Result(code, out, err.decode())

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def remembered() -> dict[str, Result]:
    """What does not change in a session and was read once."""
    return {}


@pytest.fixture
def everything(
    mqtail: Mqtail, story: EmbeddedAwsThread, remembered: dict[str, Result]
) -> list[dict[str, Any]]:
    """All events of the story's ActiveMQ broker, as JSON lines have them."""
    if "orders-mq" not in remembered:
        remembered["orders-mq"] = mqtail("orders-mq", "-o", "json", "--no-follow", "-s", "2h")
        story.run(story.aws.calls.clear)
    return remembered["orders-mq"].events
