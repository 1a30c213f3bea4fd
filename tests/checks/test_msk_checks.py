"""The checks of Amazon MSK clusters where more than one thing is to be told, or none is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mqtail.checks import amazon_msk
from mqtail.checks.model import Finding, Outcome
from mqtail.demo.faults import AccessDenied
from mqtail.demo.kafka_clusters import Authentication, Destinations
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import apply
from tests.checks.clusters import (
    ACCOUNT,
    BUCKET,
    BUCKET_ARN,
    GROUP,
    GROUP_ARN,
    NAME,
    POLICY,
    SOURCE,
    STREAM,
    World,
    acl_check,
    document,
    putting,
    writing,
)
from tests.checks.support import Findings, checked, told, with_outcome

CHECKS = [check.id for check in amazon_msk.CHECKS]
HOUR_MS = 3_600_000
BAD = (Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN)


async def found_in(aws: EmbeddedAws, *names: str, **options: Any) -> Findings:
    """What the checks of clusters find."""
    return await checked(aws, *(names or (NAME,)), only=CHECKS, **options)


def found(findings: Findings, id: str) -> Finding:
    """What one check found of the cluster."""
    return findings[NAME, id]


def bad(findings: Findings) -> set[str]:
    """The checks that found something."""
    return set(with_outcome(findings, *BAD))


async def test_a_healthy_cluster_passes(aws: EmbeddedAws) -> None:
    """Every check, and all three destinations are looked at."""
    await World(aws).make()
    findings = await found_in(aws)
    assert {outcome.outcome for outcome in findings.values()} == {Outcome.PASS}, told(findings)
    assert {id for _, id in findings} == set(CHECKS)
    assert not aws.own_writes


async def test_a_serverless_cluster_has_nothing_to_check(aws: EmbeddedAws) -> None:
    """It says where its API calls are."""
    aws.kafka.add_cluster(NAME, type="SERVERLESS")
    findings = await found_in(aws)
    assert not bad(findings), told(findings)
    assert found(findings, "msk-logging").outcome is Outcome.SKIP
    assert "mqtail cloudtrail" in found(findings, "msk-logging").evidence
    assert found(findings, "cloudtrail-iam-access").outcome is Outcome.PASS


async def test_a_cluster_that_is_gone(aws: EmbeddedAws) -> None:
    """One check fails, all others have nothing to look at."""
    cluster = aws.kafka.add_cluster(NAME)
    aws.kafka.remove_cluster(cluster)
    findings = await found_in(aws, cluster.arn)
    assert bad(findings) == {"msk-cluster"}, told(findings)
    assert "no such cluster" in findings[cluster.arn, "msk-cluster"].cause


@pytest.mark.parametrize("state", ["UPDATING", "REBOOTING_BROKER", "MAINTENANCE"])
async def test_a_cluster_that_is_worked_on_writes(aws: EmbeddedAws, state: str) -> None:
    """Its brokers go on."""
    world = World(aws)
    await world.make()
    world.cluster.state = state
    assert not bad(await found_in(aws))


async def test_a_change_has_to_wait_for_the_cluster(aws: EmbeddedAws) -> None:
    """Amazon MSK takes it when the cluster is active."""
    aws.kafka.add_cluster(NAME, state="UPDATING")
    cause = found(await found_in(aws), "msk-logging").cause
    assert "when the cluster is ACTIVE; it is UPDATING now" in cause


async def test_what_is_switched_on_keeps_all_else(aws: EmbeddedAws) -> None:
    """Destinations that are off, and those of the authorizer logs, stay as they are."""
    cluster = aws.kafka.add_cluster(
        NAME, s3=(BUCKET, "msk"), disabled=["s3"], authorizer=Destinations(cloudwatch="/auth")
    )
    aws.logs.create_group("/auth")
    await apply(aws, found(await found_in(aws), "msk-logging").fix)
    assert cluster.authorizer_logs is not None
    assert cluster.authorizer_logs.cloudwatch == "/auth"
    assert cluster.broker_logs.s3 == (BUCKET, "msk")
    assert not cluster.broker_logs.on("s3")
    assert cluster.broker_logs.cloudwatch == f"/aws/vendedlogs/msk/{NAME}"


async def test_other_ways_to_sign_in_stay(aws: EmbeddedAws) -> None:
    """IAM access control comes beside them."""
    cluster = aws.kafka.add_cluster(NAME, authentication=Authentication(iam=False, scram=True))
    await apply(aws, found(await found_in(aws), "cloudtrail-iam-access").fix)
    assert cluster.authentication.iam
    assert cluster.authentication.scram
    evidence = found(await found_in(aws), "cloudtrail-iam-access").evidence
    assert "not what comes by SASL/SCRAM" in evidence


# CloudWatch Logs.


async def test_statements_of_other_logs_stay(aws: EmbeddedAws) -> None:
    """They are for the same principal, and somebody needs them."""
    world = World(aws)
    other = writing(Resource=f"{GROUP_ARN}-old:log-stream:*")
    both = writing(Resource=[f"{GROUP_ARN}-new:*", GROUP_ARN], Sid="Both")
    world.policies = {POLICY: document(other, both)}
    await world.make()
    await apply(aws, found(await found_in(aws), "msk-delivery-policy").fix)
    kept = [json.loads(text) for text in aws.logs.resource_policies(GROUP)]
    statements = [one for policy in kept for one in policy["Statement"]]
    assert other in statements
    assert both in statements
    sids = [one["Sid"] for one in statements]
    assert len(sids) == len(set(sids))
    assert not bad(await found_in(aws))


async def test_ten_policies_of_others(aws: EmbeddedAws) -> None:
    """The statement goes into one that is there, in the words of Amazon MSK's error."""
    world = World(aws)
    other = writing(Principal={"Service": "es.amazonaws.com"}, Resource="*")
    world.policies = {f"search-{n}": document(other) for n in range(10)}
    await world.make()
    findings = await found_in(aws)
    assert bad(findings) == {"msk-delivery-policy", "msk-policy-limits"}, told(findings)
    policy = found(findings, "msk-delivery-policy")
    error = "InvalidInput.NumberOfCloudWatchResourcePoliciesLimitExceeded"
    assert error in policy.cause
    await apply(aws, policy.fix)
    findings = await found_in(aws)
    assert bad(findings) == {"msk-policy-limits"}, told(findings)
    documents = [json.loads(text) for text in aws.logs.resource_policies(GROUP)]
    assert all(other in one["Statement"] for one in documents)


async def test_a_policy_of_the_log_group_does(aws: EmbeddedAws) -> None:
    """AWS puts new statements there."""
    world = World(aws)
    world.policies = {}
    world.own_policy = document(writing())
    await world.make()
    assert not bad(await found_in(aws))


async def test_no_stream_though_all_is_allowed(aws: EmbeddedAws) -> None:
    """Then the check of the streams is the one that fails."""
    world = World(aws)
    await world.make()
    for broker in (1, 2, 3):
        aws.logs.create_group(GROUP).drop_stream(world.cluster.log_stream(broker))
    findings = await found_in(aws)
    assert bad(findings) == {"msk-log-streams"}, told(findings)
    assert "though a policy allows it" in found(findings, "msk-log-streams").cause
    assert found(findings, "msk-events").outcome is Outcome.SKIP


async def test_a_broker_without_a_stream(aws: EmbeddedAws) -> None:
    """Names of streams are not documented, so it is a warning."""
    world = World(aws)
    await world.make()
    aws.logs.create_group(GROUP).drop_stream(world.cluster.log_stream(2))
    findings = await found_in(aws)
    assert bad(findings) == {"msk-log-streams"}, told(findings)
    streams = found(findings, "msk-log-streams")
    assert streams.outcome is Outcome.WARN
    assert "brokers 1, 3" in streams.evidence


async def test_streams_that_name_no_broker_pass(aws: EmbeddedAws) -> None:
    """How many there ought to be is not known then."""
    aws.logs.put(GROUP, "kafka", [(aws.clock(), "started")])
    aws.kafka.add_cluster(NAME, cloudwatch=GROUP)
    assert found(await found_in(aws), "msk-log-streams").outcome is Outcome.PASS


async def test_old_events(aws: EmbeddedAws) -> None:
    """Brokers write all the time: a day of silence is told, with the age."""
    world = World(aws)
    world.options = {"s3": None, "firehose": None, "cloudwatch": "/quiet"}
    world.policies = {POLICY: document(writing(Resource="*"))}
    await world.make()
    aws.logs.create_group("/quiet", retention_in_days=30)
    old = aws.clock() - 50 * HOUR_MS
    for broker in (1, 2, 3):
        stream = world.cluster.log_stream(broker)
        aws.logs.put("/quiet", stream, [(old, "[2026] INFO x")], ingested=old)
    findings = await found_in(aws)
    assert bad(findings) == {"msk-events"}, told(findings)
    assert "2 d old" in found(findings, "msk-events").cause


async def test_events_of_another_cluster_do_not_count(aws: EmbeddedAws) -> None:
    """Clusters may share a log group."""
    world = World(aws)
    await world.make()
    aws.kafka.add_cluster("quiet", cloudwatch=GROUP)
    findings = await found_in(aws, "quiet")
    assert bad(findings) == {"msk-log-streams"}, told(findings)


async def test_verbose_lines(aws: EmbeddedAws) -> None:
    """DEBUG as a level counts, as a word it does not."""
    world = World(aws)
    await world.make()
    now = aws.clock()
    stream = world.cluster.log_stream(2)
    harmless = "[2026-11-21 10:00:00,000] INFO [x] DEBUG is off (kafka.log.Log)"
    aws.logs.put(GROUP, stream, [(now, harmless)])
    assert not bad(await found_in(aws))
    verbose = "[2026-11-21 10:00:00,000] DEBUG Reading 1 segment (kafka.log.LogCleaner)"
    aws.logs.put(GROUP, stream, [(now, verbose)])
    findings = await found_in(aws)
    assert bad(findings) == {"msk-log-level"}, told(findings)
    level = found(findings, "msk-log-level")
    assert level.outcome is Outcome.WARN
    assert "kafka.log.LogCleaner on broker 2" in level.evidence
    for word in ("sample", "impact", "S3 or Firehose"):
        assert word in level.cause


# S3.


async def test_statements_for_others_stay_in_a_bucket_policy(aws: EmbeddedAws) -> None:
    """Only what log delivery needs is added; a Deny leaves it out and stays for others."""
    world = World(aws)
    deny = {
        "Sid": "OnlyUs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"{BUCKET_ARN}/*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalServiceName": "x.amazonaws.com"}},
    }
    other = putting(Resource=f"{BUCKET_ARN}/vpc/*")
    world.bucket_policy = document(acl_check(), other, deny)
    await world.make()
    await apply(aws, found(await found_in(aws), "msk-bucket-policy").fix)
    bucket = aws.s3.bucket(BUCKET)
    assert bucket is not None
    assert bucket.policy is not None
    statements = json.loads(bucket.policy)["Statement"]
    assert statements[:2] == [acl_check(), other]
    assert statements[2]["Condition"] == {
        "StringNotEqualsIfExists": {"aws:PrincipalServiceName": "x.amazonaws.com"},
        "ArnNotLikeIfExists": {"aws:SourceArn": [SOURCE]},
    }
    assert statements[3]["Sid"] == "AWSLogDeliveryWrite2"
    assert not bad(await found_in(aws))


async def test_a_condition_that_cannot_be_judged(aws: EmbeddedAws) -> None:
    """Then the answer is not known, and the condition is shown."""
    world = World(aws)
    world.bucket_policy = document(
        acl_check(), putting(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    )
    await world.make()
    policy = found(await found_in(aws), "msk-bucket-policy")
    assert policy.outcome is Outcome.UNKNOWN
    assert "IpAddress aws:SourceIp = 10.0.0.0/8" in policy.evidence


async def test_a_bucket_of_another_account(aws: EmbeddedAws) -> None:
    """It may be right, and cannot be looked at."""
    world = World(aws)
    world.bucket = {"foreign": True}
    await world.make()
    findings = await found_in(aws)
    s3 = {"msk-bucket", "msk-bucket-policy", "msk-bucket-encryption", "msk-objects"}
    assert bad(findings) == s3, told(findings)
    assert found(findings, "msk-bucket").outcome is Outcome.UNKNOWN
    assert "s3:ListBucket" in found(findings, "msk-bucket").evidence


async def test_no_objects_though_all_is_allowed(aws: EmbeddedAws) -> None:
    """Then the check of the objects is the one that fails."""
    world = World(aws)
    await world.make()
    for stored in aws.s3.objects(BUCKET):
        aws.s3.delete_object(BUCKET, stored.key)
    findings = await found_in(aws)
    assert bad(findings) == {"msk-objects"}, told(findings)
    assert "every five minutes" in found(findings, "msk-objects").cause


async def test_a_bucket_key_setting_is_kept(aws: EmbeddedAws) -> None:
    """Naming the key by its ARN changes nothing else."""
    world = World(aws)
    world.key_name = "alias/logs"
    await world.make()
    await apply(aws, found(await found_in(aws), "msk-bucket-encryption").fix)
    bucket = aws.s3.bucket(BUCKET)
    assert bucket is not None
    assert bucket.encryption is not None
    assert bucket.encryption.kms_key == world.key.arn
    assert bucket.encryption.bucket_key


# Firehose.


async def test_firehose_in_osaka(aws: EmbeddedAws) -> None:
    """A warning: the current documentation does not name the region any more."""
    region = "ap-northeast-3"
    aws.s3.create_bucket("osaka", region)
    aws.firehose.add_stream(STREAM, s3={"bucket": "osaka"}, region=region)
    aws.kafka.add_cluster(NAME, firehose=STREAM, region=region)
    osaka = found(await found_in(aws, region=region), "msk-delivery-stream-region")
    assert osaka.outcome is Outcome.WARN
    assert "Osaka" in osaka.cause


async def test_nothing_comes_through_a_stream(aws: EmbeddedAws) -> None:
    """Its destination can be read, and is empty."""
    world = World(aws)
    await world.make()
    for stored in aws.s3.objects("clicks-archive"):
        aws.s3.delete_object("clicks-archive", stored.key)
    findings = await found_in(aws)
    assert bad(findings) == {"msk-delivery-stream-destination"}, told(findings)
    assert "nothing arrived" in found(findings, "msk-delivery-stream-destination").cause


async def test_a_search_domain_behind_a_stream(aws: EmbeddedAws) -> None:
    """It is searched as the reader does."""
    aws.opensearch.add_domain("search")
    aws.firehose.add_stream(STREAM, opensearch={"domain": "search", "index": "clicks"})
    now = aws.clock()
    aws.opensearch.put("search", "clicks-2026-11-21", {"timestamp": now, "message": "started"})
    aws.kafka.add_cluster(NAME, firehose=STREAM)
    destination = found(await found_in(aws), "msk-delivery-stream-destination")
    assert destination.outcome is Outcome.PASS, destination
    assert "Amazonopensearchservice" in destination.evidence


# Authorizer logs.


async def test_destinations_of_authorizer_logs_are_checked(aws: EmbeddedAws) -> None:
    """Their groups and buckets have to be there, too; that they are empty is no mistake."""
    world = World(aws)
    world.options = {"authorizer": Destinations(cloudwatch="/auth", s3=("auth-logs", ""))}
    await world.make()
    findings = await found_in(aws)
    assert bad(findings) == {"msk-log-group", "msk-bucket"}, told(findings)
    for id in ("msk-log-group", "msk-bucket"):
        await apply(aws, found(findings, id).fix)
    findings = await found_in(aws)
    assert bad(findings) == {"msk-group-retention"}, told(findings)


# Rights.


async def test_rights_for_each_destination_are_named(aws: EmbeddedAws) -> None:
    """Reading only is enough to tail, so it is a warning."""
    world = World(aws)
    await world.make()
    reading = {"Effect": "Allow", "Action": ["*:Get*", "*:Describe*"], "Resource": "*"}
    aws.iam.add_user("reader", {"reading": document(reading)})
    reader = f"arn:aws:iam::{ACCOUNT}:user/reader"
    findings = await found_in(aws, identity=reader)
    assert bad(findings) == {"msk-setup-rights"}, told(findings)
    rights = found(findings, "msk-setup-rights")
    assert rights.outcome is Outcome.WARN
    for text in (
        "for every destination kafka:UpdateMonitoring, logs:CreateLogDelivery",
        "for CloudWatch Logs logs:PutResourcePolicy",
        "for S3 s3:PutBucketPolicy",
        "for Firehose firehose:TagDeliveryStream, iam:CreateServiceLinkedRole",
    ):
        assert text in rights.cause
    await apply(aws, rights.fix)
    assert not bad(await found_in(aws, identity=reader))


async def test_rights_of_the_root_user(aws: EmbeddedAws) -> None:
    """It may do everything; IAM would not answer for it."""
    aws.kafka.add_cluster(NAME)
    rights = found(await found_in(aws, identity=f"arn:aws:iam::{ACCOUNT}:root"), "msk-setup-rights")
    assert rights.outcome is Outcome.PASS


async def test_rights_of_a_role_session(aws: EmbeddedAws) -> None:
    """Those of its role, whose path the session's ARN does not have."""
    aws.kafka.add_cluster(NAME)
    deny = {"Effect": "Deny", "Action": "logs:CreateLogDelivery", "Resource": "*"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    aws.iam.add_role("ops", "/teams/", {"all": document(allow, deny)})
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/kim"
    rights = found(await found_in(aws, identity=session), "msk-setup-rights")
    assert "role/teams/ops" in rights.evidence
    assert "explicit Deny keeps it from logs:CreateLogDelivery" in rights.cause
    assert not rights.fix


# What may not be looked at.

DENIED = {
    "DescribeLogGroups": ("logs:DescribeLogGroups", {"msk-log-group", "msk-events"}),
    "DescribeLogStreams": ("logs:DescribeLogStreams", {"msk-log-streams", "msk-events"}),
    "DescribeResourcePolicies": (
        "logs:DescribeResourcePolicies",
        {"msk-delivery-policy", "msk-policy-limits"},
    ),
    "FilterLogEvents": ("logs:FilterLogEvents", {"msk-events", "msk-log-level"}),
    "HeadBucket": ("s3:ListBucket", {"msk-bucket", "msk-bucket-policy", "msk-objects"}),
    "GetBucketPolicy": ("s3:GetBucketPolicy", {"msk-bucket-policy"}),
    "GetBucketEncryption": ("s3:GetEncryptionConfiguration", {"msk-bucket-encryption"}),
    "GetObject": ("s3:GetObject", {"msk-objects", "msk-delivery-stream-destination"}),
    "DescribeKey": ("kms:DescribeKey", {"msk-bucket-encryption"}),
    "GetKeyPolicy": ("kms:GetKeyPolicy", {"msk-bucket-encryption"}),
    "DescribeDeliveryStream": (
        "firehose:DescribeDeliveryStream",
        {"msk-delivery-stream", "msk-delivery-stream-tag"},
    ),
    "ListTagsForDeliveryStream": (
        "firehose:ListTagsForDeliveryStream",
        {"msk-delivery-stream-tag"},
    ),
    "GetRole": ("iam:GetRole", {"msk-delivery-role"}),
    "SimulatePrincipalPolicy": ("iam:SimulatePrincipalPolicy", {"msk-setup-rights"}),
}
"""Operations, their actions, and checks that need them."""


@pytest.mark.parametrize("operation", DENIED)
async def test_a_denied_look_up_is_unknown(aws: EmbeddedAws, operation: str) -> None:
    """The permission is named, and nothing passes for it or fails."""
    await World(aws).make()
    aws.faults.add(AccessDenied(), operation=operation)
    findings = await found_in(aws)
    action, needing = DENIED[operation]
    unknown = with_outcome(findings, Outcome.UNKNOWN)
    assert needing <= unknown.keys(), told(findings)
    assert bad(findings) == unknown.keys(), told(findings)
    for id in needing:
        assert action in unknown[id].evidence + unknown[id].cause


async def test_what_is_known_fails_whatever_else_is_denied(aws: EmbeddedAws) -> None:
    """The fix does without what could not be looked up."""
    aws.kafka.add_cluster(NAME)
    aws.faults.add(AccessDenied(), operation="DescribeLogGroups")
    logging = found(await found_in(aws), "msk-logging")
    assert logging.outcome is Outcome.FAIL
    assert len(logging.fix) == 2


async def test_a_missing_group_fails_whatever_else_is_denied(aws: EmbeddedAws) -> None:
    """Its policy is looked at when it is there."""
    aws.kafka.add_cluster(NAME, cloudwatch=GROUP)
    aws.faults.add(AccessDenied(), operation="DescribeResourcePolicies")
    group = found(await found_in(aws), "msk-log-group")
    assert group.outcome is Outcome.FAIL
    assert len(group.fix) == 1


async def test_a_missing_group_comes_with_its_policy(aws: EmbeddedAws) -> None:
    """Else the next run would find that missing."""
    world = World(aws)
    world.group, world.policies = None, {}
    await world.make()
    findings = await found_in(aws)
    assert bad(findings) == {"msk-log-group"}, told(findings)
    await apply(aws, found(findings, "msk-log-group").fix)
    assert bad(await found_in(aws)) == {"msk-group-retention"}


async def test_a_cluster_that_may_not_be_described_is_unknown(aws: EmbeddedAws) -> None:
    """So is all that depends on it."""
    await World(aws).make()
    for operation in ("DescribeClusterV2", "DescribeCluster"):
        aws.faults.add(AccessDenied(), operation=operation)
    findings = await found_in(aws)
    assert {one.outcome for one in findings.values()} == {Outcome.UNKNOWN}, told(findings)
    assert "kafka:DescribeClusterV2" in found(findings, "msk-cluster").evidence


async def test_the_first_api_is_enough(aws: EmbeddedAws) -> None:
    """DescribeCluster tells the same of a provisioned cluster."""
    await World(aws).make()
    aws.faults.add(AccessDenied(), operation="DescribeClusterV2")
    aws.faults.add(AccessDenied(), operation="ListClustersV2")
    findings = await found_in(aws)
    assert not bad(findings), told(findings)
