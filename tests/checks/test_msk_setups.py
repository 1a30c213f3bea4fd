"""Amazon MSK clusters set up wrongly, each in one way: what is found, and that the fix mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mqtail.checks import amazon_msk
from mqtail.checks.model import Outcome
from mqtail.demo.kafka_clusters import Authentication
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import apply
from tests.checks.clusters import (
    ACCOUNT,
    ADMINISTRATION,
    BUCKET_ARN,
    GROUP_ARN,
    KMS_ACTIONS,
    NAME,
    POLICY,
    Plain,
    World,
    acl_check,
    conditions,
    document,
    putting,
    using_key,
    writing,
)
from tests.checks.support import checked, told, with_outcome

Change = Callable[[World], None]

BAD = (Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN)
CHECKS = [check.id for check in amazon_msk.CHECKS]


@dataclass(frozen=True)
class Case:
    """A broken set-up."""

    id: str
    check: str
    change: Change
    words: tuple[str, ...]
    """What its cause has to say."""
    outcome: Outcome = Outcome.FAIL
    fixed: bool = True
    """The printed commands mend it."""
    then: tuple[str, ...] = ()
    """What is to be mended next."""
    breaks: bool = True
    """It can break, too, when logs were delivered before; else it was so from the beginning."""


def policy(**changes: Any) -> Change:
    """Another statement in the resource policy."""
    return lambda world: world.policies.update({POLICY: document(writing(**changes))})


def bucket(*statements: Plain) -> Change:
    """Another bucket policy."""
    return lambda world: setattr(world, "bucket_policy", document(*statements))


def key(*statements: Plain) -> Change:
    """Another policy of the bucket's key."""
    return lambda world: setattr(world, "key_policy", document(ADMINISTRATION, *statements))


def change(**settings: Any) -> Change:
    """Other settings of the world."""

    def made(world: World) -> None:
        for name, value in settings.items():
            setattr(world, name, value)

    return made


def option(**options: Any) -> Change:
    """Other arguments of the cluster."""
    return lambda world: world.options.update(options)


def ten_policies(world: World) -> None:
    """Ten policies of other services, the shortest of them for another log group."""
    other = {"Principal": {"Service": "es.amazonaws.com"}, "Resource": "*"}
    world.policies = {f"search-{n}": document(writing(**other)) for n in range(9)}
    vpn = writing(Resource=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/vpn:*", Sid="Vpn")
    vpn.pop("Condition")
    world.policies["vpn"] = document(vpn)


def ten_with_own(world: World) -> None:
    """Ten policies, and delivery is allowed."""
    ten_policies(world)
    world.policies["vpn"]["Statement"].append(writing())


def long_policy(world: World) -> None:
    """A policy with room for not much more."""
    others = [
        writing(Sid=f"Other{n}", Resource=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app/{n}:*")
        for n in range(99)
    ]
    statements = world.policies[POLICY]["Statement"]
    while len(json.dumps(world.policies[POLICY])) < 4_900:
        statements.append(others.pop())


def no_policy(world: World) -> None:
    """No resource policy."""
    world.policies.clear()


def denied_by_group(world: World) -> None:
    """The log group's own policy denies."""
    world.own_policy = document(writing(Effect="Deny", Sid="Closed"))


def groups_key(world: World) -> None:
    """The log group's key is disabled."""
    world.groups_key = world.aws.kms.add_key(state="Disabled")


def aws_key(world: World) -> None:
    """The bucket is encrypted with the key that AWS manages for S3."""
    world.key_name = ""


def lost_key(world: World) -> None:
    """The bucket's key is gone."""
    world.key_name = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0d330000-0000-4000-8000-00000000dead"


DENY: Plain = {
    "Sid": "OnlyStaff",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": f"{BUCKET_ARN}/*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-123"}},
}

CASES = [
    # The cluster.
    Case(
        "cluster-failed",
        "msk-cluster",
        option(state="FAILED"),
        ("FAILED", "no broker writes"),
        fixed=False,
        breaks=False,
    ),
    Case(
        "cluster-creating",
        "msk-cluster",
        option(state="CREATING"),
        ("CREATING", "when it is active"),
        Outcome.WARN,
        fixed=False,
        breaks=False,
    ),
    Case(
        "logging-off",
        "msk-logging",
        option(cloudwatch=None, s3=None, firehose=None),
        ("Nobody has asked",),
        then=("msk-group-retention", "msk-delivery-policy"),
        breaks=False,
    ),
    Case(
        "logging-disabled",
        "msk-logging",
        option(disabled=("cloudwatch", "s3", "firehose")),
        ("Nobody has asked",),
        breaks=False,
    ),
    # CloudWatch Logs.
    Case(
        "group-missing",
        "msk-log-group",
        change(group=None),
        ("does not create log groups", "lost"),
        then=("msk-group-retention",),
        breaks=False,
    ),
    Case("policy-missing", "msk-delivery-policy", no_policy, ("No resource policy", "Amazon MSK")),
    Case(
        "policy-principal",
        "msk-delivery-policy",
        policy(Principal={"Service": "kafka.amazonaws.com"}),
        ("principal", "kafka.amazonaws.com", "delivery.logs.amazonaws.com"),
    ),
    Case(
        "policy-action",
        "msk-delivery-policy",
        policy(Action="logs:PutLogEvents"),
        ("lack", "logs:CreateLogStream"),
    ),
    Case(
        "policy-region",
        "msk-delivery-policy",
        policy(Resource=f"{GROUP_ARN.replace('us-east-1', 'eu-west-1')}:log-stream:*"),
        ("resource", "eu-west-1", "the region of the ARN differs"),
    ),
    Case(
        "policy-stream",
        "msk-delivery-policy",
        policy(Resource=f"{GROUP_ARN}:log-stream:kafka-*"),
        ("resource", "does not match"),
    ),
    Case(
        "policy-other-group",
        "msk-delivery-policy",
        policy(Resource=f"{GROUP_ARN}-old:log-stream:*"),
        ("No resource policy",),
    ),
    Case(
        "policy-account",
        "msk-delivery-policy",
        policy(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}),
        ("condition", "444455556666"),
    ),
    Case(
        "policy-source",
        "msk-delivery-policy",
        policy(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:kafka:*:{ACCOUNT}:*"}}),
        ("condition", "arn:aws:kafka"),
    ),
    Case("policy-deny", "msk-delivery-policy", denied_by_group, ("Closed", "explicitly denies")),
    Case("key-disabled", "msk-group-key", groups_key, ("cannot be used",)),
    Case(
        "policies-too-long",
        "msk-policy-limits",
        long_policy,
        ("InvalidInput.LengthOfCloudWatchResourcePolicyLimitExceeded", "/aws/vendedlogs/"),
        Outcome.WARN,
        fixed=False,
    ),
    Case(
        "policies-used",
        "msk-policy-limits",
        ten_with_own,
        ("InvalidInput.NumberOfCloudWatchResourcePoliciesLimitExceeded", "/aws/vendedlogs/"),
        Outcome.WARN,
        fixed=False,
    ),
    Case(
        "group-class",
        "msk-group-class",
        change(group={"log_group_class": "INFREQUENT_ACCESS", "retention_in_days": 30}),
        ("cannot be tailed",),
        fixed=False,
        breaks=False,
    ),
    Case(
        "group-retention",
        "msk-group-retention",
        change(group={}),
        ("never deleted",),
        Outcome.WARN,
        breaks=False,
    ),
    # S3.
    Case(
        "bucket-missing",
        "msk-bucket",
        change(bucket=None),
        ("does not create buckets", "lost"),
        breaks=False,
    ),
    Case(
        "bucket-region",
        "msk-bucket",
        change(bucket={"region": "eu-west-1"}, encryption={}, key_name=""),
        ("another region",),
        Outcome.WARN,
        fixed=False,
        breaks=False,
    ),
    Case(
        "bucket-policy-missing",
        "msk-bucket-policy",
        change(bucket_policy=None),
        ("There is no policy", "s3:GetBucketAcl, s3:PutObject"),
    ),
    Case("bucket-acl", "msk-bucket-policy", bucket(putting()), ("s3:GetBucketAcl",)),
    Case("bucket-put", "msk-bucket-policy", bucket(acl_check()), ("s3:PutObject",)),
    Case(
        "bucket-principal",
        "msk-bucket-policy",
        bucket(acl_check(), putting(Principal={"Service": "logs.us-east-1.amazonaws.com"})),
        ("principal", "logs.us-east-1.amazonaws.com"),
    ),
    Case(
        "bucket-action",
        "msk-bucket-policy",
        bucket(acl_check(), putting(Action="s3:PutObjectAcl")),
        ("lack s3:PutObject",),
    ),
    Case(
        "bucket-prefix",
        "msk-bucket-policy",
        bucket(acl_check(), putting(Resource=f"{BUCKET_ARN}/AWSLogs/{ACCOUNT}/*")),
        ("does not match", "/msk/AWSLogs/"),
    ),
    Case(
        "bucket-account",
        "msk-bucket-policy",
        bucket(acl_check(Condition={"StringEquals": {"aws:SourceAccount": "4444"}}), putting()),
        ("condition", "4444"),
    ),
    Case(
        "bucket-acl-condition",
        "msk-bucket-policy",
        bucket(acl_check(), putting(Condition=conditions(**{"s3:x-amz-acl": "private"}))),
        ("condition", "private", "bucket-owner-full-control"),
    ),
    Case(
        "bucket-deny",
        "msk-bucket-policy",
        bucket(acl_check(), putting(), DENY),
        ("OnlyStaff", "explicitly denies"),
    ),
    Case(
        "bucket-not-principal",
        "msk-bucket-policy",
        bucket(
            acl_check(),
            putting(),
            {
                "Effect": "Deny",
                "NotPrincipal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "s3:DeleteObject",
                "Resource": f"{BUCKET_ARN}/*",
            },
        ),
        ("NotPrincipal or NotAction", "by hand"),
        Outcome.WARN,
        fixed=False,
    ),
    Case("key-of-aws", "msk-bucket-encryption", aws_key, ("AWS managed key",)),
    Case("key-lost", "msk-bucket-encryption", lost_key, ("does not exist",)),
    Case(
        "key-off",
        "msk-bucket-encryption",
        change(key_state="Disabled"),
        ("cannot be used",),
    ),
    Case(
        "key-dying",
        "msk-bucket-encryption",
        change(key_state="PendingDeletion"),
        ("cannot be used",),
    ),
    Case("key-policy", "msk-bucket-encryption", key(), ("kms:Encrypt", "kms:GenerateDataKey")),
    Case(
        "key-action",
        "msk-bucket-encryption",
        key(using_key(Action=KMS_ACTIONS[:3] + KMS_ACTIONS[4:])),
        ("kms:GenerateDataKey",),
    ),
    Case(
        "key-principal",
        "msk-bucket-encryption",
        key(using_key(Principal={"Service": "kafka.amazonaws.com"})),
        ("kms:Encrypt",),
    ),
    Case(
        "key-deny",
        "msk-bucket-encryption",
        key(using_key(), {**DENY, "Action": "kms:Encrypt", "Resource": "*", "Condition": {}}),
        ("OnlyStaff of the key policy", "explicitly denies"),
    ),
    Case(
        "key-alias",
        "msk-bucket-encryption",
        change(key_name="alias/logs"),
        ("full ARN", "alias/logs"),
        Outcome.WARN,
    ),
    # Firehose.
    Case(
        "stream-missing",
        "msk-delivery-stream",
        change(stream=None),
        ("does not create Firehose streams",),
        fixed=False,
        breaks=False,
    ),
    Case(
        "stream-failed",
        "msk-delivery-stream",
        change(stream={"status": "CREATING_FAILED", "s3": {"bucket": "clicks-archive"}}),
        ("CREATING_FAILED",),
        fixed=False,
        breaks=False,
    ),
    Case(
        "stream-creating",
        "msk-delivery-stream",
        change(stream={"status": "CREATING", "s3": {"bucket": "clicks-archive"}}),
        ("being created",),
        Outcome.WARN,
        fixed=False,
        breaks=False,
    ),
    Case("stream-tag", "msk-delivery-stream-tag", change(tags={}), ("LogDeliveryEnabled=true",)),
    Case(
        "stream-tag-value",
        "msk-delivery-stream-tag",
        change(tags={"LogDeliveryEnabled": "false"}),
        ("LogDeliveryEnabled=true",),
    ),
    Case("stream-role", "msk-delivery-role", change(linked_role=False), ("has been deleted",)),
    Case(
        "stream-splunk",
        "msk-delivery-stream-destination",
        change(stream={"other": "Splunk"}),
        ("mqtail cannot show",),
        Outcome.WARN,
        fixed=False,
        breaks=False,
    ),
    # CloudTrail.
    Case(
        "iam-off",
        "cloudtrail-iam-access",
        option(authentication=Authentication(iam=False, scram=True)),
        ("CloudTrail records no Kafka actions", "CreateTopic"),
        Outcome.WARN,
        breaks=False,
    ),
]

MOMENTS = [(case, False) for case in CASES] + [(case, True) for case in CASES if case.breaks]


@pytest.mark.parametrize(
    ("case", "later"),
    MOMENTS,
    ids=[f"{case.id}-{'later' if later else 'always'}" for case, later in MOMENTS],
)
async def test_a_mistake_is_found_alone_and_mended(
    aws: EmbeddedAws, case: Case, later: bool
) -> None:
    """Exactly the one check tells it, with its cause; the printed commands make it pass."""
    world = World(aws)
    if later:
        await world.make()
        case.change(world)
        await world.settle()
    else:
        case.change(world)
        await world.make()
    findings = await checked(aws, NAME, only=CHECKS)
    assert set(with_outcome(findings, *BAD)) == {case.check}, told(findings)
    found = findings[NAME, case.check]
    assert found.outcome is case.outcome, told(findings)
    for word in case.words:
        assert word in found.cause, found.cause
    assert bool(found.fix) == case.fixed, found.fix
    if case.fixed:
        await apply(aws, found.fix)
        findings = await checked(aws, NAME, only=CHECKS)
        assert set(with_outcome(findings, *BAD)) == set(case.then), told(findings)
