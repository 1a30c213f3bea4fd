"""Checks of a cluster's logs that go through Firehose streams."""

from __future__ import annotations

from mqtail.aws.failures import FailedCall, Kind, one_line
from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.amazon_msk.delivery import DELIVERY
from mqtail.checks.amazon_msk.logging import LOGGING, must_write
from mqtail.checks.commands import aws
from mqtail.checks.findings import combined
from mqtail.checks.model import Check, Finding, Skipped, check, failed, passed, warned
from mqtail.logs import DeliveryStreamLog
from mqtail.times import age

_DELIVERY_DOC = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-Firehose.html"
)
_FIREHOSE = "https://docs.aws.amazon.com/firehose/latest/dev/"
_STREAMS = _FIREHOSE + "basic-create.html"
_DESTINATIONS = _FIREHOSE + "basic-deliver.html"

_OSAKA = "ap-northeast-3"
_ROLE = "AWSServiceRoleForLogDelivery"
_TAG = "LogDeliveryEnabled"


@check("msk-delivery-stream", "Firehose", "The Firehose stream is active", doc=_STREAMS)
async def stream_active(cluster: Cluster) -> Finding:
    """DescribeDeliveryStream; Amazon MSK makes no stream."""
    names = dict.fromkeys(log.stream for log in await cluster.stream_logs())
    return combined([await _state(cluster, name) for name in names])


async def _state(cluster: Cluster, name: str) -> Finding:
    stream = await cluster.lookups.delivery_stream(name)
    if stream is None:
        return failed(
            f"DescribeDeliveryStream: there is no {name} in {cluster.lookups.region}.",
            "The cluster's logs are to go there, and Amazon MSK does not create Firehose streams:"
            " what the brokers write is lost until it is there. Create it with the source Direct"
            f" PUT and the tag {_TAG}=true.",
        )
    state = str(stream.get("DeliveryStreamStatus", ""))
    source = str(stream.get("DeliveryStreamType", "DirectPut"))
    evidence = f"DescribeDeliveryStream {name}: {state}, {source}."
    if state == "CREATING":
        return warned(evidence, f"{name} is being created: it takes logs when it is ACTIVE.")
    if state != "ACTIVE":
        failure = stream.get("FailureDescription") or {}
        why = one_line(f"{failure.get('Type', '')} {failure.get('Details', '')}")
        return failed(
            evidence,
            f"{name} is in the state {state}, in which it takes no logs."
            f"{f' AWS says: {why}' if why else ''}",
        )
    if source != "DirectPut":
        return failed(
            evidence,
            f"{name} takes its records from another source, so log delivery cannot put any into it."
            " Use a Firehose stream with the source Direct PUT.",
        )
    return passed(evidence)


@check(
    "msk-delivery-stream-tag",
    "Firehose",
    "The Firehose stream takes part in log delivery",
    doc=_DELIVERY_DOC,
)
async def stream_tag(cluster: Cluster) -> Finding:
    """The tag without which the delivery of logs may not write into a stream."""
    return combined([await _tag(cluster, name) for name in await cluster.delivery_streams()])


async def _tag(cluster: Cluster, name: str) -> Finding:
    value = (await cluster.lookups.delivery_stream_tags(name)).get(_TAG)
    has = f"no tag {_TAG}" if value is None else f"{_TAG}={value}"
    evidence = f"ListTagsForDeliveryStream {name}: {has}."
    if value == "true":
        return passed(evidence)
    return failed(
        evidence,
        f"Log delivery writes only into streams with the tag {_TAG}=true. AWS sets it when logging"
        " is set up, unless that is not permitted; or somebody has taken it away.",
        aws(
            "firehose",
            "tag-delivery-stream",
            region=cluster.lookups.region,
            delivery_stream_name=name,
            tags=[{"Key": _TAG, "Value": "true"}],
        ),
    )


@check("msk-delivery-role", "Firehose", "The service-linked role is there", doc=_DELIVERY_DOC)
async def delivery_role(cluster: Cluster) -> Finding:
    """Log delivery writes into Firehose streams with it."""
    await cluster.stream_logs()
    role = await cluster.lookups.role(_ROLE)
    if role is not None:
        return passed(f"GetRole: {role['Arn']}.")
    return failed(
        f"GetRole {_ROLE}: not found.",
        "Log delivery writes into Firehose streams with this role. AWS makes it when the first such"
        " delivery is set up, unless that is not permitted; or it has been deleted.",
        aws("iam", "create-service-linked-role", aws_service_name=DELIVERY),
    )


@check(
    "msk-delivery-stream-region",
    "Firehose",
    "Amazon MSK delivers to Firehose in this region",
    doc=LOGGING,
)
async def stream_region(cluster: Cluster) -> Finding:
    """Osaka was left out."""
    await cluster.stream_logs()
    region = cluster.lookups.region
    if region != _OSAKA:
        return passed(f"The region is {region}.")
    return warned(
        f"The region is {region}.",
        f"The Amazon MSK documentation said that it does not support Firehose in {_OSAKA} (Osaka)."
        " Its current page no longer says so: see whether logs arrive.",
    )


@check(
    "msk-delivery-stream-destination",
    "delivery",
    "Logs arrive through Firehose, and mqtail can read them",
    doc=_DESTINATIONS,
)
async def stream_destination(cluster: Cluster) -> Finding:
    """The newest event there, as mqtail itself reads it."""
    existing = await cluster.delivery_streams()
    await cluster.blame(stream_active)
    logs: dict[str, DeliveryStreamLog] = {}
    # Of several logs in one stream the broker log, which comes first, always has events.
    for log in await cluster.stream_logs():
        if existing.get(log.stream, {}).get("DeliveryStreamStatus") == "ACTIVE":
            logs.setdefault(log.stream, log)
    if not logs:
        raise Skipped(f"The Firehose stream is not active, see {stream_active.id}.")
    return combined([await _destination(cluster, log) for log in logs.values()])


async def _destination(cluster: Cluster, log: DeliveryStreamLog) -> Finding:
    lookups = cluster.lookups
    description = await lookups.delivery_stream(log.stream) or {}
    kinds = _kinds(next(iter(description.get("Destinations", ())), {}))
    evidence = f"DescribeDeliveryStream {log.stream}: delivers to {kinds}"
    try:
        newest = await lookups.newest(log)
    except FailedCall as error:
        if error.failure.kind not in (Kind.UNEXPECTED, Kind.NETWORK, Kind.MISSING):
            raise
        return warned(
            f"{evidence}. {error.failure.sentence}",
            f"mqtail cannot show what is delivered there. {error.failure.hint}".rstrip(),
        )
    if newest:
        return passed(f"{evidence}, newest event {age(lookups.clock.now() - newest)} ago.")
    if log.kind != "broker":
        return passed(f"{evidence}, no event in 24 h. There may be no {log.kind} log to deliver.")
    await must_write(cluster)
    await cluster.blame(stream_tag, delivery_role)
    return warned(
        f"{evidence}, no event in 24 h.",
        "The stream's destination can be read, but nothing arrived there within the last day. Look"
        " at the stream's error logs: its role may not be allowed to write there.",
    )


def _kinds(destination: dict[str, object]) -> str:
    """What a stream's destination is: the members of its description tell."""
    suffix = "DestinationDescription"
    kinds = [member.removesuffix(suffix) for member in destination if member.endswith(suffix)]
    # Beside any other destination, S3 is where failed records go.
    others = [kind for kind in kinds if kind != "S3"]
    return " and ".join(others or kinds) or "nowhere"


CHECKS: tuple[Check[Cluster], ...] = (
    stream_active,
    stream_tag,
    delivery_role,
    stream_region,
    stream_destination,
)
"""In the order in which they are shown."""
