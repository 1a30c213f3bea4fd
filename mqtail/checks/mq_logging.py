"""Checks of a broker itself, and of what it is asked to log."""

from __future__ import annotations

from typing import Any

from mqtail.checks.brokers import Broker, Logging
from mqtail.checks.commands import aws
from mqtail.checks.model import Finding, Skipped, check, failed, passed, warned

GUIDE = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/"
ACTIVEMQ_LOGS = GUIDE + "configure-logging-monitoring-activemq.html"
_STATES = GUIDE + "broker-statuses.html"
_REBOOT = GUIDE + "amazon-mq-rebooting-broker.html"

_WRITES = ("RUNNING", "REPLICA")
_SOON = ("CREATION_IN_PROGRESS", "REBOOT_IN_PROGRESS")


def _update_logs(broker: Broker, **logs: bool) -> str:
    text = ",".join(f"{kind.capitalize()}={str(on).lower()}" for kind, on in logs.items())
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
    state = str(found.get("BrokerState", ""))
    evidence = (
        f"{found.get('EngineType', '')} {found.get('EngineVersion', '')},"
        f" {found.get('DeploymentMode', '')}, {state}."
    )
    if state in _WRITES:
        return passed(evidence)
    if state in _SOON:
        return warned(evidence, f"The broker is in the state {state}: its logs come when it runs.")
    actions = ", ".join(
        str(action.get("ActionRequiredCode", "")) for action in found.get("ActionsRequired") or ()
    )
    required = f" Required: {actions}." if actions else ""
    return failed(evidence, f"The broker does not run, so it writes no logs.{required}")


@check("mq-general-logging", "logging", "General logging is on", doc=ACTIVEMQ_LOGS)
async def general_logging(broker: Broker) -> Finding:
    """The general log, of which every broker has one."""
    return _is_on(broker, (await broker.logging())["general"], failed)


@check("mq-audit-logging", "logging", "Audit logging is on", doc=ACTIVEMQ_LOGS)
async def audit_logging(broker: Broker) -> Finding:
    """The audit log, which ActiveMQ has."""
    log = (await broker.logging()).get("audit")
    if log is None:
        raise Skipped("Amazon MQ offers no audit log for RabbitMQ.")
    return _is_on(broker, log, warned)


def _is_on(broker: Broker, log: Logging, otherwise: Any) -> Finding:
    if log.on:
        return passed(f"DescribeBroker: {log.kind} logging is on.")
    if log.pending:
        raise Skipped(f"{log.kind.capitalize()} logging is switched on, and waits for a reboot.")
    finding: Finding = otherwise(
        f"DescribeBroker: {log.kind} logging is off.",
        f"Nobody has asked Amazon MQ for the {log.kind} log. The change takes effect with a reboot,"
        " or in the next maintenance window.",
        _update_logs(broker, **{log.kind: True}),
        reboot(broker),
    )
    return finding


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
        f"{changes.capitalize()}: that is set, and takes effect when the broker is rebooted (a"
        " broker of one instance is offline for some minutes), or in the next maintenance window."
    )
    if any(log.pending for log in waiting):
        return failed(evidence, cause, reboot(broker))
    return warned(evidence, cause, reboot(broker))
