"""The policy that `mqtail check --print-policy` prints: neither too narrow nor too wide."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mqtail.checks.permissions import DECRYPTING, PURPOSES
from mqtail.demo.s3_settings import Encryption
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread
from tests.cli.conftest import hurried
from tests.cli.support import Mqtail

NEEDS_NONE = {"sts:GetCallerIdentity", "sts:AssumeRole"}
"""The first is always permitted, the second is what `--role-arn` asks for."""

ROLE = "arn:aws:iam::111122223333:role/readers"

HISTORY = ("-o", "json", "--no-follow", "--since", "1h", "-n", "50")
COMMANDS = (
    ("ls",),
    ("tail", *HISTORY, "orders-*"),
    ("tail", *HISTORY, "/aws/lambda/billing", "--filter-pattern", "ERROR"),
    *(("tail", *HISTORY, "clicks-msk", "-d", place) for place in ("cloudwatch", "s3", "firehose")),
    ("tail", *HISTORY, "search-msk"),
    ("tail", *HISTORY, "cloudtrail", "--trail", "all-calls"),
    ("tail", *HISTORY, "cloudtrail", "--trail", "s3://cloudtrail-logs-111122223333"),
    ("check",),
    ("check", "telemetry-mq", "/aws/lambda/billing", "--role-arn", ROLE),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """The stories, and beside them what needs the rest of the actions: OpenSearch, KMS keys."""
    aws = hurried(EmbeddedAws(story=True, live=False))
    aws.iam.add_role("readers")
    aws.opensearch.add_domain("search")
    document = {"timestamp": aws.clock(), "broker": 1, "message": "started"}
    aws.opensearch.put("search", "search-2026", document)
    aws.firehose.add_stream("search", opensearch={"domain": "search", "index": "search"})
    aws.kafka.add_cluster("search-msk", firehose="search")
    key = aws.kms.add_key()
    aws.s3.create_bucket("encrypted", encryption=Encryption("aws:kms", key.arn))
    aws.kafka.add_cluster("encrypted-msk", s3=("encrypted", "msk"))
    with EmbeddedAwsThread(aws) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield aws


def test_the_policy_is_what_mqtail_calls(mqtail: Mqtail, world: EmbeddedAws) -> None:
    """Every action that any command calls, and no action that none calls."""
    codes = [mqtail(*command).code for command in COMMANDS]
    assert {*codes} <= {0, 1, 3}, codes
    services = {
        "cloudtrail": world.cloudtrail,
        "es": world.opensearch,
        "firehose": world.firehose,
        "iam": world.iam,
        "kafka": world.kafka,
        "kms": world.kms,
        "logs": world.logs,
        "mq": world.mq,
        "s3": world.s3,
        "sts": world.sts,
    }
    called = {services[call.service].permission(call).action for call in world.calls} - NEEDS_NONE
    policy = json.loads(mqtail("check", "--print-policy").out)
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    # S3 decrypts in the name of its caller: nobody calls that.
    assert called == allowed - DECRYPTING.keys()


def test_keys_can_be_used_through_s3_only(mqtail: Mqtail) -> None:
    """The one action that gives access to more than is asked for has a condition."""
    policy = json.loads(mqtail("check", "--print-policy").out)
    decrypting = [one for one in policy["Statement"] if {*DECRYPTING} & {*one["Action"]}]
    assert [one["Action"] for one in decrypting] == [[*DECRYPTING]]
    assert decrypting[0]["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}


def test_the_policy_fits_into_a_user(mqtail: Mqtail) -> None:
    """IAM quotas: the inline policies of a user have 2,048 characters, blanks not counted."""
    policy = json.loads(mqtail("check", "--print-policy").out)
    assert len(json.dumps(policy, separators=(",", ":"))) < 1_800
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == PURPOSES.keys()
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
