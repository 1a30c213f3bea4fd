"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from mqtail.demo.server import EmbeddedAws
from tests.engine.support import Bench


@pytest.fixture
def bench(aws: EmbeddedAws) -> Bench:
    """Tails of an embedded AWS with nothing in it."""
    return Bench(aws)


@pytest.fixture
def story_bench(story_aws: EmbeddedAws) -> Bench:
    """Tails of the stories."""
    return Bench(story_aws)
