"""What a call in a CloudTrail record was made on, and with which parameters, in few words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from mqtail.formats.cloudtrail_record import Record, one_line
from mqtail.formats.cloudtrail_resources import arn_name, first_arn, plain_key

_NAME = 120
_ARN = 500
_SEARCHED = 2_000
"""Characters of an error message in which an ARN is looked for."""
_VALUE = 60
_ITEMS = 3
"""Items of a list that are shown."""
_PARAMETERS = 160
"""Characters in which the parameters are told."""
_VISITED = 200
"""Parameters that are looked at."""

_HOLDERS = (
    "resourcearn", "channelarn", "vpcconnectionarn", "replicatorarn", "clusteroperationarn", "arn",
    "clusterarn", "targetclusterarn", "brokerarn", "brokername", "brokerid", "clustername",
    "replicatorname",
)  # fmt: skip
"""Parameters that name what a call was made on, the most specific first."""
_PARTS = {"topicname": "topic", "channelname": "channel", "username": "user"}
"""Parameters that name a part of it, and what that is."""
_TITLED = {"configurationid": "configuration", "name": "", "keyid": ""}
"""Parameters that name it where no other does, with the word before it."""
_NODES = "brokerids"
"""Numbers of a cluster's brokers (RebootBroker)."""
_SILENT = frozenset({
    "currentversion", "clienttoken", "creatorrequestid", "maxresults", "nexttoken", "data",
    "serverproperties", "configs", "policy",
})  # fmt: skip
"""Parameters that say nothing to a reader: tokens, paging, secrets, encoded files."""
_HIDDEN = ("***", "HIDDEN_DUE_TO_SECURITY_REASONS")
_NAMING = frozenset({*_HOLDERS, *_PARTS, *_TITLED, _NODES})


def resource(record: Record) -> str:
    """What a call was made on (`topic orders of clicks`, `clicks broker 2`); empty: not known.

    The request names it; where it does not, the response, the record's resources or the error do.
    """
    for values in (record.request_parameters, record.response_elements):
        if isinstance(values, dict) and (name := _named(values)):
            return name
    resources = record.resources if isinstance(record.resources, list) else []
    arns = [item.get("ARN") for item in resources[:_ITEMS] if isinstance(item, dict)]
    arns.append(first_arn(one_line(record.error_message, _SEARCHED)))
    return _first_name(arns)


def _named(values: dict[str, Any]) -> str:
    given = {plain_key(key): value for key, value in values.items()}
    holder = _first_name(given.get(key) for key in _HOLDERS)
    for key, word in _PARTS.items():
        if part := one_line(given.get(key), _NAME):
            return f"{word} {part} of {holder}" if holder else f"{word} {part}"
    nodes = _shown(given.get(_NODES))
    if holder and nodes:
        word = "brokers" if " " in nodes else "broker"
        return f"{holder} {word} {nodes.replace(' ', ', ')}"
    if holder:
        return holder
    for key, word in _TITLED.items():
        if name := _first_name([given.get(key)]):
            return f"{word} {name}".lstrip()
    return ""


def _first_name(values: Iterable[Any]) -> str:
    """The name of the first value that has one."""
    texts = (one_line(value, _ARN) for value in values)
    return next((one_line(arn_name(text), _NAME) for text in texts if text), "")


def parameters(record: Record) -> str:
    """What else a call asked for (`targetNumberOfBrokerNodes 6, s3 on, bucket logs`), cut short.

    Members of inner objects are told after those of outer ones, and `enabled` by the name of what
    is enabled (`enabledInBroker` too).
    """
    told = ""
    for pair in _pairs(record):
        longer = f"{told}, {pair}" if told else pair
        if told and len(longer) > _PARAMETERS:
            return f"{told}, …"
        told = longer
    return told


def _pairs(record: Record) -> Iterator[str]:
    waiting: deque[tuple[str, Any]] = deque([("", record.request_parameters)])
    cut = False
    for _ in range(_VISITED):
        if not waiting:
            break
        label, value = waiting.popleft()
        if isinstance(value, dict):
            outer = value is record.request_parameters
            waiting += (
                (label if key.startswith("enabled") else key, member)
                for key, member in islice(value.items(), _VISITED)
                if _tells(plain_key(key), member, record, outer)
            )
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            waiting += ((label, item) for item in value[:_ITEMS])
            cut = cut or len(value) > _ITEMS
        elif shown := _shown(value):
            yield f"{one_line(label, _VALUE)} {shown}".lstrip()
    if waiting or cut:
        yield "…"


def _tells(key: str, value: Any, record: Record, outer: bool) -> bool:
    """Whether a parameter is worth telling besides the action and its resource."""
    if key == "kafkaapi":
        # CreateTopics of the action CreateTopic.
        return not isinstance(value, str) or not value.startswith(str(record.event_name))
    if key in _SILENT or "password" in key or value in _HIDDEN:
        return False
    return not (outer and key in _NAMING)


def _shown(value: Any) -> str:
    """A parameter's value in a word or a few; empty when it has none."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        # Amazon MSK counts in floats: 6.0 brokers.
        whole = isinstance(value, float) and value.is_integer()
        return one_line(str(int(value) if whole else value), _VALUE)
    if isinstance(value, str):
        return one_line(arn_name(one_line(value, 5 * _VALUE)), _VALUE)
    if isinstance(value, list):
        items = [shown for item in value[:_ITEMS] if (shown := _shown(item))]
        return " ".join([*items, "…"] if len(value) > _ITEMS else items)
    return ""
