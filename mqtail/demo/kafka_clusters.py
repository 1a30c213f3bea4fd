"""Kafka clusters: what they are, and how Amazon MSK describes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

ClusterType = Literal["PROVISIONED", "SERVERLESS"]
Destination = Literal["cloudwatch", "s3", "firehose"]
Monitoring = Literal["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"]


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where logs are delivered to; what is None and not disabled is not configured."""

    cloudwatch: str | None = None
    """Name of the log group."""
    s3: tuple[str, str] | None = None
    """Bucket and prefix; the prefix may be empty."""
    firehose: str | None = None
    """Name of the delivery stream."""
    disabled: Collection[Destination] = ()
    """Destinations that are configured and switched off."""

    def on(self, destination: Destination) -> bool:
        """Whether a destination is configured and switched on."""
        return getattr(self, destination) is not None and destination not in self.disabled

    def told(self) -> dict[str, Any]:
        """As MSK describes them (model of BrokerLogs): only `enabled` is required in each."""
        told: dict[str, Any] = {}
        if self.cloudwatch is not None or "cloudwatch" in self.disabled:
            named = {} if self.cloudwatch is None else {"logGroup": self.cloudwatch}
            told["cloudWatchLogs"] = {"enabled": "cloudwatch" not in self.disabled} | named
        if self.firehose is not None or "firehose" in self.disabled:
            named = {} if self.firehose is None else {"deliveryStream": self.firehose}
            told["firehose"] = {"enabled": "firehose" not in self.disabled} | named
        if self.s3 is not None or "s3" in self.disabled:
            named = {} if self.s3 is None else {"bucket": self.s3[0], "prefix": self.s3[1]}
            told["s3"] = {"enabled": "s3" not in self.disabled} | named
        return told


@dataclass(slots=True)
class Authentication:
    """How clients of a cluster say who they are; what is on and what is off."""

    iam: bool = True
    scram: bool = False
    tls: bool = False
    unauthenticated: bool = False

    def told(self) -> dict[str, Any]:
        """As MSK describes it (model of ClientAuthentication)."""
        return {
            "sasl": {"iam": {"enabled": self.iam}, "scram": {"enabled": self.scram}},
            "tls": {"enabled": self.tls},
            "unauthenticated": {"enabled": self.unauthenticated},
        }


@dataclass(slots=True)
class Cluster:
    """A cluster as Amazon MSK describes it."""

    name: str
    uuid: str
    suffix: str
    """What follows the UUID in the ARN: `4`, or `s1` of a serverless cluster."""
    account: str
    region: str
    created: int
    """ms since the epoch."""
    type: ClusterType
    brokers: int
    """How many; their ids are 1, 2, 3..."""
    version: str
    instance_type: str
    state: str
    broker_logs: Destinations
    authorizer_logs: Destinations | None
    authentication: Authentication = field(default_factory=Authentication)
    monitoring: Monitoring = "DEFAULT"
    updates: int = 0
    """How often it was changed by a call."""
    delivers: bool = False
    """Its log lines are written into its destinations as far as AWS would."""

    @property
    def current_version(self) -> str:
        """The version of its settings, which a call that changes them has to name."""
        if not self.updates:
            return "K3P5ROKL5A1OLE"
        return f"K{uuid5(NAMESPACE_URL, f'{self.arn}/{self.updates}').hex[:13].upper()}"

    @property
    def data_key(self) -> str:
        """ARN of the key that its volumes are encrypted with."""
        number = uuid5(NAMESPACE_URL, f"{self.arn}/key")
        return f"arn:aws:kms:{self.region}:{self.account}:key/{number}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        scope = f"arn:aws:kafka:{self.region}:{self.account}"
        return f"{scope}:cluster/{self.name}/{self.uuid}-{self.suffix}"

    @property
    def directory(self) -> str:
        """Its directory in a bucket: the last two parts of the ARN."""
        return f"{self.name}-{self.uuid}-{self.suffix}"

    def log_stream(self, broker: int) -> str:
        """The log stream of a broker. AWS does not document its form."""
        return f"{self.name}-{self.uuid}-Broker-{broker}"

    def object_key(self, broker: int, time: int, token: str) -> str:
        """The key of an object with log lines of a broker, in the bucket of its broker logs.

        Args:
            broker: id of the broker.
            time: the moment in the name, ms since the epoch.
            token: eight hexadecimal digits.
        """
        prefix = self.broker_logs.s3[1] if self.broker_logs.s3 else ""
        moment = datetime.fromtimestamp(time // 1000, UTC)
        return (
            f"{prefix and prefix + '/'}AWSLogs/{self.account}/KafkaBrokerLogs/{self.region}"
            f"/{self.directory}/{moment:%Y-%m-%d-%H}/Broker-{broker}_{moment:%H-%M}_{token}.log.gz"
        )

    def endpoint(self, broker: int) -> str:
        """Host name of a broker."""
        host = self.name.replace("-", "")
        return f"b-{broker}.{host}.{self.uuid[:6]}.c2.kafka.{self.region}.amazonaws.com"


def _common(cluster: Cluster) -> dict[str, Any]:
    """What both versions of the API tell of every cluster."""
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "creationTime": _iso(cluster.created),
        "currentVersion": cluster.current_version,
        "state": cluster.state,
        "tags": {},
    }


def describe_cluster_v2(cluster: Cluster) -> dict[str, Any]:
    """The members of DescribeClusterV2."""
    told = _common(cluster) | {"clusterType": cluster.type}
    if cluster.type == "PROVISIONED":
        return told | {"provisioned": _provisioned(cluster)}
    networks = {"subnetIds": _subnets(3), "securityGroupIds": ["sg-0d3300000000000a2"]}
    signed = {"sasl": {"iam": {"enabled": True}}}
    return told | {"serverless": {"vpcConfigs": [networks], "clientAuthentication": signed}}


def describe_cluster(cluster: Cluster) -> dict[str, Any]:
    """The members of DescribeCluster."""
    return _common(cluster) | _provisioned(cluster)


def _provisioned(cluster: Cluster) -> dict[str, Any]:
    group: dict[str, Any] = {
        "brokerAZDistribution": "DEFAULT",
        "clientSubnets": _subnets(3),
        "instanceType": cluster.instance_type,
        "securityGroups": ["sg-0d3300000000000a2"],
    }
    if not cluster.instance_type.startswith("express."):
        # Express brokers have no storage that a user would set.
        group["storageInfo"] = {"ebsStorageInfo": {"volumeSize": 100}}
    told: dict[str, Any] = {
        "brokerNodeGroupInfo": group,
        "clientAuthentication": cluster.authentication.told(),
        "currentBrokerSoftwareInfo": {"kafkaVersion": cluster.version},
        "encryptionInfo": {
            "encryptionAtRest": {"dataVolumeKMSKeyId": cluster.data_key},
            "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
        },
        "enhancedMonitoring": cluster.monitoring,
        "numberOfBrokerNodes": cluster.brokers,
    }
    logging: dict[str, Any] = {}
    if brokers := cluster.broker_logs.told():
        logging["brokerLogs"] = brokers
    if cluster.authorizer_logs is not None:
        # The model requires brokerLogs, whatever else there is.
        logging = {"brokerLogs": brokers, "authorizerLogs": cluster.authorizer_logs.told()}
    return told | ({"loggingInfo": logging} if logging else {})


def describe_node(cluster: Cluster, broker: int) -> dict[str, Any]:
    """The members of a node of ListNodes."""
    scope = f"arn:aws:kafka:{cluster.region}:{cluster.account}"
    node = uuid5(NAMESPACE_URL, f"{cluster.arn}/{broker}")
    return {
        "addedToClusterTime": _iso(cluster.created),
        "brokerNodeInfo": {
            "brokerId": float(broker),
            "clientSubnet": _subnets(3)[(broker - 1) % 3],
            "clientVpcIpAddress": f"10.0.{30 + (broker - 1) % 3}.{10 + broker}",
            "currentBrokerSoftwareInfo": {"kafkaVersion": cluster.version},
            "endpoints": [cluster.endpoint(broker)],
        },
        "instanceType": cluster.instance_type.removeprefix("kafka."),
        "nodeARN": f"{scope}:broker/{cluster.name}/{cluster.uuid}-{cluster.suffix}/{node}",
        "nodeType": "BROKER",
    }


def _subnets(count: int) -> list[str]:
    return [f"subnet-0d3300000000000b{n}" for n in range(count)]


def _iso(time: int) -> str:
    moment = datetime.fromtimestamp(time // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"
