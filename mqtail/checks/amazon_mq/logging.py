"""Checks of a broker itself, and of what it is asked to log."""

from __future__ import annotations

from collections.abc import Callable

from mqtail.checks.amazon_mq.broker import Broker, Logging
from mqtail.checks.commands import aws
from mqtail.checks.model import Finding, Skipped, check, failed, passed, unknown, warned

GUIDE = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/"
ACTIVEMQ_LOGS = GUIDE + "configure-logging-monitoring-activemq.html"
_STATES = GUIDE + "broker-statuses.html"
_REBOOT = GUIDE + "amazon-mq-rebooting-broker.html"
OFFLINE = " (a single-instance broker is offline for some minutes meanwhile)"
"""What has to be said of a reboot."""

_WRITES = ("RUNNING", "REPLICA")
STARTING = ("CREATION_IN_PROGRESS", "REBOOT_IN_PROGRESS")
"""States of a broker that will write logs soon."""


async def _switching_on(broker: Broker, *kinds: str) -> str:
    """The command that switches logs on.

    It names the others that are to be on, too: that UpdateBroker leaves alone what is not named is
    not documented. The general log, which every broker should have, is always among them.
    """
    wanted = [
        log.kind
        for log in (await broker.logging()).values()
        if log.kind in ("general", *kinds) or (log.on if log.pending is None else log.pending)
    ]
    text = ",".join(f"{kind.capitalize()}=true" for kind in wanted)
    return aws("mq", "update-broker", region=broker.lookups.region, broker_id=broker.id, logs=text)


def reboot(broker: Broker) -> str:
    """The command that reboots a broker."""
    return aws("mq", "reboot-broker", region=broker.lookups.region, broker_id=broker.id)


@check("mq-broker", "broker", "The broker is there and runs", doc=_STATES)
async def broker_runs(broker: Broker) -> Finding:
    """Its state; a broker that does not run writes nothing."""
    found = await broker.lookups.broker(broker.id)
    region = broker.lookups.region
    if found is None:
        return failed(
            f"DescribeBroker {broker.id} in {region}: not found.",
            f"There is no broker {broker.id} in {region}. Check the id, --region and --profile.",
        )
    state = await broker.state()
    engine = f"{found.get('EngineType', '')} {found.get('EngineVersion', '')}".strip()
    told = ", ".join(filter(None, (engine, found.get("DeploymentMode"), state)))
    evidence = f"DescribeBroker: {told}."
    if state in _WRITES:
        return passed(evidence)
    if state in STARTING:
        return warned(evidence, f"The broker is in the state {state}: its logs come when it runs.")
    if state == "CRITICAL_ACTION_REQUIRED":
        codes = [str(one.get("ActionRequiredCode", "")) for one in found.get("ActionsRequired", ())]
        required = f" Action required: {', '.join(codes)}." if codes else ""
        return warned(
            evidence,
            f"The broker runs, but is degraded, and its logs may stop.{required} It cannot be"
            " rebooted in this state.",
        )
    if not state:
        return unknown(evidence, "DescribeBroker does not tell whether the broker runs.")
    return failed(evidence, f"In the state {state} the broker does not run, and writes no logs.")


@check("mq-general-logging", "logging", "General logging is on", doc=ACTIVEMQ_LOGS)
async def general_logging(broker: Broker) -> Finding:
    """The general log, of which every broker has one."""
    return await _is_on(broker, (await broker.logging())["general"], failed)


@check("mq-audit-logging", "logging", "Audit logging is on", doc=ACTIVEMQ_LOGS)
async def audit_logging(broker: Broker) -> Finding:
    """The audit log, which ActiveMQ has."""
    log = (await broker.logging()).get("audit")
    if log is None:
        engine = "RabbitMQ" if await broker.engine() == "RABBITMQ" else "this engine"
        raise Skipped(f"Amazon MQ offers no audit log for {engine}.")
    return await _is_on(broker, log, warned)


async def _is_on(broker: Broker, log: Logging, otherwise: Callable[..., Finding]) -> Finding:
    """Whether a log is on; what `otherwise` makes of it where it is not."""
    if log.on:
        return passed(f"DescribeBroker: {log.kind} logging is on.")
    if log.pending:
        raise Skipped(f"{log.kind.capitalize()} logging is set to on, and waits for a reboot.")
    return otherwise(
        f"DescribeBroker: {log.kind} logging is off.",
        f"The {log.kind} log is not switched on, so Amazon MQ does not publish it. The change takes"
        f" effect with a reboot{OFFLINE}, or in the next maintenance window.",
        await _switching_on(broker, log.kind),
        reboot(broker),
    )


@check("mq-logging-pending", "logging", "No change of logging waits for a reboot", doc=_REBOOT)
async def logging_pending(broker: Broker) -> Finding:
    """Logs.Pending: what is set and not in force."""
    waiting = [log for log in (await broker.logging()).values() if log.pending is not None]
    if not waiting:
        return passed("DescribeBroker: no pending change of logging.")
    changes = " and ".join(
        f"{log.kind} logging {'on' if log.pending else 'off'}" for log in waiting
    )
    evidence = f"DescribeBroker, pending: {changes}."
    cause = (
        f"{changes.capitalize()}: that is set, and takes effect when the broker is rebooted"
        f"{OFFLINE}, or in the next maintenance window."
    )
    fix = []
    ending = [log.kind for log in waiting if not log.pending]
    if ending:
        cause += f" The fix keeps {' and '.join(ending)} logging on."
        fix.append(await _switching_on(broker, *ending))
    if len(ending) == len(waiting):
        return warned(evidence, cause, *fix)
    return failed(evidence, cause, *fix, reboot(broker))
