"""Which logs of which targets are read."""

from __future__ import annotations

from dataclasses import replace

from mqtail.logs import ApiCalls, BucketLog, DeliveryStreamLog, Log, LogGroup
from mqtail.selection import Selection, select
from mqtail.settings import Settings
from mqtail.targets import Target, api_calls_target, cluster_of_arn, instance_of, log_group_target

ARN = "arn:aws:kafka:us-east-1:111122223333:cluster/clicks/0a1b2c3d-0000-4444-8888-abcdefabcdef-7"
IN_GROUP = LogGroup("/msk/clicks", "clicks", "msk", "broker", "kafka")
IN_S3 = BucketLog("logs", "msk/", ARN, "clicks", "broker", "kafka")
IN_STREAM = DeliveryStreamLog("clicks-stream", "clicks", "broker", "kafka")
DENIALS = BucketLog("logs", "msk/", ARN, "clicks", "authorizer", "kafka")
CLUSTER = Target("clicks", "msk", (IN_GROUP, IN_S3, IN_STREAM, DENIALS), arn=ARN)
GENERAL = LogGroup("/aws/amazonmq/broker/b-1/general", "orders", "mq", "general")
BROKER = Target("orders", "mq", (GENERAL,), id="b-1")


def chosen(*targets: Target, **changes: object) -> Selection:
    """What is read of targets."""
    return select(targets, replace(Settings(), **changes))  # type: ignore[arg-type]


def kinds(logs: list[Log]) -> list[str]:
    """Kinds and destinations of logs."""
    return [f"{log.kind} {log.destination}" for log in logs]


def test_the_fastest_destination_of_each_log_is_read() -> None:
    """Otherwise everything would show once for each of them."""
    found = chosen(CLUSTER, output="tui")
    assert found.read == [IN_GROUP, DENIALS]
    assert found.others == [IN_S3, IN_STREAM]
    assert not found.notes


def test_destinations_can_be_chosen() -> None:
    """One, or several at once; a log that is not there is left out with those that are not."""
    assert chosen(CLUSTER, destinations=("s3",)).read == [IN_S3, DENIALS]
    both = chosen(CLUSTER, destinations=("firehose", "cloudwatch"))
    assert both.read == [IN_GROUP, IN_STREAM]


def test_a_destination_that_a_cluster_does_not_have_is_told() -> None:
    """Silence would look like a quiet cluster."""
    alone = replace(CLUSTER, logs=(IN_GROUP,))
    found = chosen(alone, destinations=("s3", "firehose"))
    assert not found.read
    assert found.notes == [
        "clicks: its logs are not delivered to s3 or firehose, only to cloudwatch."
    ]


def test_destinations_are_no_matter_of_brokers() -> None:
    """What Amazon MQ writes is in CloudWatch Logs, whatever is said of clusters."""
    assert chosen(BROKER, CLUSTER, destinations=("s3",)).read == [GENERAL, IN_S3, DENIALS]


def test_api_calls_are_read_along() -> None:
    """One reader for all targets, which is no reason to fail."""
    found = chosen(BROKER, CLUSTER)
    assert found.extra == [ApiCalls((("b-1", "orders"), (ARN, "clicks")))]
    assert chosen(BROKER, kinds=("general",)).extra == []
    assert chosen(log_group_target("/app/a")).extra == []
    assert len(chosen(BROKER, instances=("1",)).extra) == 1


def test_api_calls_are_all_there_is() -> None:
    """Then they are what was asked for."""
    serverless = Target("adhoc", "msk", (), arn=ARN)
    assert kinds(chosen(serverless).read) == ["api cloudtrail"]
    assert kinds(chosen(BROKER, kinds=("api",)).read) == ["api cloudtrail"]
    everything = chosen(api_calls_target([], ""), BROKER)
    assert everything.read == [ApiCalls(), GENERAL]
    assert everything.extra == []


def test_a_filter_pattern_works_in_cloudwatch_logs_only() -> None:
    """What it cannot filter is left out, and that is told."""
    found = chosen(CLUSTER, filter_pattern="ERROR", output="tui")
    assert found.read == [IN_GROUP]
    assert found.extra == found.others == []
    assert len(found.notes) == 1
    assert "s3://logs/msk/ is left out" in found.notes[0]


def test_streams_of_a_shared_log_group_are_told_apart() -> None:
    """Several clusters may deliver to one log group; the longest name in a stream's wins."""
    shared = replace(IN_GROUP, shared_with=("clicks-test", "orders"))
    assert shared.holds("clicks-0a1b-Broker-1")
    assert not shared.holds("clicks-test-77-Broker-1")
    assert not shared.holds("orders-Broker-1")
    assert shared.holds("Broker-1")
    other = replace(shared, target="orders", shared_with=("clicks", "clicks-test"))
    assert other.identifier != shared.identifier


def test_what_names_tell() -> None:
    """The broker of a Kafka stream, the parts of a cluster's ARN."""
    assert instance_of("msk", "broker-7-test-0a1b-Broker-12") == "12"
    assert instance_of("msk", "clicks") is None
    assert instance_of("logs", "clicks-0a1b-Broker-2") == "2"
    assert instance_of("logs", "billing/[$LATEST]2") is None
    parts = cluster_of_arn(ARN)
    assert parts is not None
    assert (parts.region, parts.account, parts.name) == ("us-east-1", "111122223333", "clicks")
    assert parts.uuid == "0a1b2c3d-0000-4444-8888-abcdefabcdef-7"
    assert cluster_of_arn("arn:aws:kafka:us-east-1:1:topic/clicks/uuid/t") is None
