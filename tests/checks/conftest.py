"""What the tests of checks share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mqtail.aws import calls
from mqtail.demo.server import EmbeddedAws


@pytest.fixture
async def aws() -> AsyncIterator[EmbeddedAws]:
    """An embedded AWS with nothing in it but the default user."""
    async with EmbeddedAws() as server:
        yield server


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls without the pauses that AWS's quotas ask for."""
    monkeypatch.setattr(calls, "RATES", dict.fromkeys(calls.RATES, 1_000.0))
