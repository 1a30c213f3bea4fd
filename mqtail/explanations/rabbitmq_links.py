"""RabbitMQ's links to other brokers, and its management interface."""

from __future__ import annotations

from mqtail.explanations.base import RABBITMQ, KnownLine

LINES = (
    KnownLine(
        id="rabbitmq-shovel-failed",
        title="A shovel could not connect",
        meaning=(
            "The shovel {name} moves messages between brokers and did not reach one of them. It "
            "tries again after its delay. Until then messages stay where they are; nothing is "
            "lost."
        ),
        look_at=(
            "The reason in the line: refused, a wrong password, a name that does not resolve.",
            "The other broker: is it up, does it let this one in (security group)?",
            "Shovel status in the management console; `MessageReadyCount` of the source queue.",
        ),
        doc=RABBITMQ + "shovel",
        pattern=(
            r"^Shovel '(?P<name>[^'\n]{1,250})' (?:failed to connect|could not connect"
            r"|has no more URIs to try)"
        ),
        sample=(
            "2026-11-18 12:20:00.000000+00:00 [error] <0.3001.0> Shovel 'to-ledger' failed to "
            "connect (URI: amqps://10.1.9.9): connection to target host was refused (ECONNREFUSED)"
        ),
    ),
    KnownLine(
        id="rabbitmq-federation-failed",
        title="A federation link could not connect to its upstream",
        meaning=(
            "{name} gets its messages from another broker, which could not be reached. The link "
            "tries again by itself. Until then no messages come from upstream; they wait there."
        ),
        look_at=(
            "The reason at the end of the line.",
            "The upstream broker, its address and password in the upstream's definition.",
            "Federation status in the management console.",
        ),
        doc=RABBITMQ + "federation",
        pattern=(
            r"^Federation (?P<name>(?:exchange|queue) '[^'\n]{1,250}') in vhost '[^'\n]{0,250}' did"
            r" not connect to "
        ),
        sample=(
            "2026-11-18 12:21:00.000000+00:00 [warning] <0.3002.0> Federation exchange 'events' in "
            "vhost '/' did not connect to exchange 'events' in vhost '/' on amqps://10.1.9.9. "
            "Reason: {error,econnrefused}"
        ),
    ),
    KnownLine(
        id="rabbitmq-management-refused",
        title="The management interface refused someone",
        meaning=(
            "{user} asked for the management console or its API and was refused: {reason}. "
            "Messaging is not touched. A monitoring tool with an old password shows itself like "
            "this."
        ),
        look_at=(
            "The user's tags in the management console: it needs `management` or more.",
            "Who asks: a person, or a tool that polls the API?",
        ),
        doc=RABBITMQ + "access-control",
        pattern=(r"^HTTP access denied: user '(?P<user>[^'\n]{0,200})' - (?P<reason>.{1,120})"),
        sample=(
            "2026-11-18 12:22:00.000000+00:00 [warning] <0.3003.0> HTTP access denied: user "
            "'metrics' - invalid credentials"
        ),
    ),
)
