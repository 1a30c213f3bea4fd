"""Checks of a cluster itself, of where its logs go, and of what CloudTrail records of it."""

from __future__ import annotations

from copy import deepcopy

from mqtail.aws.failures import FailedCall, one_line
from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.model import (
    Check,
    Finding,
    Outcome,
    Skipped,
    check,
    failed,
    passed,
    unknown,
    warned,
)

GUIDE = "https://docs.aws.amazon.com/msk/latest/developerguide/"
LOGGING = GUIDE + "msk-logging.html"
_STATES = GUIDE + "msk-cluster-states.html"
_CLOUDTRAIL = GUIDE + "logging-API-using-cloudtrail.html"

VENDED = "/aws/vendedlogs/"
"""Log groups whose names begin so need no statement of their own in a resource policy."""

_WRITES = ("ACTIVE", "UPDATING", "REBOOTING_BROKER", "MAINTENANCE")
_ENDED = ("FAILED", "DELETING")
_SOON = {
    "CREATING": "its logs come when it is active",
    "HEALING": "Amazon MSK mends it, and the logs of a broker may pause",
}

_PLACES = (
    ("CloudWatch Logs", "CloudWatchLogs", "LogGroup"),
    ("S3", "S3", "Bucket"),
    ("Firehose", "Firehose", "DeliveryStream"),
)
"""Destinations: what people call them, their member of BrokerLogs, and what names them there."""

_UNRECORDED = (
    "Without IAM access control CloudTrail records no Kafka actions of this cluster (CreateTopic,"
    " DeleteTopic, AlterTopic...), only calls of the Amazon MSK API."
)
_ONE_CHANGE = (
    "The command names the cluster's current version, which every change replaces: check again"
    " before you run it after another change of the cluster."
)


@check("msk-cluster", "cluster", "The cluster is there and runs", doc=_STATES)
async def cluster_runs(cluster: Cluster) -> Finding:
    """Its state; brokers that do not run write nothing."""
    lookups = cluster.lookups
    found = await lookups.cluster(cluster.id)
    if found is None:
        return failed(
            f"DescribeClusterV2 {cluster.id}: not found.",
            f"There is no such cluster in {lookups.region}. Check the ARN, --region and --profile.",
        )
    cluster.name = found["ClusterName"]
    state = str(found.get("State", ""))
    evidence = f"DescribeClusterV2: {await _kind(cluster)}, {state}."
    if state in _WRITES:
        return passed(evidence)
    if state in _SOON:
        return warned(evidence, f"The cluster is in the state {state}: {_SOON[state]}.")
    if state not in _ENDED:
        return unknown(evidence, "Whether brokers write logs in this state is not known to mqtail.")
    message = one_line((found.get("StateInfo") or {}).get("Message", ""))
    why = f" AWS says: {message}" if message else ""
    return failed(
        evidence,
        f"The cluster is in the state {state}, in which no broker writes logs.{why}",
    )


async def _kind(cluster: Cluster) -> str:
    """What a cluster consists of."""
    if await cluster.is_serverless():
        return "serverless"
    provisioned = await cluster.provisioned()
    version = (provisioned.get("CurrentBrokerSoftwareInfo") or {}).get("KafkaVersion", "")
    kind = (provisioned.get("BrokerNodeGroupInfo") or {}).get("InstanceType", "")
    return f"{provisioned.get('NumberOfBrokerNodes', 0)} brokers of {kind}, Kafka {version}"


async def must_write(cluster: Cluster) -> None:
    """See that logs can be expected of a cluster.

    Raises:
        Skipped: its state is such that there may be none.
    """
    await cluster.blame(cluster_runs)
    state = str((await cluster.described()).get("State", ""))
    if state in _SOON:
        raise Skipped(f"The cluster is in the state {state}, see {cluster_runs.id}.")


async def allowed_or_not(cluster: Cluster, policy: Check[Cluster]) -> str:
    """What is known of a policy that does not fail, to end a sentence with."""
    if (await cluster.finding(policy)).outcome is Outcome.UNKNOWN:
        return f"; whether a policy allows it could not be told, see {policy.id}"
    return ", though a policy allows it"


@check("msk-logging", "logging", "Broker logs are delivered somewhere", doc=LOGGING)
async def broker_logging(cluster: Cluster) -> Finding:
    """LoggingInfo.BrokerLogs: log group, bucket, Firehose stream."""
    provisioned = await cluster.provisioned()
    logging = provisioned.get("LoggingInfo") or {}
    brokers = logging.get("BrokerLogs") or {}
    evidence = "BrokerLogs: " + ", ".join(
        f"{place} {_told(brokers.get(member) or {}, name)}" for place, member, name in _PLACES
    )
    if any(log.kind == "broker" for log in await cluster.logs()):
        return passed(f"{evidence}.")
    return failed(
        f"{evidence}.",
        "Nobody has asked Amazon MSK for broker logs: what the brokers write is delivered nowhere."
        f"{await _wait(cluster)} {_ONE_CHANGE}",
        *await _logging_fix(cluster, logging),
    )


def _told(described: Described, name: str) -> str:
    """A destination in words."""
    if not described.get("Enabled"):
        return "off"
    return str(described.get(name) or "on, without a name")


async def _wait(cluster: Cluster) -> str:
    """What to do first where Amazon MSK takes no change now."""
    state = str((await cluster.described()).get("State", ""))
    if state == "ACTIVE":
        return ""
    return f" Amazon MSK takes the change only when the cluster is ACTIVE; it is {state} now."


async def _logging_fix(cluster: Cluster, logging: Described) -> tuple[str, ...]:
    """The commands that have broker logs delivered to CloudWatch Logs; all else stays."""
    lookups = cluster.lookups
    wanted = deepcopy(logging)
    brokers = wanted.setdefault("BrokerLogs", {})
    group = (brokers.get("CloudWatchLogs") or {}).get("LogGroup") or f"{VENDED}msk/{cluster.name}"
    brokers["CloudWatchLogs"] = {"Enabled": True, "LogGroup": group}
    try:
        exists = await lookups.log_group(group) is not None
    except FailedCall:
        # The command then says whether it does.
        exists = False
    create = aws("logs", "create-log-group", region=lookups.region, log_group_name=group)
    update = aws(
        "kafka",
        "update-monitoring",
        region=lookups.region,
        cluster_arn=cluster.id,
        current_version=(await cluster.described()).get("CurrentVersion", ""),
        logging_info=wanted,
    )
    return (update,) if exists else (create, update)


async def _in_transit(cluster: Cluster) -> Described:
    """What is encrypted on its way: between clients and brokers, and between brokers."""
    encryption = (await cluster.provisioned()).get("EncryptionInfo") or {}
    return encryption.get("EncryptionInTransit") or {}


@check(
    "cloudtrail-iam-access",
    "CloudTrail",
    "Kafka actions are recorded in CloudTrail",
    doc=_CLOUDTRAIL,
)
async def iam_access(cluster: Cluster) -> Finding:
    """IAM access control: what other clients do to topics is not recorded."""
    if await cluster.is_serverless():
        return passed("A serverless cluster always has IAM access control.")
    authentication = (await cluster.provisioned()).get("ClientAuthentication") or {}
    sasl = authentication.get("Sasl") or {}
    ways = {
        "IAM access control": sasl.get("Iam"),
        "SASL/SCRAM": sasl.get("Scram"),
        "TLS certificates": authentication.get("Tls"),
        "unauthenticated access": {"Enabled": _is_open(authentication)},
    }
    on = {way for way, described in ways.items() if (described or {}).get("Enabled")}
    evidence = "ClientAuthentication: " + ", ".join(
        f"{way} {'on' if way in on else 'off'}" for way in ways
    )
    if "IAM access control" in on:
        others = [way for way in ways if way in on and way != "IAM access control"]
        limit = f" Only what IAM clients do is recorded, not what comes by {', '.join(others)}."
        return passed(f"{evidence}.{limit if others else ''}")
    if (await _in_transit(cluster)).get("InCluster") is False:
        # It cannot be changed (Amazon MSK: update security).
        return warned(
            f"{evidence}.",
            f"{_UNRECORDED} It needs encryption between brokers, which a cluster has from the"
            " beginning or never: this one would have to be replaced.",
        )
    return warned(
        f"{evidence}.",
        f"{_UNRECORDED} Clients that use another way go on with it.{await _wait(cluster)}"
        f" {_ONE_CHANGE}",
        await _allow_iam(cluster, authentication),
    )


def _is_open(authentication: Described) -> bool:
    """Whether clients need not say who they are: also where no way to do so is told at all."""
    if unauthenticated := authentication.get("Unauthenticated"):
        return bool(unauthenticated.get("Enabled"))
    sasl, tls = authentication.get("Sasl") or {}, authentication.get("Tls") or {}
    is_on = any(way.get("Enabled") for way in (*sasl.values(), tls))
    return not is_on and not tls.get("CertificateAuthorityArnList")


async def _allow_iam(cluster: Cluster, authentication: Described) -> str:
    """The command that switches IAM access control on; the other ways stay as they are."""
    wanted = deepcopy(authentication)
    wanted.setdefault("Sasl", {})["Iam"] = {"Enabled": True}
    if _is_open(authentication):
        # Else clients that say nothing might be shut out.
        wanted["Unauthenticated"] = {"Enabled": True}
    options = {"client_authentication": wanted}
    if (await _in_transit(cluster)).get("ClientBroker") == "PLAINTEXT":
        # IAM clients speak TLS.
        options["encryption_info"] = {"EncryptionInTransit": {"ClientBroker": "TLS_PLAINTEXT"}}
    return aws(
        "kafka",
        "update-security",
        region=cluster.lookups.region,
        cluster_arn=cluster.id,
        current_version=(await cluster.described()).get("CurrentVersion", ""),
        **options,
    )
