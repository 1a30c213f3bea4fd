"""What all tests share: a clean environment, and the embedded AWS."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mqtail.demo.serve import DEMO_ENVIRONMENT
from mqtail.demo.server import EmbeddedAws, servers


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Dummy credentials, and nothing of the AWS settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in DEMO_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MQTAIL_STATE", "")
    monkeypatch.setenv("MQTAIL_CONFIG", os.devnull)


@pytest.fixture(autouse=True)
def nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """mqtail itself changes nothing in any embedded AWS of this process, whatever a test does."""
    started: list[EmbeddedAws] = []  # they are looked at, even if nobody else refers to them
    start = EmbeddedAws.start

    async def noted_start(self: EmbeddedAws, host: str = "127.0.0.1", port: int = 0) -> None:
        started.append(self)
        await start(self, host, port)

    monkeypatch.setattr(EmbeddedAws, "start", noted_start)
    yield
    changed = []
    for server in {*servers(), *started}:
        changed += [f"{call.service} {call.operation}" for call in server.own_writes]
        # Servers that tests share go on.
        server.own_writes.clear()
    assert not changed


@pytest.fixture
async def aws() -> AsyncIterator[EmbeddedAws]:
    """An embedded AWS with nothing in it."""
    async with EmbeddedAws() as server:
        yield server


@pytest.fixture
async def story_aws() -> AsyncIterator[EmbeddedAws]:
    """An embedded AWS with an hour of the stories' history, and no live events."""
    async with EmbeddedAws(story=True, live=False) as server:
        yield server
