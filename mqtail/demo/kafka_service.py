"""Amazon MSK: listing and describing clusters that were added."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Meta, Struct

from mqtail.demo.calls import Call, Permission, ServiceError, unknown_operation
from mqtail.demo.paging import Tokens
from mqtail.demo.service import Service
from mqtail.demo.wire import RestJsonWire, Route

ClusterType = Literal["PROVISIONED", "SERVERLESS"]
Destination = Literal["cloudwatch", "s3", "firehose"]


class _List(Struct, rename="camel"):
    cluster_name_filter: str = ""
    cluster_type_filter: ClusterType | None = None
    max_results: Annotated[int, Meta(ge=1, le=100)] = 100
    next_token: str | None = None


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


class KafkaService(Service):
    """Clusters of one account in any number of regions."""

    wire = RestJsonWire(
        (
            Route("GET", "/api/v2/clusters", "ListClustersV2"),
            Route("GET", "/api/v2/clusters/{clusterArn}", "DescribeClusterV2"),
            Route("GET", "/v1/clusters", "ListClusters"),
            Route("GET", "/v1/clusters/{clusterArn}", "DescribeCluster"),
            Route("GET", "/v1/clusters/{clusterArn}/nodes", "ListNodes"),
        )
    )

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._clusters: dict[str, dict[str, Cluster]] = {}
        self._tokens = Tokens(_bad_request)
        self._operations: dict[str, Callable[[Call], Any]] = {
            "ListClustersV2": self._list_clusters_v2,
            "DescribeClusterV2": self._describe_cluster_v2,
            "ListClusters": self._list_clusters,
            "DescribeCluster": self._describe_cluster,
            "ListNodes": self._list_nodes,
        }

    def add_cluster(
        self,
        name: str,
        *,
        type: ClusterType = "PROVISIONED",
        brokers: int = 3,
        express: bool = False,
        version: str = "3.9.x",
        state: str = "ACTIVE",
        cloudwatch: str | None = None,
        s3: tuple[str, str] | None = None,
        firehose: str | None = None,
        disabled: Collection[Destination] = (),
        authorizer: Destinations | None = None,
        created: int | None = None,
        region: str | None = None,
    ) -> Cluster:
        """Add a cluster; its UUID follows from its name and region.

        Args:
            name: its name.
            type: a serverless cluster has no brokers and no logging.
            brokers: how many.
            express: they are Express brokers.
            version: of Kafka.
            state: `ACTIVE`, `REBOOTING_BROKER`...
            cloudwatch: log group of the broker logs.
            s3: bucket and prefix of the broker logs.
            firehose: delivery stream of the broker logs.
            disabled: destinations that are configured and switched off.
            authorizer: destinations of the authorizer logs.
            created: ms since the epoch; None: now.
            region: where it is.
        """
        region = region or self.region
        cluster = Cluster(
            name,
            str(uuid5(NAMESPACE_URL, f"kafka/{region}/{name}")),
            "s1" if type == "SERVERLESS" else "4",
            self.account,
            region,
            self.clock() if created is None else created,
            type,
            brokers,
            version,
            "express.m7g.large" if express else "kafka.m7g.large",
            state,
            Destinations(cloudwatch, s3, firehose, disabled),
            authorizer,
        )
        self._clusters.setdefault(region, {})[cluster.arn] = cluster
        return cluster

    def remove_cluster(self, cluster: Cluster) -> None:
        """Take a cluster away."""
        self._clusters[cluster.region].pop(cluster.arn, None)

    def permission(self, call: Call) -> Permission:
        """The cluster; a list is checked against the API's own path."""
        everything = f"arn:aws:kafka:{call.region}:{self.account}:/api/v2/clusters"
        arn = str(call.parameters.get("clusterArn", everything))
        return Permission(f"kafka:{call.operation}", arn)

    def answer(self, call: Call) -> Any:
        """The result of a call, for JSON."""
        if call.operation not in self._operations:
            raise unknown_operation(call.operation)
        return self._operations[call.operation](call)

    def _list_clusters_v2(self, call: Call) -> dict[str, Any]:
        request = self._list_request(call)
        wanted = request.cluster_type_filter
        return self._page(call, request, lambda c: wanted in (None, c.type), _cluster_v2)

    def _list_clusters(self, call: Call) -> dict[str, Any]:
        """The first version of the API knows provisioned clusters only."""
        request = self._list_request(call)
        return self._page(call, request, lambda c: c.type == "PROVISIONED", _cluster_v1)

    def _page(
        self,
        call: Call,
        request: _List,
        wanted: Callable[[Cluster], bool],
        tell: Callable[[Cluster], dict[str, Any]],
    ) -> dict[str, Any]:
        named = [
            (cluster.arn, cluster)
            for _, cluster in sorted(self._clusters.get(call.region, {}).items())
            if cluster.name.startswith(request.cluster_name_filter) and wanted(cluster)
        ]
        bound = (call.operation, request.cluster_name_filter, request.cluster_type_filter)
        page, token = self._tokens.list_page(
            named, bound, request.next_token, request.max_results, call.time
        )
        told = {"clusterInfoList": [tell(cluster) for cluster in page]}
        return told | ({"nextToken": token} if token else {})

    def _describe_cluster_v2(self, call: Call) -> dict[str, Any]:
        return {"clusterInfo": _cluster_v2(self._cluster(call))}

    def _describe_cluster(self, call: Call) -> dict[str, Any]:
        return {"clusterInfo": _cluster_v1(self._provisioned(call))}

    def _list_nodes(self, call: Call) -> dict[str, Any]:
        cluster = self._provisioned(call)
        request = self._list_request(call)
        nodes = [(str(n), _node(cluster, n)) for n in range(1, cluster.brokers + 1)]
        page, token = self._tokens.list_page(
            nodes, ("nodes", cluster.arn), request.next_token, request.max_results, call.time
        )
        return {"nodeInfoList": page} | ({"nextToken": token} if token else {})

    def _list_request(self, call: Call) -> _List:
        try:
            # Numbers come as text, in the query string.
            return msgspec.convert(call.parameters, _List, strict=False)
        except msgspec.ValidationError as error:
            raise _bad_request(str(error)) from None

    def _cluster(self, call: Call) -> Cluster:
        arn = call.parameters["clusterArn"]
        invalid = {"invalidParameter": "clusterArn"}
        if not arn.startswith("arn:") or ":cluster/" not in arn:
            text = "One or more of the parameters are not valid."
            raise ServiceError("BadRequestException", text, details=invalid)
        cluster = self._clusters.get(call.region, {}).get(arn)
        if cluster is None:
            text = "The requested resource doesn't exist."
            raise ServiceError("NotFoundException", text, 404, details=invalid)
        return cluster

    def _provisioned(self, call: Call) -> Cluster:
        cluster = self._cluster(call)
        if cluster.type == "SERVERLESS":
            raise _bad_request("This operation cannot be performed on serverless clusters.")
        return cluster


def _bad_request(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)


def _common(cluster: Cluster) -> dict[str, Any]:
    """What both versions of the API tell of every cluster."""
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "creationTime": _iso(cluster.created),
        "currentVersion": "K3P5ROKL5A1OLE",
        "state": cluster.state,
        "tags": {},
    }


def _cluster_v2(cluster: Cluster) -> dict[str, Any]:
    told = _common(cluster) | {"clusterType": cluster.type}
    if cluster.type == "PROVISIONED":
        return told | {"provisioned": _provisioned(cluster)}
    networks = {"subnetIds": _subnets(3), "securityGroupIds": ["sg-0d3300000000000a2"]}
    signed = {"sasl": {"iam": {"enabled": True}}}
    return told | {"serverless": {"vpcConfigs": [networks], "clientAuthentication": signed}}


def _cluster_v1(cluster: Cluster) -> dict[str, Any]:
    told = _provisioned(cluster)
    return _common(cluster) | told


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
        "clientAuthentication": {"sasl": {"iam": {"enabled": True}}},
        "currentBrokerSoftwareInfo": {"kafkaVersion": cluster.version},
        "enhancedMonitoring": "DEFAULT",
        "numberOfBrokerNodes": cluster.brokers,
    }
    logging: dict[str, Any] = {}
    if brokers := cluster.broker_logs.told():
        logging["brokerLogs"] = brokers
    if cluster.authorizer_logs is not None:
        # The model requires brokerLogs, whatever else there is.
        logging = {"brokerLogs": brokers, "authorizerLogs": cluster.authorizer_logs.told()}
    return told | ({"loggingInfo": logging} if logging else {})


def _node(cluster: Cluster, broker: int) -> dict[str, Any]:
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
