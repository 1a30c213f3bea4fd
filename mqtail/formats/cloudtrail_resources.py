"""Which clusters and brokers a CloudTrail record names, and how an ARN reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from mqtail.formats.cloudtrail_record import decoded

_SEARCHED = 4_096
"""Characters of a value in which ARNs are looked for."""

_ARN = re.compile(r"(arn:[\w-]{1,20}:(kafka|mq):[\w-]{0,40}:\d{0,12}:)([^\s\"'<>,]{1,1000})")
_IN_CLUSTER = (
    "cluster", "topic", "group", "transactional-id", "channel", "cluster-operation",
)  # fmt: skip
"""What ARNs of Amazon MSK name below a cluster: `KIND/CLUSTER/UUID/...` (service authorization)."""
_PUNCTUATION = ".;:)"
"""What can follow an ARN in a sentence."""
_BROKER_ID = re.compile(r"b-[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}")


class Resources(Struct, frozen=True):
    """The clusters and brokers that a record names, each once, in the order they are found."""

    clusters: tuple[str, ...] = ()
    """ARNs of MSK clusters, decoded; also of the clusters whose topics or groups are named."""
    cluster_names: tuple[str, ...] = ()
    """MSK clusters that are given by name (`clusterName`, the ARN of a VPC connection)."""
    brokers: tuple[str, ...] = ()
    """Ids of Amazon MQ brokers (`b-...`)."""
    broker_names: tuple[str, ...] = ()
    """Amazon MQ brokers that are given by name (`brokerName`)."""


def resources(record_text: str) -> Resources:
    """The clusters and brokers that a record names in its request, response, resources and error.

    A refused call often has no request parameters; its error then tells what it was refused on.
    A text that is no record names nothing.
    """
    record = decoded(record_text)
    if record is None:
        return Resources()
    clusters: dict[str, None] = {}
    cluster_names: dict[str, None] = {}
    brokers: dict[str, None] = {}
    broker_names: dict[str, None] = {}
    named_by = {"clustername": cluster_names, "brokername": broker_names}
    places = {
        "request": record.request_parameters,
        "response": record.response_elements,
        "resources": record.resources,
        "error": record.error_message,
    }
    for key, text in _strings(places):
        for prefix, service, resource in _ARN.findall(decoded_arn(text)):
            if service == "kafka":
                _add_cluster(prefix, resource, clusters, cluster_names)
            elif resource.startswith("broker:"):
                brokers[resource.rpartition(":")[2].rstrip(_PUNCTUATION)] = None
        if _BROKER_ID.fullmatch(text):
            brokers[text] = None
        elif text and plain_key(key) in named_by:
            named_by[plain_key(key)][text] = None
    return Resources(tuple(clusters), tuple(cluster_names), tuple(brokers), tuple(broker_names))


def _add_cluster(
    prefix: str, resource: str, clusters: dict[str, None], names: dict[str, None]
) -> None:
    kind, *parts = resource.rstrip(_PUNCTUATION).split("/")
    if kind in _IN_CLUSTER and len(parts) > 1 and parts[1] not in ("", "*"):
        clusters[f"{prefix}cluster/{parts[0]}/{parts[1]}"] = None
    elif kind == "vpc-connection" and len(parts) > 2:
        names[parts[1]] = None


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """The texts in a value, each with the name of the member that it is in."""
    waiting = [("", value)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += ((key, item) for item in reversed(value))
        elif isinstance(value, str):
            yield key, value[:_SEARCHED]


def plain_key(key: str) -> str:
    """A member's name however it is spelled: `broker-id`, `brokerId` and `BrokerId` are one."""
    return key.replace("-", "").lower()


def decoded_arn(text: str) -> str:
    """A text with its ARN readable: `kafka` records hold them URL-encoded (`arn%3Aaws%3A...`)."""
    return unquote(text) if "%3A" in text[:20].upper() else text


def first_arn(text: str) -> str:
    """The first ARN of Amazon MSK or Amazon MQ in a text, empty when it has none."""
    match = _ARN.search(text)
    return match[0].rstrip(_PUNCTUATION) if match else ""


def arn_name(arn: str) -> str:
    """What an ARN names, in words: `clicks`, `topic orders of clicks`, `configuration tuned`.

    Args:
        arn: the ARN, URL-encoded or not; any other text is given back as it is.
    """
    arn = decoded_arn(arn)
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return arn
    service, resource = parts[2], parts[5]
    if service == "mq":
        kind, _, name = resource.partition(":")
        return name.partition(":")[0] if kind == "broker" else f"{kind} {name}"
    if service != "kafka":
        return resource
    kind, *names = resource.split("/")
    if kind == "vpc-connection":
        names = names[1:]
    if not names or not kind:
        return resource
    if kind == "cluster":
        return names[0]
    words = kind.replace("-", " ")
    return (
        f"{words} {'/'.join(names[2:])} of {names[0]}" if len(names) > 2 else f"{words} {names[0]}"
    )
