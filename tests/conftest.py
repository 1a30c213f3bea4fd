"""What all tests share: a clean environment, and the embedded AWS."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mqtail.demo.serve import DEMO_ENVIRONMENT
from mqtail.demo.server import EmbeddedAws


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
