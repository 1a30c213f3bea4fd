"""How logging is set up in the story: rightly where logs come, and wrongly in documented ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mqtail.demo.api_records import broker_record
from mqtail.demo.identities import user_identity
from mqtail.demo.kafka_clusters import Cluster
from mqtail.demo.mq_service import Broker
from mqtail.demo.s3_settings import Encryption
from mqtail.demo.story.stage import Stage

ADMIN = "admin"
"""The user who keeps the brokers of the story."""
DEPLOYER = "deploy"
"""A role that creates brokers and may not create log groups."""

PERMITTED = ("orders-mq", "payments-mq", "returns-mq")
"""The brokers that the resource policy lets write: `invoices-mq` was forgotten."""

_WRITING = ["logs:CreateLogStream", "logs:PutLogEvents"]
_DELIVERY = "delivery.logs.amazonaws.com"
_CREATED_MS = 3 * 3600 * 1000
"""So long before the start the brokers that are set up wrongly were created."""

Plain = dict[str, Any]


def set_up(stage: Stage, region: str, clicks: Cluster) -> None:
    """Put the identities and policies in place with which the story's logs are delivered."""
    stage.iam.add_user(ADMIN, {"all": _document(_allow("*", "*"))})
    account = stage.mq.account
    brokers = [f"arn:aws:mq:{region}:{account}:broker:{name}:*" for name in PERMITTED]
    amazon_mq = _allow(_WRITING, "arn:aws:logs:*:*:log-group:/aws/amazonmq/*") | {
        "Principal": {"Service": "mq.amazonaws.com"},
        "Condition": {"ArnLike": {"aws:SourceArn": brokers}},
    }
    groups = f"arn:aws:logs:{region}:{account}:log-group:/aws/msk/*"
    delivery = _delivery("AWSLogDeliveryWrite20150319", _WRITING, groups, account, region)
    stage.logs.put_resource_policy("AmazonMQ-logs", _document(amazon_mq), region=region)
    stage.logs.put_resource_policy("AWSLogDeliveryWrite", _document(delivery), region=region)
    if clicks.broker_logs.s3 is not None:
        bucket, prefix = clicks.broker_logs.s3
        policy = _bucket_policy(account, region, bucket, prefix)
        stage.s3.create_bucket(bucket, region).policy = json.dumps(policy)


def add_wrong_ones(stage: Stage, region: str, start: int) -> None:
    """Add brokers and a cluster whose logs do not come, each for another reason.

    - `payments-mq`: no log group, its creator may not create one
    - `invoices-mq`: no log streams, a condition of the resource policy shuts it out
    - `returns-mq`: logging is on from the next reboot
    - `sensors-mq` (RabbitMQ): logging is off
    - `fraud-msk`: its log group was never made, the key of its bucket does not let log delivery
      use it, its Firehose stream lacks the tag
    """
    account = stage.mq.account
    stage.iam.add_role(DEPLOYER, path="/ci/", policies={"brokers": _document(_allow("mq:*", "*"))})
    admin = f"arn:aws:iam::{account}:user/{ADMIN}"
    deployer = f"arn:aws:sts::{account}:assumed-role/{DEPLOYER}/run-1184"
    pair: Plain = {"deployment": "ACTIVE_STANDBY_MULTI_AZ"}
    off: Plain = {"general": False, "audit": False}
    brokers: Mapping[str, Plain] = {
        "payments-mq": {"creator": deployer} | pair,
        "invoices-mq": {"creator": admin} | pair,
        "returns-mq": {"creator": admin, "pending_logs": {"general": True, "audit": True}} | off,
        "sensors-mq": {"creator": admin, "engine": "RABBITMQ", "general": False},
    }
    created = start - _CREATED_MS
    for name, options in brokers.items():
        broker = stage.mq.add_broker(name, delivers=True, created=created, region=region, **options)
        _record_creation(stage, broker, options["creator"], created)
    _add_wrong_cluster(stage, region, created)


def _add_wrong_cluster(stage: Stage, region: str, created: int) -> None:
    account = stage.kafka.account
    bucket, stream = f"fraud-msk-logs-{account}", "fraud-msk-logs"
    key = stage.kms.add_key(region=region)
    stage.s3.create_bucket(
        bucket,
        region,
        encryption=Encryption("aws:kms", key.arn),
        policy=_bucket_policy(account, region, bucket, ""),
    )
    archive = f"fraud-msk-firehose-{account}"
    stage.s3.create_bucket(archive, region)
    stage.firehose.add_stream(stream, s3={"bucket": archive}, tags={}, region=region)
    stage.kafka.add_cluster(
        "fraud-msk",
        cloudwatch="/aws/msk/fraud-msk",
        s3=(bucket, ""),
        firehose=stream,
        created=created,
        delivers=True,
        region=region,
    )


def _record_creation(stage: Stage, broker: Broker, by: str, at: int) -> None:
    identity = user_identity(by, stage.iam.behind(by))
    stage.cloudtrail.put(broker_record("CreateBroker", broker, identity, at))


def _document(*statements: Plain) -> Plain:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: str | list[str], resource: str) -> Plain:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _delivery(
    sid: str, actions: str | list[str], resource: str, account: str, region: str
) -> Plain:
    """What lets log delivery do something for this account (CloudWatch Logs user guide)."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
    }
    principal = {"Principal": {"Service": _DELIVERY}}
    return {"Sid": sid} | _allow(actions, resource) | principal | {"Condition": condition}


def _bucket_policy(account: str, region: str, bucket: str, prefix: str) -> Plain:
    """What lets log delivery write a cluster's objects into a bucket."""
    arn = f"arn:aws:s3:::{bucket}"
    objects = f"{arn}/{prefix and prefix + '/'}AWSLogs/{account}/*"
    write = _delivery("AWSLogDeliveryWrite", "s3:PutObject", objects, account, region)
    write["Condition"]["StringEquals"]["s3:x-amz-acl"] = "bucket-owner-full-control"
    acl = _delivery("AWSLogDeliveryAclCheck", "s3:GetBucketAcl", arn, account, region)
    return _document(write, acl)
