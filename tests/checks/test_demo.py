"""The demo's brokers and clusters: those of the story pass, those set up wrongly are found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mqtail.checks.model import Outcome
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import apply
from tests.checks.support import Findings, checked, told

WRONG = {
    ("payments-mq", "mq-log-groups"),
    ("invoices-mq", "mq-resource-policy"),
    ("returns-mq", "mq-logging-pending"),
    ("sensors-mq", "mq-general-logging"),
    ("fraud-msk", "msk-log-group"),
    ("fraud-msk", "msk-bucket-encryption"),
    ("fraud-msk", "msk-delivery-stream-tag"),
}


@pytest.fixture
async def demo() -> AsyncIterator[EmbeddedAws]:
    """What `mqtail demo check` runs on."""
    async with EmbeddedAws(story=True, live=False, wrong_setups=True) as server:
        # Without pauses, look-ups come sooner than the real service would answer.
        server.cloudtrail.rate_limit = None
        yield server


def failing(findings: Findings) -> set[tuple[str, str]]:
    """What fails, and what could not be looked at."""
    bad = (Outcome.FAIL, Outcome.UNKNOWN)
    return {place for place, found in findings.items() if found.outcome in bad}


async def test_the_demo_shows_the_documented_cases(demo: EmbeddedAws) -> None:
    """And its fixes make the logs come, in the order in which they are printed."""
    findings = await checked(demo)
    assert failing(findings) == WRONG, told(findings)
    for place in sorted(WRONG):
        await apply(demo, findings[place].fix)
    findings = await checked(demo)
    assert not failing(findings), told(findings)
    for name in ("payments-mq", "invoices-mq", "returns-mq", "sensors-mq"):
        assert findings[name, "mq-events"].outcome is Outcome.PASS, told(findings)
    assert findings["fraud-msk", "msk-events"].outcome is Outcome.PASS, told(findings)
    assert findings["fraud-msk", "msk-objects"].outcome is Outcome.PASS, told(findings)
