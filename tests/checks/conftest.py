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
        # Without pauses, look-ups come sooner than the real service would answer.
        server.cloudtrail.rate_limit = None
        yield server


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls without the pauses that AWS's quotas and failures ask for."""
    monkeypatch.setattr(calls, "RATES", dict.fromkeys(calls.RATES, 1_000.0))
    monkeypatch.setattr(calls, "LOOKUP_PAUSE_MS", 1)
    monkeypatch.setattr(calls, "FIRST_PAUSE_S", 0.001)
