"""Amazon MSK beyond the documented cases: verdicts, and fixes that do no harm."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from mqtail.aws.signin import SignIn
from mqtail.checks import amazon_msk
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Finding, Outcome
from mqtail.checks.runner import Checkup
from mqtail.checks.statements import CHECK_AGAIN
from mqtail.demo import kafka_service
from mqtail.demo.kafka_clusters import Authentication, Cluster, Destinations, describe_cluster_v2
from mqtail.demo.server import EmbeddedAws
from mqtail.policies import Document, Effect, Principal, Request, decide
from mqtail.settings import Settings
from tests.checks.apply_fix import apply
from tests.checks.clusters import (
    ACCOUNT,
    ADMINISTRATION,
    BUCKET,
    BUCKET_ARN,
    GROUP,
    KMS_ACTIONS,
    NAME,
    POLICY,
    SERVICE,
    SOURCE,
    STREAM,
    Plain,
    World,
    acl_check,
    conditions,
    document,
    putting,
    using_key,
    writing,
)
from tests.checks.support import Findings, checked, told, with_outcome

CHECKS = [check.id for check in amazon_msk.CHECKS]
BAD = (Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN)
OTHER_ACCOUNT = "444455556666"
HOUR_MS = 3_600_000
VERBOSE = "[2026-11-21 10:00:00,000] DEBUG Reading 1 segment (kafka.log.LogCleaner)"


async def found_in(aws: EmbeddedAws, *names: str) -> Findings:
    """What the checks of clusters find."""
    return await checked(aws, *(names or (NAME,)), only=CHECKS)


async def found_of(aws: EmbeddedAws, check: str, name: str = NAME) -> Finding:
    """What one check finds of a cluster."""
    return (await checked(aws, name, only=[check]))[name, check]


def option(command: str, name: str) -> Any:
    """The JSON value of an option of a printed command."""
    words = shlex.split(command)
    return json.loads(words[words.index(name) + 1])


def described(monkeypatch: pytest.MonkeyPatch, change: Callable[[Plain], None]) -> None:
    """Have DescribeClusterV2 tell something else of provisioned clusters."""

    def told_of(cluster: Cluster) -> Plain:
        told = describe_cluster_v2(cluster)
        change(told["provisioned"])
        return told

    monkeypatch.setattr(kafka_service, "describe_cluster_v2", told_of)


def looked_up(monkeypatch: pytest.MonkeyPatch, method: str, answer: Any) -> None:
    """Have a look-up give something that the embedded AWS does not know."""

    async def given(*_: Any) -> Any:
        return answer

    monkeypatch.setattr(Lookups, method, given)


# Policies of buckets and keys.


async def test_a_wildcard_in_string_equals_stands_for_itself(aws: EmbeddedAws) -> None:
    """It has to be ArnLike or StringLike: no request comes from the ARN that is written there."""
    world = World(aws)
    strings = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": SOURCE}
    world.bucket_policy = document(acl_check(Condition={"StringEquals": strings}), putting())
    await world.make()
    found = await found_of(aws, "msk-bucket-policy")
    assert found.outcome is Outcome.FAIL
    assert f"StringEquals aws:SourceArn = {SOURCE} shuts this one out" in found.cause


async def test_a_wildcard_in_string_equals_of_a_resource_policy(aws: EmbeddedAws) -> None:
    """The same of CloudWatch Logs."""
    world = World(aws)
    strings = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": SOURCE}
    world.policies = {POLICY: document(writing(Condition={"StringEquals": strings}))}
    await world.make()
    assert (await found_of(aws, "msk-delivery-policy")).outcome is Outcome.FAIL


async def test_a_deny_stays_for_logs_of_other_accounts(aws: EmbeddedAws) -> None:
    """It leaves out this account's logs, not everything that log delivery does."""
    world = World(aws)
    deny = {
        "Sid": "NoDeputies",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET_ARN}/*",
        "Condition": {"StringNotEqualsIfExists": {"aws:SourceAccount": OTHER_ACCOUNT}},
    }
    careless = putting(Sid="Careless", Condition={})
    world.bucket_policy = document(acl_check(), putting(), careless, deny)
    await world.make()
    await apply(aws, (await found_of(aws, "msk-bucket-policy")).fix)
    assert not with_outcome(await found_in(aws), *BAD)
    bucket = aws.s3.bucket(BUCKET)
    assert bucket is not None
    assert bucket.policy is not None
    account = "777788889999"
    context = {
        "aws:SourceAccount": account,
        "aws:SourceArn": f"arn:aws:logs:us-east-1:{account}:delivery-source:x",
    }
    who = Principal.service(SERVICE)
    request = Request("s3:PutObject", f"{BUCKET_ARN}/msk/AWSLogs/{ACCOUNT}/x", who, context)
    assert decide([Document.parse(bucket.policy)], request).effect is Effect.DENIED


@pytest.mark.parametrize("statements", [[], [acl_check()], [acl_check(), putting(Effect="Deny")]])
async def test_a_fix_of_a_bucket_policy_says_to_check_again(
    aws: EmbeddedAws, statements: list[Plain]
) -> None:
    """Another cluster's fix for the same bucket was made from the same policy."""
    world = World(aws)
    world.bucket_policy = document(*statements) if statements else None
    await world.make()
    assert CHECK_AGAIN in (await found_of(aws, "msk-bucket-policy")).cause


async def test_a_fix_of_a_key_policy_says_to_check_again(aws: EmbeddedAws) -> None:
    """A key may be that of several buckets."""
    world = World(aws)
    world.key_policy = document(ADMINISTRATION)
    await world.make()
    assert CHECK_AGAIN in (await found_of(aws, "msk-bucket-encryption")).cause


async def test_what_creates_a_destination_with_its_policy_says_so_too(aws: EmbeddedAws) -> None:
    """Clusters may share a bucket and a log group."""
    world = World(aws)
    world.group, world.bucket = None, None
    world.policies = {POLICY: document(writing(Action="logs:PutLogEvents"))}
    await world.make()
    findings = await found_in(aws)
    for id in ("msk-log-group", "msk-bucket"):
        assert CHECK_AGAIN in findings[NAME, id].cause


async def test_a_policy_that_is_new_replaces_none(aws: EmbeddedAws) -> None:
    """Nothing is said then of other fixes."""
    world = World(aws)
    world.group, world.policies = None, {}
    await world.make()
    found = await found_of(aws, "msk-log-group")
    assert len(found.fix) == 2
    assert CHECK_AGAIN not in found.cause


async def test_clusters_that_share_a_bucket_are_mended_one_by_one(aws: EmbeddedAws) -> None:
    """Each statement stays when the next is added."""
    world = World(aws)
    world.bucket_policy = None
    await world.make()
    aws.kafka.add_cluster("views", delivers=True, s3=(BUCKET, "views"))
    for name in (NAME, "views"):
        await apply(aws, (await found_of(aws, "msk-bucket-policy", name)).fix)
    for name in (NAME, "views"):
        assert (await found_of(aws, "msk-bucket-policy", name)).outcome is Outcome.PASS


async def test_a_policy_for_the_hours_of_a_cluster_passes(aws: EmbeddedAws) -> None:
    """Objects lie in a folder for each hour."""
    world = World(aws)
    await world.make()
    hours = f"{BUCKET_ARN}/msk/AWSLogs/{ACCOUNT}/KafkaBrokerLogs/*/*/20??-*/Broker-*.log.gz"
    world.bucket_policy = document(acl_check(), putting(Resource=hours))
    await world.settle()
    assert (await found_of(aws, "msk-bucket-policy")).outcome is Outcome.PASS


async def test_missing_actions_are_a_list(aws: EmbeddedAws) -> None:
    """Not one `and` after the other."""
    world = World(aws)
    world.key_policy = document(ADMINISTRATION, using_key(Action="kms:DescribeKey"))
    await world.make()
    cause = (await found_of(aws, "msk-bucket-encryption")).cause
    assert "kms:Encrypt, kms:Decrypt, kms:ReEncryptFrom" in cause
    assert " and kms:" not in cause


# Encryption of buckets.


async def test_a_key_in_another_region_is_not_lost(aws: EmbeddedAws) -> None:
    """KMS answers for its own region only: nothing is known of the key."""
    region = "eu-west-1"
    world = World(aws)
    world.bucket = {"region": region}
    world.key_name = aws.kms.add_key(document(ADMINISTRATION, using_key()), region=region).arn
    await world.make()
    found = await found_of(aws, "msk-bucket-encryption")
    assert found.outcome is Outcome.UNKNOWN
    assert region in found.cause
    assert not found.fix


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
async def test_a_key_of_another_account(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Its policy cannot be read from here, and no command from here can change it."""
    arn = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/0d330000-0000-4000-8000-00000000beef"
    world = World(aws)
    world.key_name = arn
    await world.make()
    metadata = {"Arn": arn, "KeyState": state, "KeyManager": "CUSTOMER"}
    looked_up(monkeypatch, "key", metadata)
    found = await found_of(aws, "msk-bucket-encryption")
    assert found.outcome is (Outcome.UNKNOWN if state == "Enabled" else Outcome.FAIL)
    assert OTHER_ACCOUNT in found.cause
    assert not found.fix


async def test_a_key_whose_primary_region_changes_works(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A multi-region key encrypts meanwhile."""
    world = World(aws)
    world.groups_key = aws.kms.add_key()
    await world.make()
    metadata = {"Arn": world.key.arn, "KeyState": "Updating", "KeyManager": "CUSTOMER"}
    looked_up(monkeypatch, "key", metadata)
    findings = await checked(aws, NAME, only=["msk-bucket-encryption", "msk-group-key"])
    assert not with_outcome(findings, *BAD), told(findings)


async def test_what_else_a_bucket_refuses_stays(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the encryption names more than the key."""
    await World(aws).make()
    blocked = {"EncryptionType": ["SSE-C"]}
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
        "BucketKeyEnabled": True,
        "BlockedEncryptionTypes": blocked,
    }
    looked_up(monkeypatch, "bucket_encryption", rule)
    found = await found_of(aws, "msk-bucket-encryption")
    (mended,) = option(found.fix[0], "--server-side-encryption-configuration")["Rules"]
    assert mended == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": blocked,
    }
    assert "all new objects of this bucket" in found.cause


@pytest.mark.parametrize("bucket_key", [True, False])
async def test_the_key_is_for_logs_of_this_account(aws: EmbeddedAws, bucket_key: bool) -> None:
    """With the conditions that AWS documents, but with S3 Bucket Keys, where they may not hold."""
    world = World(aws)
    world.encryption["bucket_key"] = bucket_key
    world.key_policy = document(ADMINISTRATION)
    await world.make()
    found = await found_of(aws, "msk-bucket-encryption")
    await apply(aws, found.fix)
    added = json.loads(world.key.policy)["Statement"][-1]
    assert added["Action"] == KMS_ACTIONS
    assert added.get("Condition") == (None if bucket_key else conditions())
    assert (await found_of(aws, "msk-bucket-encryption")).outcome is Outcome.PASS


async def test_a_key_policy_may_ask_for_tls(aws: EmbeddedAws) -> None:
    """AWS services come by nothing else."""
    world = World(aws)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    world.key_policy = document(ADMINISTRATION, using_key(), deny)
    await world.make()
    found = await found_of(aws, "msk-bucket-encryption")
    assert found.outcome is Outcome.PASS, found


# Log groups that clusters share.


async def test_streams_of_another_cluster_tell_nothing(aws: EmbeddedAws) -> None:
    """The age of the newest event is that of this cluster's."""
    world = World(aws)
    await world.make()
    quiet = aws.kafka.add_cluster("quiet", cloudwatch=GROUP)
    old = aws.clock() - 50 * HOUR_MS
    aws.logs.put(GROUP, quiet.log_stream(1), [(old, "[2026] INFO x")], ingested=old)
    found = await found_of(aws, "msk-events", "quiet")
    assert found.outcome is Outcome.FAIL, found
    assert "about 2 d old" in found.cause


async def test_lines_of_another_cluster_hide_nothing(aws: EmbeddedAws) -> None:
    """However many there are."""
    world = World(aws)
    await world.make()
    now = aws.clock()
    aws.logs.put(GROUP, world.cluster.log_stream(2), [(now, VERBOSE)])
    loud = aws.kafka.add_cluster("loud", cloudwatch=GROUP)
    lines = [(now - 1_000 - number, VERBOSE) for number in range(300)]
    aws.logs.put(GROUP, loud.log_stream(1), sorted(lines))
    found = await found_of(aws, "msk-log-level")
    assert found.outcome is Outcome.WARN, found
    assert "at least 1 line of" in found.evidence


async def test_a_policy_of_a_log_group_may_be_long(aws: EmbeddedAws) -> None:
    """It has ten times the room that Amazon MSK documents for one of the account."""
    world = World(aws)
    world.policies = {}
    resources = [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}:log-stream:*"]
    while len(json.dumps(document(writing(Resource=resources)))) < 4_900:
        resources.append(f"{resources[0]}{len(resources):04}")
    world.own_policy = document(writing(Resource=resources))
    await world.make()
    found = await found_of(aws, "msk-policy-limits")
    assert "characters" in found.evidence
    assert found.outcome is Outcome.PASS, found


# Firehose.


async def test_a_stream_for_authorizer_logs_alone_may_be_silent(aws: EmbeddedAws) -> None:
    """There may be nothing to tell."""
    world = World(aws)
    world.options = {"firehose": None, "authorizer": Destinations(firehose=STREAM)}
    await world.make()
    found = await found_of(aws, "msk-delivery-stream-destination")
    assert found.outcome is Outcome.PASS, found
    assert "no event in 24 h" in found.evidence


# The cluster.


async def test_a_state_that_is_new_is_unknown(aws: EmbeddedAws) -> None:
    """That its brokers are down would be a guess."""
    world = World(aws)
    await world.make()
    world.cluster.state = "RESTORING"
    findings = await found_in(aws)
    assert with_outcome(findings, *BAD).keys() == {"msk-cluster"}, told(findings)
    assert findings[NAME, "msk-cluster"].outcome is Outcome.UNKNOWN


async def test_clients_that_say_nothing_are_not_shut_out(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster without any way to sign in takes everybody."""
    cluster = aws.kafka.add_cluster(NAME, authentication=Authentication(iam=False))
    described(monkeypatch, lambda told: told.pop("clientAuthentication"))
    found = await found_of(aws, "cloudtrail-iam-access")
    assert "unauthenticated access on" in found.evidence
    await apply(aws, found.fix)
    assert cluster.authentication == Authentication(iam=True, unauthenticated=True)


async def test_a_cluster_with_certificates_is_not_opened(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the authorities were told of clusters once."""
    aws.kafka.add_cluster(NAME)
    authority = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1"
    ways = {"tls": {"certificateAuthorityArnList": [authority]}}
    described(monkeypatch, lambda told: told.update(clientAuthentication=ways))
    found = await found_of(aws, "cloudtrail-iam-access")
    assert "unauthenticated access off" in found.evidence
    wanted = option(found.fix[0], "--client-authentication")
    assert "Unauthenticated" not in wanted
    assert wanted["Tls"] == {"CertificateAuthorityArnList": [authority]}


async def test_a_cluster_without_encryption_between_brokers(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IAM access control needs it, and it cannot be switched on."""
    aws.kafka.add_cluster(NAME, authentication=Authentication(iam=False, unauthenticated=True))
    in_transit = {"encryptionInTransit": {"clientBroker": "TLS_PLAINTEXT", "inCluster": False}}
    described(monkeypatch, lambda told: told.update(encryptionInfo=in_transit))
    found = await found_of(aws, "cloudtrail-iam-access")
    assert found.outcome is Outcome.WARN
    assert "encryption between brokers" in found.cause
    assert not found.fix


async def test_commands_for_one_version_of_a_cluster_say_so(aws: EmbeddedAws) -> None:
    """After one of them, AWS refuses the other."""
    aws.kafka.add_cluster(NAME, authentication=Authentication(iam=False, scram=True))
    findings = await found_in(aws)
    for id in ("msk-logging", "cloudtrail-iam-access"):
        assert "check again before you run it after another change" in findings[NAME, id].cause


async def test_members_that_are_absent(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but a few members of a cluster are optional."""
    aws.kafka.add_cluster(NAME)

    def bare(told: Plain) -> None:
        for member in tuple(told):
            if member != "brokerNodeGroupInfo":
                del told[member]

    described(monkeypatch, bare)
    findings = await found_in(aws)
    assert with_outcome(findings, *BAD).keys() == {"msk-logging", "cloudtrail-iam-access"}


async def test_the_account_is_that_of_the_cluster_where_sts_does_not_tell(
    aws: EmbeddedAws,
) -> None:
    """Without it no ARN in a policy could be compared."""
    world = World(aws)
    await world.make()
    sign_in = SignIn(region=aws.region, account="", identity="", endpoint_url=aws.url)
    settings = Settings(targets=(NAME,), max_requests=1_000)
    only = ["msk-delivery-policy", "msk-bucket-policy", "msk-bucket-encryption"]
    checkup = Checkup(settings, sign_in, only=only)
    await checkup.run()
    (target,) = checkup.targets
    assert {found.outcome for _, found in target.results} == {Outcome.PASS}, target.results
