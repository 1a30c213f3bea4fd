"""What can be tailed: targets, their logs, and what the names of log groups and streams tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from mqtail import formats
from mqtail.logs import ApiCalls, Log, LogGroup

API_CALLS = "cloudtrail"
"""Name of the target that is the API calls alone."""

BROKER_GROUPS = "/aws/amazonmq/broker/"
"""Prefix of all log groups of Amazon MQ."""

BROKER_GROUP = re.compile(rf"{BROKER_GROUPS}(?P<id>b-[^/]+)/(?P<kind>[^/]+)")
"""Name of a log group of Amazon MQ: `/aws/amazonmq/broker/<broker-id>/<kind>`."""

DOCUMENTED_KINDS = {"ACTIVEMQ": ("general", "audit"), "RABBITMQ": ("general",)}
"""Kinds of log that Amazon MQ documents, by engine."""

_BROKER_ID = re.compile(r"b-[0-9a-f][0-9a-f-]+")
_LOG_GROUP_ARN = re.compile(
    r"arn:[^:]+:logs:(?P<region>[^:]*):(?P<account>\d*):log-group:(?P<name>[^:]+)(:\*)?"
)
_BROKER_ARN = re.compile(
    r"arn:[^:]+:mq:(?P<region>[^:]*):(?P<account>\d*):broker:(?P<name>[^:]+):(?P<id>b-[^:]+)"
)
_CLUSTER_ARN = re.compile(
    r"arn:[^:]+:kafka:(?P<region>[^:]*):(?P<account>\d*):cluster/(?P<name>[^/]+)(?:/(?P<uuid>[^/]+))?"
)
_KAFKA_STREAM = re.compile(r".*broker-(\d+)", re.IGNORECASE)
_NUMBERED_STREAM = re.compile(r"-(\d+)(?:\.log)?$")
_NODE_STREAM = re.compile(r"rabbit@([^.]+(?:\.[^.]+)*?)(?:\.log)?$")


@dataclass(frozen=True, slots=True)
class Target:
    """A broker, a cluster, or a log group taken by its own name; or the API calls alone."""

    name: str
    service: str
    """`mq`, `msk`, `logs` or `cloudtrail`."""
    logs: tuple[Log, ...]
    """Every log of it in every place where it is delivered, of each kind the fastest first."""
    id: str = ""
    """A broker's id."""
    arn: str = ""
    engine: str = ""
    """`ACTIVEMQ` or `RABBITMQ`, empty when not known; of a cluster its type and kind of brokers
    (`PROVISIONED`, `EXPRESS`, `SERVERLESS`)."""
    state: str = ""
    """State as the API names it."""
    deployment: str = ""
    """Deployment mode as the API names it; of a cluster its number of brokers."""
    version: str = ""
    """Version of the engine, of Kafka; empty when not known."""
    off: tuple[str, ...] = ()
    """Kinds of a broker's logs that are not published."""
    waiting: tuple[str, ...] = ()
    """Kinds of a broker's logs that will be published after a reboot."""

    @property
    def prefix(self) -> str:
        """Prefix under which further log groups of it may appear; empty where there is none."""
        return broker_prefix(self.id) if self.service == "mq" and self.id else ""

    @property
    def owner(self) -> str:
        """What records of API calls name it by: a broker's id, a cluster's ARN; else empty."""
        return {"mq": self.id, "msk": self.arn}.get(self.service, "")

    @property
    def silence(self) -> str:
        """Why a cluster has no broker logs, in a few words; empty where it has some."""
        if self.service != "msk" or any(log.kind == "broker" for log in self.logs):
            return ""
        if self.engine == "SERVERLESS":
            return "a serverless cluster has no broker logs"
        return "its broker logs are not delivered anywhere"

    def group(self, name: str) -> LogGroup:
        """A log group of this broker, its kind taken from its name."""
        kind = name.rsplit("/", 1)[-1]
        return LogGroup(
            name=name,
            target=self.name,
            service=self.service,
            kind=kind,
            format=formats.expected(self.service, self.engine, kind),
        )

    def with_groups(self, names: list[str]) -> Target:
        """The same with those listed log groups added that it does not have yet."""
        known = {log.place for log in self.logs}
        found = [self.group(name) for name in names if name not in known]
        return replace(self, logs=(*self.logs, *found))

    def chosen(self, destinations: tuple[str, ...]) -> tuple[list[Log], list[Log]]:
        """Which logs to read, and which others there are.

        Of an MSK cluster's log that is delivered to several places, the fastest is read, or those
        that were asked for. What Amazon MQ writes is in CloudWatch Logs only.

        Args:
            destinations: the places asked for; empty: none.
        """
        read: list[Log] = []
        others: list[Log] = []
        for log in self.logs:
            if self.service != "msk":
                wanted = True
            elif destinations:
                wanted = log.destination in destinations
            else:
                wanted = all(log.kind != before.kind for before in read)
            (read if wanted else others).append(log)
        return read, others


def broker_prefix(broker_id: str) -> str:
    """Prefix of all log groups of a broker."""
    return f"{BROKER_GROUPS}{broker_id}/"


def log_group_target(name: str, arn: str = "") -> Target:
    """A log group as a target of its own.

    The group of a broker is known by its name, so its lines and instances are read as a broker's.
    """
    match = BROKER_GROUP.fullmatch(name)
    service = "mq" if match else "logs"
    kind = match["kind"] if match else name.rsplit("/", 1)[-1]
    label = match["id"] if match else name
    group = LogGroup(name=name, target=label, service=service, kind=kind, arn=arn)
    return Target(name=label, service="logs", logs=(group,))


def api_calls_target(names: list[tuple[str, str]], trail: str) -> Target:
    """All API calls of Amazon MQ and Amazon MSK as a target of their own.

    Args:
        names: ids of brokers and ARNs of clusters, each with its name.
        trail: the trail to read them from, see `ApiCalls`; empty: CloudTrail's event history.
    """
    calls = ApiCalls(names=tuple(names), trail=trail)
    return Target(name=API_CALLS, service="cloudtrail", logs=(calls,))


def is_pattern(name: str) -> bool:
    """Whether it is a shell pattern, which may mean several brokers and clusters."""
    return any(c in name for c in "*?[")


def is_broker_id(text: str) -> bool:
    """Whether it has the form of a broker's id."""
    return _BROKER_ID.fullmatch(text) is not None


def broker_id_of_arn(text: str) -> str | None:
    """The broker's id in a broker's ARN; None when it is no such ARN."""
    match = _BROKER_ARN.fullmatch(text)
    return match["id"] if match else None


@dataclass(frozen=True, slots=True)
class ClusterArn:
    """What a cluster's ARN says."""

    region: str
    account: str
    name: str
    uuid: str | None
    """With its suffix: `01234567-abcd-0123-abcd-abcd0123efa-2`; some emulators leave it out."""

    @property
    def directory(self) -> str:
        """What its logs are filed under in a bucket: the last parts of the ARN."""
        return f"{self.name}-{self.uuid}" if self.uuid else self.name


def cluster_of_arn(text: str) -> ClusterArn | None:
    """The parts of an MSK cluster's ARN; None when it is no such ARN."""
    match = _CLUSTER_ARN.fullmatch(text)
    return ClusterArn(**match.groupdict()) if match else None


def log_group_of_arn(text: str) -> tuple[str, str] | None:
    """Name and ARN of a log group, the ARN without its trailing `:*`; None when it is no such ARN.

    FilterLogEvents takes the form without `:*` only.
    """
    match = _LOG_GROUP_ARN.fullmatch(text)
    return (match["name"], text.removesuffix(":*")) if match else None


def region_of_arn(text: str) -> str:
    """The region in an ARN, empty where it has none."""
    parts = text.split(":")
    return parts[3] if len(parts) > 4 and parts[0] == "arn" else ""


def instance_of(service: str, log_stream: str) -> str | None:
    """The broker instance that writes a log stream, from the stream's name.

    ActiveMQ: `activemq-<broker-id>-2.log` is instance `2`. RabbitMQ: the node's host, without its
    domain (`rabbit@ip-10-0-21-51.us-west-2.compute.internal.log`), or a number likewise. Kafka:
    the id after `Broker-`, where the name has it (what MSK calls its streams is not documented).
    """
    if service != "mq":
        # A cluster's log group may be taken by its own name.
        match = _KAFKA_STREAM.match(log_stream)
        return match[1] if match else None
    if match := _NODE_STREAM.search(log_stream):
        return match[1].split(".", 1)[0]
    match = _NUMBERED_STREAM.search(log_stream)
    return match[1] if match else None


def same_instance(wanted: str, instance: str | None) -> bool:
    """Whether what a user named is this instance: its number or host, or a shell pattern of it."""
    return instance is not None and fnmatchcase(instance, wanted)
