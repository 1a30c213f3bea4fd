"""Who created or rebooted a broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mqtail.aws.failures import SIGN_IN_KINDS, FailedCall
from mqtail.checks.identities import identity_of
from mqtail.checks.lookups import Lookups
from mqtail.formats.cloudtrail_record import decoded
from mqtail.formats.cloudtrail_resources import resources

DID = {"RebootBroker": "rebooted", "CreateBroker": "created"}
"""The calls after which Amazon MQ makes the log groups, with their caller's permissions."""


@dataclass(frozen=True, slots=True)
class Creator:
    """An identity with whose permissions Amazon MQ makes log groups."""

    arn: str
    """Of a user, a role, or an account's root user; empty where IAM cannot be asked about it."""
    told: str
    """Where that is known from: `ops, who rebooted the broker on 2026-11-20 09:12 UTC`."""


async def creator_of(lookups: Lookups, broker_id: str) -> Creator:
    """Who rebooted or created a broker last.

    It is whom the user names (`--principal`), else whom CloudTrail tells, else the caller.

    Raises:
        FailedCall: the role of a session cannot be looked up, or the credentials are no good.
    """
    if principal := lookups.principal:
        return Creator(await identity_of(lookups, principal), f"{principal} (--principal)")
    try:
        call = await _newest_call(lookups, broker_id)
    except FailedCall as error:
        if error.failure.kind in SIGN_IN_KINDS:
            raise
        why = f"CloudTrail could not be asked who rebooted it: {error.failure.sentence}"
    else:
        if call is not None:
            return await _caller_of(lookups, *call)
        why = "CloudTrail's event history does not tell who rebooted it"
    caller = lookups.identity
    arn = await identity_of(lookups, caller)
    return Creator(arn, f"{caller or 'The caller'}, who runs mqtail ({why})")


_Call = tuple[str, str, dict[str, Any]]
"""Time, operation, and the userIdentity of a CloudTrail record."""


async def _newest_call(lookups: Lookups, broker_id: str) -> _Call | None:
    """The newest reboot or creation of a broker that CloudTrail tells of."""
    newest: _Call | None = None
    for event_name in DID:
        for text in await lookups.api_calls(event_name):
            if broker_id not in resources(text).brokers:
                continue
            record = decoded(text)
            if record is None or record.error_code or not isinstance(record.user_identity, dict):
                continue
            time = str(record.event_time or "")
            if newest is None or time > newest[0]:
                newest = (time, event_name, record.user_identity)
            break
    return newest


async def _caller_of(
    lookups: Lookups, time: str, event_name: str, identity: dict[str, Any]
) -> Creator:
    """Who made a call."""
    told = str(identity.get("arn", ""))
    arn = _issuer(identity) or await identity_of(lookups, told)
    who = arn or told or "Somebody whom CloudTrail does not name"
    moment = time.replace("T", " ").removesuffix("Z")[:16]
    return Creator(arn, f"{who}, who {DID[event_name]} the broker on {moment} UTC")


def _issuer(identity: dict[str, Any]) -> str:
    """The role of a session, with its path, as the record names it."""
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    found = issuer.get("arn") if isinstance(issuer, dict) else ""
    return found if isinstance(found, str) and ":role/" in found else ""
