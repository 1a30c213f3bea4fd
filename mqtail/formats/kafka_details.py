"""What a message in Kafka's log names: component, broker, partition, topic, group, client."""

from __future__ import annotations

import re

_SEARCHED = 2_000
"""Characters of a message's first line in which details are looked for."""

_BRACKET = re.compile(r"\[([A-Za-z/][^\]\n]{0,300})\]")
"""What most messages begin with: who says it."""
_COMPONENT = re.compile(
    r"[^\s=,]+(?=\s|$)(?: (?!on\b|broker\b|controller\b)[A-Za-z]+(?=\s|$)){0,5}"
)
"""`Partition` of `[Partition orders-2 broker=1]`, `ADMIN Manager` of `[ADMIN Manager on 1]`."""
_BROKER = re.compile(
    r"\b(?:id|[bB]roker(?:Id)?|nodeId|replicaId|controllerId)=(\d{1,10})\b"
    r"|(?: on [bB]roker| on controller|oordinator|Manager) (\d{1,10})$"
    r"|^(?:broker|controller|kafka|KafkaApi|ExpirationReaper"
    r"|TxnMarkerSenderThread|AddPartitionsToTxnSenderThread)-(\d{1,10})\b"
)
"""Whose log it is, never whom it talks to (`leaderId=`, `targetBrokerId=`)."""

_TOPIC_NAME = r"[\w.-]{1,249}"
_PARTITION = re.compile(rf"artition[ =]({_TOPIC_NAME}-\d{{1,10}})(?![\w-])")
_TOPIC_AND_PARTITION = re.compile(rf"\btopic=({_TOPIC_NAME}), partition=(\d{{1,10}})\b")
_INTERNAL = re.compile(r"(?:\bfrom |\bunloading |\bfor | \()(__[a-z]+_[a-z]+-\d{1,10})\b(?!,)")
_TOPIC = re.compile(
    r"(?:(?:Creating|Created|Updating|[cC]reation of|[dD]eletion of|for) topic "
    r"|\btopic=|\bTopic:LITERAL:)'?"
    rf"(?!(?:partitions?|creation|deletion)(?![\w.-]))({_TOPIC_NAME})"
)
_GROUP = re.compile(
    r"\b[gG]roup (?:metadata for )?(?!coordinator\b|metadata\b|instance\b|is\b)"
    r"'?([^\s,:')\]]{1,255})"
)
_GROUP_ID = re.compile(r"(?:\b[gG]roupId[= ]|\bGroup:LITERAL:)([^\s,)\]]{1,255})")
_CLIENT = re.compile(r"\bclient(?:Id=|-id )([^\s,)\]]{1,255})")
_ADDRESS = re.compile(
    r"(?:\b(?:from|with) [\w.-]{0,253}/|\bclient(?:Host|Address)=/|\bhost = )"
    r"(\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\[?[\da-fA-F]{0,4}:[\da-fA-F:.]{1,50}(?:\]:\d{1,5})?)"
)
_OPERATION = re.compile(r" is (?:Denied|Allowed) [oO]peration = (\w{1,40})")
_USER = re.compile(
    r"\bPrincipal = User:(.{1,500}?) is (?:Denied|Allowed) "
    r"|\bprincipal=User:([^\s,)\]]{1,500})"
    r"|\bquota for user ([^\s,]{1,500})"
)


def user(text: str) -> str | None:
    """The principal that a message names: one that was denied, one whose quota was changed."""
    line = _first_line(text)
    match = _USER.search(line) if "rincipal" in line or "quota" in line else None
    return match[match.lastindex or 0] if match else None


def details(text: str, logger: str) -> tuple[tuple[str, str], ...]:
    """What a message's first line plainly names, in the order to show it.

    Of several partitions none is taken.
    """
    line = _first_line(text)
    bracket = _BRACKET.match(line)
    source = bracket[1] if bracket else ""
    component = _COMPONENT.match(source)
    broker = _BROKER.search(source)
    partition = _partition(line)
    client = _CLIENT.search(line) if "client" in line else None
    address = _ADDRESS.search(line) if "/" in line or "host" in line else None
    operation = _OPERATION.search(line)
    found = (
        ("component", component and component[0]),
        ("broker", broker and broker[broker.lastindex or 0]),
        ("partition", partition),
        ("topic", _topic(line, partition)),
        ("group", _group(line, logger)),
        ("client", client and client[1]),
        ("address", address and address[1]),
        ("operation", operation and operation[1]),
    )
    return tuple((name, value) for name, value in found if value)


def _first_line(text: str) -> str:
    return text[:_SEARCHED].partition("\n")[0]


# A plain search for a word decides whether to look closer: most messages name few of these.


def _partition(line: str) -> str | None:
    """Topic and number of the one partition that a message is about."""
    match = _PARTITION.search(line)
    if match is None and "__" in line:
        match = _INTERNAL.search(line)
    if match:
        return match[1]
    match = _TOPIC_AND_PARTITION.search(line) if "topic=" in line else None
    return f"{match[1]}-{match[2]}" if match else None


def _topic(line: str, partition: str | None) -> str | None:
    if partition:
        return partition.rpartition("-")[0]
    match = _TOPIC.search(line) if "opic" in line else None
    return match[1].rstrip(".") if match else None


def _group(line: str, logger: str) -> str | None:
    """The consumer group: named as one, or where a coordinator of groups speaks of a group."""
    if "roup" not in line:
        return None
    match = _GROUP_ID.search(line)
    if match is None and ".coordinator.group." in logger:
        match = _GROUP.search(line)
    return match[1] if match else None
