"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.server import EmbeddedAws
from tests.engine.calls import Calls
from tests.engine.deliveries import Documents, Streams
from tests.engine.kafka import BUCKET
from tests.engine.support import Bench


@pytest.fixture
def bench(aws: EmbeddedAws) -> Bench:
    """Tails of an embedded AWS with nothing in it."""
    return Bench(aws)


@pytest.fixture
def story_bench(story_aws: EmbeddedAws) -> Bench:
    """Tails of the stories."""
    return Bench(story_aws)


@pytest.fixture
def calls(aws: EmbeddedAws) -> Calls:
    """API calls, and tails of them."""
    return Calls(aws)


@pytest.fixture
def streams(aws: EmbeddedAws) -> Streams:
    """A cluster that delivers to a stream."""
    return Streams(aws)


@pytest.fixture
def documents(aws: EmbeddedAws) -> Documents:
    """A cluster with a stream into a domain."""
    return Documents(aws)


@pytest.fixture
def clicks(bench: Bench) -> Cluster:
    """A cluster whose logs are delivered to S3."""
    bench.aws.s3.create_bucket(BUCKET)
    return bench.aws.kafka.add_cluster("clicks", s3=(BUCKET, "msk"))
