"""Checks of a cluster's logs in CloudWatch Logs."""

from __future__ import annotations

from mqtail import formats
from mqtail.aws.failures import FailedCall
from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.amazon_msk.delivery import DELIVERY, delivery_conditions, delivery_context
from mqtail.checks.amazon_msk.logging import GUIDE, LOGGING, VENDED, allowed_or_not, must_write
from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.log_groups import group_checks, last_told, newest_of
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
from mqtail.checks.resource_policies import MOST_POLICIES, WRITING, Writer, writing_is_allowed
from mqtail.checks.statements import CHECK_AGAIN
from mqtail.events import Level
from mqtail.logs import LogGroup
from mqtail.targets import instance_of
from mqtail.times import age, utc_minute

_VENDED_DOC = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html"
)
_TROUBLE = GUIDE + "troubleshooting.html"

_TOO_MANY = "InvalidInput.NumberOfCloudWatchResourcePoliciesLimitExceeded"
_TOO_LONG = "InvalidInput.LengthOfCloudWatchResourcePolicyLimitExceeded"
_LENGTHS = (5_120, 51_200)
"""Characters of a resource policy: the limit that Amazon MSK documents, and that of the API.
Which of them holds for a policy of the account is not documented; for one of a log group it is
the latter."""
_STATEMENT_CHARACTERS = 512
"""Room that one more statement takes, about."""

_HOUR_MS = 3_600_000
_VERBOSE = '?"] DEBUG" ?"] TRACE"'
_MOST_STREAMS = 100
"""Log streams that one FilterLogEvents takes."""

group_class, group_key, group_retention = group_checks("msk")


@check("msk-log-group", "log groups", "The log group exists", doc=LOGGING)
async def group_exists(cluster: Cluster) -> Finding:
    """Amazon MSK makes no log group; what it cannot deliver is lost."""
    wanted = dict.fromkeys(log.name for log in await cluster.group_logs())
    existing = await cluster.groups_there()
    missing = [name for name in wanted if name not in existing]
    if not missing:
        return passed(f"DescribeLogGroups: {' and '.join(wanted)}.")
    region = cluster.lookups.region
    policy = await _policy_finding(cluster, list(wanted), existing)
    again = f" {CHECK_AGAIN}" if CHECK_AGAIN in policy.cause else ""
    return failed(
        f"DescribeLogGroups: there is no {' and no '.join(missing)} in {region}.",
        "The cluster's logs are to go there, and Amazon MSK does not create log groups: what the"
        f" brokers write is lost until the group is there.{again}",
        *(aws("logs", "create-log-group", region=region, log_group_name=name) for name in missing),
        *policy.fix,
    )


async def _policy_finding(
    cluster: Cluster, groups: list[str], existing: dict[str, Described]
) -> Finding:
    """Whether Amazon MSK may write into log groups, some of which are missing."""
    try:
        return await _writing(cluster, groups, existing)
    except FailedCall as error:
        # It is told by msk-delivery-policy once the group is there.
        return unknown(error.failure.sentence, "")


@check(
    "msk-delivery-policy",
    "permissions",
    "A resource policy lets Amazon MSK write",
    doc=_VENDED_DOC,
)
async def delivery_policy(cluster: Cluster) -> Finding:
    """logs:CreateLogStream and logs:PutLogEvents, in a policy of the account or of the group."""
    existing = await cluster.existing_groups()
    finding = await _writing(cluster, list(existing), existing)
    wanted = dict.fromkeys(log.name for log in await cluster.group_logs())
    if finding.outcome is not Outcome.FAIL or len(wanted) == len(existing):
        return finding
    # The statement is for all log groups, like that of msk-log-group: one replaces the other.
    fix = (await _writing(cluster, list(wanted), existing)).fix
    return failed(finding.evidence, finding.cause, *fix)


async def _writing(cluster: Cluster, groups: list[str], existing: dict[str, Described]) -> Finding:
    """Whether the delivery of logs may write into log groups."""
    lookups = cluster.lookups
    resources = [f"{lookups.log_group_arn(group)}:log-stream:*" for group in groups]
    writer = Writer(
        principal=DELIVERY,
        name="Amazon MSK",
        context=delivery_context(cluster),
        statement={
            "Sid": "AWSLogDeliveryWrite20150319",
            "Effect": "Allow",
            "Principal": {"Service": DELIVERY},
            "Action": list(WRITING),
            "Resource": resources[0] if len(resources) == 1 else resources,
            "Condition": delivery_conditions(lookups),
        },
        policy_name=f"AmazonMSK-logs-{cluster.name}",
        shared=True,
        quota_error=_TOO_MANY,
    )
    streams = dict.fromkeys(groups, f"{cluster.name}-Broker-1")
    return await writing_is_allowed(lookups, writer, streams, list(existing))


@check("msk-policy-limits", "permissions", "Resource policies have room", doc=_TROUBLE)
async def policy_limits(cluster: Cluster) -> Finding:
    """Number and length: where these end, Amazon MSK refuses to set the delivery up."""
    groups = dict.fromkeys(log.name for log in await cluster.group_logs())
    account = await cluster.lookups.account_policies()
    own = [
        policy
        for name in await cluster.groups_there()
        for policy in await cluster.lookups.group_policies(name)
    ]
    lengths = [
        (str(policy.get("policyName") or policy.get("resourceArn")), len(text), limits)
        for policies, limits in ((account, _LENGTHS), (own, _LENGTHS[1:]))
        for policy in policies
        if DELIVERY in (text := policy.get("policyDocument", ""))
    ]
    texts = [f"{name} {length:,} characters" for name, length, _ in lengths]
    evidence = (
        f"DescribeResourcePolicies: {len(account)} of {MOST_POLICIES} policies of the account are"
        f" used. Those that name {DELIVERY}: {', '.join(texts) or 'none'}."
    )
    causes = []
    if len(account) >= MOST_POLICIES:
        causes.append(
            "No policy can be added any more: where Amazon MSK needs one, it refuses with"
            f" {_TOO_MANY}. Put the statements of several policies into one."
        )
    full = [
        f"{name} ({length:,} of {limit:,} characters)"
        for name, length, limits in lengths
        for limit in limits
        if limit - _STATEMENT_CHARACTERS < length <= limit
    ]
    if full:
        causes.append(
            f"There may be no room for another statement in {' and '.join(full)}: Amazon MSK then"
            f" refuses with {_TOO_LONG}."
        )
    if not causes:
        return passed(evidence)
    if not all(name.startswith(VENDED) for name in groups):
        causes.append(
            f"A log group whose name begins with {VENDED} needs no further statement; use one for"
            " the cluster's logs."
        )
    return warned(evidence, " ".join(causes))


@check("msk-log-streams", "delivery", "The brokers have log streams", doc=LOGGING)
async def streams_exist(cluster: Cluster) -> Finding:
    """How Amazon MSK calls streams is not documented: an id that none names is a warning only."""
    streams = await cluster.streams_by_log()
    found = {log: names for log, names in streams.items() if log.kind == "broker"}
    if not found:
        raise Skipped("Broker logs are not delivered to CloudWatch Logs.")
    texts = [
        f"{log.name}: {len(names) or 'no'} log stream{'s' * (len(names) != 1)} of this cluster"
        for log, names in found.items()
    ]
    evidence = f"DescribeLogStreams: {'; '.join(texts)}."
    names = [name for listed in found.values() for name in listed]
    if not names:
        await must_write(cluster)
        await cluster.blame(group_exists, delivery_policy, group_key)
        allowed = await allowed_or_not(cluster, delivery_policy)
        return failed(
            evidence,
            f"Nothing of this cluster was delivered there{allowed}. Brokers write all the time: if"
            " the delivery was set up within the last minutes, look again later; else switch it off"
            " and on again for this cluster (update-monitoring).",
        )
    count = int((await cluster.provisioned()).get("NumberOfBrokerNodes", 0))
    ids = {id for name in names if (id := instance_of("msk", name))}
    if not ids or len(ids) >= count:
        brokers = f" They name the brokers {_listed(ids)}." if ids else ""
        return passed(f"{evidence}{brokers}")
    return warned(
        f"{evidence} They name the brokers {_listed(ids)}.",
        f"The cluster has {count} brokers, and {count - len(ids)} of them seem to have no log"
        " stream. A broker that was added gets one as soon as it writes.",
    )


def _listed(ids: set[str]) -> str:
    return ", ".join(sorted(ids, key=int))


@check("msk-events", "delivery", "Events flow to CloudWatch Logs", doc=LOGGING)
async def events_flow(cluster: Cluster) -> Finding:
    """The age of the newest event, as mqtail itself reads it."""
    logs = await _readable_logs(cluster)
    evidence, newest = await newest_of(cluster.lookups, logs)
    if any(newest.values()):
        return passed(f"{evidence}.")
    await must_write(cluster)
    await cluster.blame(delivery_policy)
    last = max([await last_told(cluster.lookups, log.name, log.holds) for log in logs])
    told = f"; the log streams tell of {utc_minute(last)}" if last else ""
    old = age(cluster.lookups.clock.now() - last)
    ago = f" The newest event is about {old} old." if last else ""
    return failed(
        f"{evidence}{told}.",
        f"Nothing was delivered within the last day, though brokers write all the time.{ago} If a"
        " resource policy was missing until now, events come within minutes; else switch the"
        " delivery off and on again for this cluster (update-monitoring).",
    )


async def _readable_logs(cluster: Cluster) -> list[LogGroup]:
    """The broker logs that have streams and can be read.

    Raises:
        Skipped: there are none.
    """
    streams = await cluster.streams_by_log()
    logs = [log for log, names in streams.items() if names and log.kind == "broker"]
    if not logs:
        raise Skipped("There is no log stream to read, see msk-log-streams.")
    await cluster.blame(group_class, group_key)
    return logs


@check("msk-log-level", "delivery", "No DEBUG or TRACE lines go to CloudWatch Logs", doc=LOGGING)
async def log_level(cluster: Cluster) -> Finding:
    """A log level that was set dynamically (KIP-412), as the lines of the last hour show it."""
    lines, loggers, brokers = 0, dict[str, None](), set[str]()
    streams = await cluster.streams_by_log()
    for log in await _readable_logs(cluster):
        # Of a shared group, the first events found might all be another cluster's.
        names = tuple(streams[log][:_MOST_STREAMS]) if log.shared_with else ()
        for event in await cluster.lookups.matching(log.name, _VERBOSE, _HOUR_MS, names):
            if not log.holds(event.log_stream_name) or not _is_verbose(event.message, log.format):
                continue
            lines += 1
            found = formats.by_name(log.format).parse(event.message)
            if found is not None and found.logger:
                loggers[found.logger] = None
            if broker := instance_of("msk", event.log_stream_name):
                brokers.add(broker)
    if not lines:
        return passed("FilterLogEvents: no line of the level DEBUG or TRACE in the last hour.")
    named = f" of {', '.join(list(loggers)[:3])}" if loggers else ""
    where = f" on broker {_listed(brokers)}" if brokers else ""
    return warned(
        f"FilterLogEvents, the last hour: at least {lines} line{'s' * (lines != 1)} of the level"
        f" DEBUG or TRACE{named}{where}.",
        "Amazon MSK may deliver only a sample of these lines to CloudWatch Logs, and this can"
        " significantly impact the brokers' performance. Deliver such logs to S3 or Firehose"
        " instead, and set the loggers back to INFO (kafka-configs.sh --alter --entity-type"
        " broker-loggers).",
    )


def _is_verbose(message: str, format: str) -> bool:
    return formats.level(message, format) in (Level.TRACE, Level.DEBUG)


CHECKS: tuple[Check[Cluster], ...] = (
    group_exists,
    group_class,
    group_key,
    group_retention,
    delivery_policy,
    policy_limits,
    streams_exist,
    events_flow,
    log_level,
)
"""In the order in which they are shown."""
