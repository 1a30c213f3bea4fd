"""Moto's server, an implementation of AWS that this project did not write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer


@contextmanager
def moto_server() -> Iterator[str]:
    """A moto server; gives its URL. All of a process share one account."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def create_cluster(kafka: Any, logging: dict[str, Any]) -> None:
    """Create the cluster `clicks`, of three brokers, with this LoggingInfo."""
    kafka.create_cluster(
        ClusterName="clicks",
        BrokerNodeGroupInfo={"ClientSubnets": ["subnet-1"], "InstanceType": "kafka.m5.large"},
        KafkaVersion="3.9.0",
        NumberOfBrokerNodes=3,
        LoggingInfo=logging,
    )
