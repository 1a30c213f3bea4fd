"""Amazon MSK: clusters that were added, and what calls change of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from msgspec import Meta, Struct

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.kafka_clusters import (
    Authentication,
    Cluster,
    ClusterType,
    Destination,
    Destinations,
    Monitoring,
    describe_cluster,
    describe_cluster_v2,
    describe_node,
)
from mqtail.demo.paging import Tokens
from mqtail.demo.service import Service
from mqtail.demo.wire import RestJsonWire, Route


class _List(Struct, rename="camel"):
    cluster_name_filter: str = ""
    cluster_type_filter: ClusterType | None = None
    max_results: Annotated[int, Meta(ge=1, le=100)] = 100
    next_token: str | None = None


class _Switch(Struct):
    enabled: bool


class _LogGroup(_Switch, rename="camel"):
    log_group: str = ""


class _LogStream(_Switch, rename="camel"):
    delivery_stream: str = ""


class _LogBucket(_Switch):
    bucket: str = ""
    prefix: str = ""


class _Destinations(Struct, rename="camel"):
    cloud_watch_logs: _LogGroup | None = None
    firehose: _LogStream | None = None
    s3: _LogBucket | None = None


class _Logging(Struct, rename="camel"):
    broker_logs: _Destinations
    authorizer_logs: _Destinations | None = None


class _UpdateMonitoring(Struct, rename="camel"):
    current_version: str
    enhanced_monitoring: Monitoring | None = None
    logging_info: _Logging | None = None


class _Sasl(Struct, frozen=True):
    iam: _Switch | None = None
    scram: _Switch | None = None


class _Authentication(Struct, frozen=True):
    sasl: _Sasl = _Sasl()
    tls: _Switch | None = None
    unauthenticated: _Switch | None = None


class _UpdateSecurity(Struct, rename="camel"):
    current_version: str
    client_authentication: _Authentication = _Authentication()


class KafkaService(Service):
    """Clusters of one account in any number of regions.

    Attributes:
        changed: called when a cluster was added whose logs are delivered.
    """

    wire = RestJsonWire(
        (
            Route("GET", "/api/v2/clusters", "ListClustersV2"),
            Route("GET", "/api/v2/clusters/{clusterArn}", "DescribeClusterV2"),
            Route("GET", "/v1/clusters", "ListClusters"),
            Route("GET", "/v1/clusters/{clusterArn}", "DescribeCluster"),
            Route("GET", "/v1/clusters/{clusterArn}/nodes", "ListNodes"),
            Route("PUT", "/v1/clusters/{clusterArn}/monitoring", "UpdateMonitoring"),
            Route("PATCH", "/v1/clusters/{clusterArn}/security", "UpdateSecurity"),
        )
    )

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self.changed: Callable[[], None] = lambda: None
        self._clusters: dict[str, dict[str, Cluster]] = {}
        self._tokens = Tokens(_bad_request)
        self._operations = {
            "ListClustersV2": self._list_clusters_v2,
            "DescribeClusterV2": self._describe_cluster_v2,
            "ListClusters": self._list_clusters,
            "DescribeCluster": self._describe_cluster,
            "ListNodes": self._list_nodes,
            "UpdateMonitoring": self.taking(_UpdateMonitoring, self._update_monitoring),
            "UpdateSecurity": self.taking(_UpdateSecurity, self._update_security),
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
        authentication: Authentication | None = None,
        delivers: bool = False,
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
            authentication: how clients say who they are; None: by IAM alone.
            delivers: its log lines come to its destinations as far as AWS would deliver them.
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
            authentication or Authentication(),
            delivers=delivers,
        )
        self._clusters.setdefault(region, {})[cluster.arn] = cluster
        if delivers:
            self.changed()
        return cluster

    def clusters(self) -> list[Cluster]:
        """The clusters of all regions."""
        return [cluster for found in self._clusters.values() for cluster in found.values()]

    def remove_cluster(self, cluster: Cluster) -> None:
        """Take a cluster away."""
        self._clusters[cluster.region].pop(cluster.arn, None)

    def permission(self, call: Call) -> Permission:
        """The cluster; a list is checked against the API's own path."""
        everything = f"arn:aws:kafka:{call.region}:{self.account}:/api/v2/clusters"
        arn = str(call.parameters.get("clusterArn", everything))
        return Permission(f"kafka:{call.operation}", arn)

    def invalid(self, message: str) -> ServiceError:
        """BadRequestException."""
        return _bad_request(message)

    def _list_clusters_v2(self, call: Call) -> dict[str, Any]:
        request = self.request(call, _List, strict=False)
        wanted = request.cluster_type_filter
        return self._page(call, request, lambda c: wanted in (None, c.type), describe_cluster_v2)

    def _list_clusters(self, call: Call) -> dict[str, Any]:
        """The first version of the API knows provisioned clusters only."""
        request = self.request(call, _List, strict=False)
        return self._page(call, request, lambda c: c.type == "PROVISIONED", describe_cluster)

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
        return {"clusterInfo": describe_cluster_v2(self._cluster(call))}

    def _describe_cluster(self, call: Call) -> dict[str, Any]:
        return {"clusterInfo": describe_cluster(self._provisioned(call))}

    def _list_nodes(self, call: Call) -> dict[str, Any]:
        cluster = self._provisioned(call)
        request = self.request(call, _List, strict=False)
        nodes = [(str(n), describe_node(cluster, n)) for n in range(1, cluster.brokers + 1)]
        page, token = self._tokens.list_page(
            nodes, ("nodes", cluster.arn), request.next_token, request.max_results, call.time
        )
        return {"nodeInfoList": page} | ({"nextToken": token} if token else {})

    def _update_monitoring(self, request: _UpdateMonitoring, call: Call) -> dict[str, Any]:
        cluster = self._changeable(request, call)
        logging = request.logging_info
        if logging is not None:
            broker_logs = self._destinations(logging.broker_logs)
            if logging.authorizer_logs is not None:
                cluster.authorizer_logs = self._destinations(logging.authorizer_logs)
            cluster.broker_logs = broker_logs
        cluster.monitoring = request.enhanced_monitoring or cluster.monitoring
        return _updated(cluster)

    def _destinations(self, sent: _Destinations) -> Destinations:
        """Where logs are to be delivered to; what is switched on has to be named."""
        group, stream, bucket = sent.cloud_watch_logs, sent.firehose, sent.s3
        named: tuple[tuple[Destination, _Switch | None, str], ...] = (
            ("cloudwatch", group, group.log_group if group else ""),
            ("firehose", stream, stream.delivery_stream if stream else ""),
            ("s3", bucket, bucket.bucket if bucket else ""),
        )
        for destination, switch, name in named:
            if switch is not None and switch.enabled and not name:
                raise _bad_request(f"The destination {destination} is enabled and not named.")
        return Destinations(
            (group.log_group if group else "") or None,
            (bucket.bucket, bucket.prefix) if bucket and bucket.bucket else None,
            (stream.delivery_stream if stream else "") or None,
            tuple(place for place, switch, _ in named if switch and not switch.enabled),
        )

    def _update_security(self, request: _UpdateSecurity, call: Call) -> dict[str, Any]:
        cluster = self._changeable(request, call)
        sent, now = request.client_authentication, cluster.authentication
        cluster.authentication = Authentication(
            _switched(sent.sasl.iam, now.iam),
            _switched(sent.sasl.scram, now.scram),
            _switched(sent.tls, now.tls),
            _switched(sent.unauthenticated, now.unauthenticated),
        )
        return _updated(cluster)

    def _changeable(self, request: _UpdateMonitoring | _UpdateSecurity, call: Call) -> Cluster:
        """The cluster, where it can be changed and the caller knows its latest settings."""
        cluster = self._provisioned(call)
        if request.current_version != cluster.current_version:
            text = "This operation cannot be performed on the cluster: its version is another one."
            raise ServiceError("BadRequestException", text, details=_invalid("currentVersion"))
        if cluster.state != "ACTIVE":
            raise _bad_request(f"The cluster is in the state {cluster.state}, not ACTIVE.")
        return cluster

    def _cluster(self, call: Call) -> Cluster:
        arn = call.parameters["clusterArn"]
        if not arn.startswith("arn:") or ":cluster/" not in arn:
            text = "One or more of the parameters are not valid."
            raise ServiceError("BadRequestException", text, details=_invalid("clusterArn"))
        cluster = self._clusters.get(call.region, {}).get(arn)
        if cluster is None:
            text = "The requested resource doesn't exist."
            raise ServiceError("NotFoundException", text, 404, details=_invalid("clusterArn"))
        return cluster

    def _provisioned(self, call: Call) -> Cluster:
        cluster = self._cluster(call)
        if cluster.type == "SERVERLESS":
            raise _bad_request("This operation cannot be performed on serverless clusters.")
        return cluster


def _bad_request(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)


def _invalid(parameter: str) -> dict[str, str]:
    return {"invalidParameter": parameter}


def _switched(sent: _Switch | None, now: bool) -> bool:
    return now if sent is None else sent.enabled


def _updated(cluster: Cluster) -> dict[str, Any]:
    """The answer to a call that changed a cluster."""
    cluster.updates += 1
    operation = cluster.arn.replace(":cluster/", ":cluster-operation/")
    return {"clusterArn": cluster.arn, "clusterOperationArn": f"{operation}/{uuid4()}"}
