"""What can be tailed: targets, their log groups, and what the names of groups and streams tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from mqtail import formats

BROKER_GROUP = re.compile(r"/aws/amazonmq/broker/(?P<id>b-[^/]+)/(?P<kind>[^/]+)")
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
_NUMBERED_STREAM = re.compile(r"-(\d+)(?:\.log)?$")
_NODE_STREAM = re.compile(r"rabbit@([^.]+(?:\.[^.]+)*?)(?:\.log)?$")


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group that belongs to a target."""

    name: str
    target: str
    service: str
    kind: str
    format: str = ""
    """Expected line format, see `mqtail.formats`."""
    arn: str = ""
    """Given where the group is in another (linked) account: its name alone does not find it."""

    @property
    def identifier(self) -> str:
        """ARN or name, whichever finds the log group (`logGroupIdentifier`)."""
        return self.arn or self.name

    @property
    def arguments(self) -> dict[str, str]:
        """What names the group in a request (logGroupName XOR logGroupIdentifier)."""
        return {"logGroupIdentifier": self.arn} if self.arn else {"logGroupName": self.name}


@dataclass(frozen=True, slots=True)
class Target:
    """A broker, or a log group taken by its own name."""

    name: str
    service: str
    """`mq` or `logs`."""
    groups: tuple[LogGroup, ...]
    id: str = ""
    arn: str = ""
    engine: str = ""
    """`ACTIVEMQ` or `RABBITMQ`, empty when not known."""
    state: str = ""
    """Broker state as the API names it."""
    deployment: str = ""
    """Deployment mode as the API names it."""

    @property
    def prefix(self) -> str:
        """Prefix under which further log groups of it may appear; empty where there is none."""
        return broker_prefix(self.id) if self.service == "mq" and self.id else ""

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
        known = {group.name for group in self.groups}
        found = [self.group(name) for name in names if name not in known]
        return replace(self, groups=(*self.groups, *found))


def broker_prefix(broker_id: str) -> str:
    """Prefix of all log groups of a broker."""
    return f"/aws/amazonmq/broker/{broker_id}/"


def log_group_target(name: str, arn: str = "") -> Target:
    """A log group as a target of its own.

    The group of a broker is known by its name, so its lines and instances are read as a broker's.
    """
    match = BROKER_GROUP.fullmatch(name)
    service = "mq" if match else "logs"
    kind = match["kind"] if match else name.rsplit("/", 1)[-1]
    label = match["id"] if match else name
    group = LogGroup(name=name, target=label, service=service, kind=kind, arn=arn)
    return Target(name=label, service="logs", groups=(group,))


def is_broker_id(text: str) -> bool:
    """Whether it has the form of a broker's id."""
    return _BROKER_ID.fullmatch(text) is not None


def broker_id_of_arn(text: str) -> str | None:
    """The broker's id in a broker's ARN; None when it is no such ARN."""
    match = _BROKER_ARN.fullmatch(text)
    return match["id"] if match else None


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
    domain (`rabbit@ip-10-0-21-51.us-west-2.compute.internal.log`), or a number likewise.
    """
    if service != "mq":
        return None
    if match := _NODE_STREAM.search(log_stream):
        return match[1].split(".", 1)[0]
    match = _NUMBERED_STREAM.search(log_stream)
    return match[1] if match else None


def same_instance(wanted: str, instance: str | None) -> bool:
    """Whether what a user named is this instance: its number or host, or a shell pattern of it."""
    return instance is not None and fnmatchcase(instance, wanted)
