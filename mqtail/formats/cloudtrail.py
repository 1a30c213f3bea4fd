"""CloudTrail records of API calls, each one JSON object, told in one line."""

from __future__ import annotations

from typing import ClassVar

from mqtail.events import Level
from mqtail.formats.base import Fields, Sample
from mqtail.formats.cloudtrail_call import parameters, resource
from mqtail.formats.cloudtrail_record import Caller, Record, caller, decoded, one_line
from mqtail.formats.times import milliseconds

_BEGINNING = 8_192
"""Characters in which a record names its service and action: only who called stands before them."""
_WORD = 100
_AGENT = 80
_MESSAGE = 300
"""Characters of an error message that are shown in the line."""


class CloudTrail:
    """A CloudTrail record: who called which action on what, from where, and whether it failed.

    The text is made of the record; the event's message keeps the record as it was received. A
    text that begins as a record and cannot be read as one is its own text.
    """

    name: ClassVar[str] = "cloudtrail"
    title: ClassVar[str] = "CloudTrail record"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","accountId":"111122223333",'
            '"userName":"kim"},"eventTime":"2026-03-02T08:15:01Z","eventSource":'
            '"kafka.amazonaws.com","eventName":"UpdateMonitoring","awsRegion":"us-east-1",'
            '"sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.15.0","requestParameters":'
            '{"clusterArn":"arn%3Aaws%3Akafka%3Aus-east-1%3A111122223333%3Acluster%2Fshop%2F'
            '0a1b2c3d-4","currentVersion":"K3","enhancedMonitoring":"PER_BROKER","loggingInfo":'
            '{"brokerLogs":{"s3":{"enabled":true,"bucket":"shop-logs"},"firehose":{"enabled":'
            'false}}}},"responseElements":null,"requestID":"r-1","readOnly":false,'
            '"recipientAccountId":"111122223333"}',
            Fields(
                format="cloudtrail",
                text="kim called UpdateMonitoring on shop (enhancedMonitoring PER_BROKER, s3 on, "
                "bucket shop-logs, firehose off) from 192.0.2.7",
                level=Level.INFO,
                time=1_772_439_301_000,
                logger="kafka",
                user="kim",
                details=(
                    ("action", "UpdateMonitoring"),
                    ("resource", "shop"),
                    (
                        "parameters",
                        "enhancedMonitoring PER_BROKER, s3 on, bucket shop-logs, firehose off",
                    ),
                    ("address", "192.0.2.7"),
                    ("agent", "aws-cli/2.15.0"),
                    ("access", "write"),
                    ("region", "us-east-1"),
                    ("account", "111122223333"),
                    ("request", "r-1"),
                ),
            ),
        ),
        Sample(
            '{"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:build-7","arn":'
            '"arn:aws:sts::111122223333:assumed-role/deploy/build-7"},"eventTime":'
            '"2026-03-02T08:15:02Z","eventSource":"kafka.amazonaws.com","eventName":'
            '"RebootBroker","sourceIPAddress":"192.0.2.8","errorCode":"AccessDeniedException",'
            '"errorMessage":"deploy may not\\nreboot","requestParameters":{"clusterArn":'
            '"arn:aws:kafka:us-east-1:111122223333:cluster/shop/0a1b2c3d-4","brokerIds":["2"]},'
            '"readOnly":false}',
            Fields(
                format="cloudtrail",
                text="deploy/build-7 called RebootBroker on shop broker 2 from 192.0.2.8: "
                "AccessDeniedException: deploy may not reboot",
                level=Level.WARN,
                time=1_772_439_302_000,
                logger="kafka",
                user="deploy/build-7",
                details=(
                    ("action", "RebootBroker"),
                    ("resource", "shop broker 2"),
                    ("address", "192.0.2.8"),
                    ("access", "write"),
                    ("error", "AccessDeniedException"),
                    ("role", "deploy"),
                    ("session", "build-7"),
                ),
            ),
        ),
        Sample(
            '{"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:kim@example.com",'
            '"sessionContext":{"sessionIssuer":{"userName":'
            '"AWSReservedSSO_Operators_0123456789abcdef"}}},"eventTime":"2026-03-02T08:15:03Z",'
            '"eventSource":"amazonmq.amazonaws.com","eventName":"DescribeUser",'
            '"requestParameters":{"broker-id":"b-0a1b2c3d","username":"till"},"readOnly":true}',
            Fields(
                format="cloudtrail",
                text="kim@example.com (Operators) called DescribeUser on user till of b-0a1b2c3d",
                level=Level.DEBUG,
                time=1_772_439_303_000,
                logger="amazonmq",
                user="kim@example.com",
                details=(
                    ("action", "DescribeUser"),
                    ("resource", "user till of b-0a1b2c3d"),
                    ("access", "read"),
                    ("role", "AWSReservedSSO_Operators_0123456789abcdef"),
                    ("session", "kim@example.com"),
                ),
            ),
        ),
        Sample(
            '{"eventSource":"kafka-cluster.amazonaws.com","eventName":"AlterTopic",'
            '"requestParameters":{"kafkaAPI":"CreatePartitions","resourceARN":"arn:aws:kafka:'
            'us-east-1:111122223333:topic/shop/0a1b2c3d-4/shop.orders"}}',
            Fields(
                format="cloudtrail",
                text="someone called AlterTopic on topic shop.orders of shop "
                "(kafkaAPI CreatePartitions)",
                level=Level.INFO,
                logger="kafka-cluster",
                details=(
                    ("action", "AlterTopic"),
                    ("resource", "topic shop.orders of shop"),
                    ("parameters", "kafkaAPI CreatePartitions"),
                ),
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a text begins as a JSON object that names an event's source and name."""
        return (
            line[:1] == "{"
            and line.find('"eventName"', 0, _BEGINNING) > 0
            and line.find('"eventSource"', 0, _BEGINNING) > 0
        )

    def begins(self, line: str) -> Level:
        """Never for certain: whatever is asked of a record takes it apart."""
        return Level.UNKNOWN

    def continues(self, message: str, line: str) -> bool:
        """Never: a record is received whole."""
        return False

    def level(self, message: str) -> Level:
        """WARN for a call that failed, DEBUG for one that only read, else INFO."""
        return _level(decoded(message)) if self.starts(message) else Level.UNKNOWN

    def time(self, message: str) -> int | None:
        """When the call was made (`eventTime`)."""
        return _time(decoded(message)) if self.starts(message) else None

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """The line that tells the call, its caller, time and service, and what it was about."""
        if not self.starts(message):
            return None
        record = decoded(message)
        time = None if brief else _time(record)
        action = one_line(record.event_name, _WORD) if record else ""
        if record is None or not action:
            return Fields(self.name, message, _level(record), time)
        who, on, asked = caller(record.user_identity), resource(record), parameters(record)
        return Fields(
            format=self.name,
            text=_line(record, action, who, on, asked),
            level=_level(record),
            time=time,
            logger=one_line(record.event_source, _WORD).removesuffix(".amazonaws.com") or None,
            user=who.name or None,
            details=() if brief else _details(record, action, who, on, asked),
        )


def _level(record: Record | None) -> Level:
    if record is None:
        return Level.INFO
    if record.error_code:
        return Level.WARN
    return Level.DEBUG if record.read_only is True else Level.INFO


def _time(record: Record | None) -> int | None:
    time = record.event_time if record else None
    return milliseconds(time) if isinstance(time, str) else None


def _line(record: Record, action: str, who: Caller, on: str, asked: str) -> str:
    words = [f"{who.phrase} called {action}"]
    if on:
        words.append(f"on {on}")
    if asked:
        words.append(f"({asked})")
    if who.through:
        words.append(f"through {who.through}")
    address = one_line(record.source_ip, _WORD)
    if address and address not in (who.name, who.through):
        words.append(f"from {address}")
    error = (one_line(record.error_code, _WORD), one_line(record.error_message, _MESSAGE))
    return ": ".join([" ".join(words), *filter(None, error)])


def _details(
    record: Record, action: str, who: Caller, on: str, asked: str
) -> tuple[tuple[str, str], ...]:
    access = ""
    if isinstance(record.read_only, bool):
        access = "read" if record.read_only else "write"
    found = (
        ("action", action),
        ("resource", on),
        ("parameters", asked),
        ("address", one_line(record.source_ip, _WORD)),
        ("agent", one_line(record.user_agent, _AGENT)),
        ("access", access),
        ("error", one_line(record.error_code, _WORD)),
        ("role", who.role),
        ("session", who.session),
        ("through", who.through),
        ("region", one_line(record.aws_region, _WORD)),
        ("account", one_line(record.recipient_account_id, _WORD)),
        ("request", one_line(record.request_id, _WORD)),
    )
    return tuple((name, value) for name, value in found if value)
