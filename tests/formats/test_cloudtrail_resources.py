"""Which clusters and brokers a CloudTrail record names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mqtail.formats.cloudtrail_resources import Resources, resources
from tests.formats.support import ACCOUNT, BROKER, CLUSTER, call, operations


@pytest.mark.parametrize("service", ["kafka", "mq"])
def test_every_operation_names_its_resources(service: str) -> None:
    """A cluster's ARN is found wherever a request has one."""
    for action, request in operations(service).items():
        named = resources(json.dumps(call(action, requestParameters=request)))
        assert bool(named.clusters) is (CLUSTER in json.dumps(request)), action


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"requestParameters": {"clusterArn": CLUSTER}}, Resources(clusters=(CLUSTER,))),
        (
            {"requestParameters": {"clusterArn": CLUSTER.replace(":", "%3A").replace("/", "%2F")}},
            Resources(clusters=(CLUSTER,)),
        ),
        (
            {
                "requestParameters": {
                    "resourceARN": f"{CLUSTER.replace(':cluster', ':topic')}/orders"
                },
                "responseElements": {
                    "x": [{"y": f"{CLUSTER.replace(':cluster', ':group')}/tills"}],
                    "z": f"{CLUSTER.replace(':cluster', ':transactional-id')}/t-1",
                },
            },
            Resources(clusters=(CLUSTER,)),
        ),
        (
            {"responseElements": {"clusterArn": CLUSTER, "clusterName": "clicks"}},
            Resources(clusters=(CLUSTER,), cluster_names=("clicks",)),
        ),
        (
            {"requestParameters": {"arn": f"arn:aws:kafka:r:1:vpc-connection/{ACCOUNT}/clicks/u"}},
            Resources(cluster_names=("clicks",)),
        ),
        (
            {
                "requestParameters": {
                    "sourceKafkaClusterArn": CLUSTER,
                    "targetKafkaClusterArn": CLUSTER.replace("clicks", "copy"),
                }
            },
            Resources(clusters=(CLUSTER, CLUSTER.replace("clicks", "copy"))),
        ),
        ({"requestParameters": {"broker-id": BROKER}}, Resources(brokers=(BROKER,))),
        (
            {
                "requestParameters": {"brokerName": "orders"},
                "responseElements": {
                    "brokerId": BROKER,
                    "brokerArn": f"arn:aws:mq:r:1:broker:orders:{BROKER}",
                },
            },
            Resources(brokers=(BROKER,), broker_names=("orders",)),
        ),
        (
            {"resources": [{"ARN": f"arn:aws-cn:mq:r:1:broker:orders:{BROKER}"}, {"ARN": CLUSTER}]},
            Resources(clusters=(CLUSTER,), brokers=(BROKER,)),
        ),
        (
            {"errorMessage": f"kim may not DeleteCluster on resource: {CLUSTER}. Ask for it."},
            Resources(clusters=(CLUSTER,)),
        ),
        (
            {"errorMessage": f"on arn:aws:mq:r:1:broker:orders:{BROKER}."},
            Resources(brokers=(BROKER,)),
        ),
        (
            {
                "requestParameters": {
                    "arn": "arn:aws:kafka:r:1:configuration/tuned/u",
                    "brokerIds": ["1", "2"],
                    "broker-id": 7,
                    "clusterName": "",
                    "resource": "arn:aws:kafka:r:1:cluster/*",
                    "pattern": "arn:aws:kafka:r:1:topic/clicks/*",
                    "clusterArn": "arn:aws:kafka:r:1:cluster/clicks/",
                }
            },
            Resources(),
        ),
        (
            {"requestParameters": {"many": [{"a": "b"}] * 50_000, "clusterArn": CLUSTER}},
            Resources(clusters=(CLUSTER,)),
        ),
        ({}, Resources()),
    ],
)
def test_resources(members: dict[str, Any], expected: Resources) -> None:
    """Clusters and brokers are found wherever a record names them, each once."""
    assert resources(json.dumps(call(**members))) == expected
