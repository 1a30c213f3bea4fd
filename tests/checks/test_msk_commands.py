"""The helper that runs printed commands takes what the AWS CLI takes, and nothing else."""

from __future__ import annotations

import pytest

from mqtail.demo.kafka_clusters import Authentication
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import run


async def test_shorthand_syntax(aws: EmbeddedAws) -> None:
    """Lists of structures, quoted values, structures in structures."""
    stream = aws.firehose.add_stream("logs", s3={"bucket": "b"}, tags={})
    tag = "aws firehose tag-delivery-stream --delivery-stream-name logs --tags"
    await run(aws, f"{tag} Key=team,Value=clicks 'Key=note,Value=\"a,b\"'")
    assert stream.tags == {"team": "clicks", "note": "a,b"}
    cluster = aws.kafka.add_cluster("clicks", authentication=Authentication(iam=False))
    await run(
        aws,
        f"aws kafka update-security --cluster-arn {cluster.arn} --current-version"
        f" {cluster.current_version} --client-authentication"
        " 'Sasl={Iam={Enabled=true},Scram={Enabled=false}},Tls={Enabled=true,"
        "CertificateAuthorityArnList=[a,b]}'",
    )
    assert cluster.authentication == Authentication(iam=True, tls=True)


@pytest.mark.parametrize(
    "command",
    [
        "aws logs create-log-grup --log-group-name /a",
        "aws logs create-log-group --log-group /a",
        "aws logs create-log-group --log-group-name /a /b",
        "aws logs create-log-group --log-group-name /a --log-group-name /b",
        "aws mq update-broker --broker-id b-1 --logs General=yes",
        "awk logs create-log-group --log-group-name /a",
    ],
)
async def test_what_the_cli_refuses(aws: EmbeddedAws, command: str) -> None:
    """Such a command is a mistake in what is printed."""
    with pytest.raises(AssertionError):
        await run(aws, command)
    assert not aws.calls
