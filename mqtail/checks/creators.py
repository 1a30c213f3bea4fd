"""Who created or rebooted a broker, and what IAM knows it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from mqtail.aws.failures import FailedCall, Failure, Kind
from mqtail.checks.commands import aws
from mqtail.checks.lookups import Lookups
from mqtail.formats.cloudtrail_resources import resources

EVENTS = ("RebootBroker", "CreateBroker")
"""The calls after which Amazon MQ makes the log groups, with their caller's permissions."""

_SESSION = re.compile(r"arn:[^:]+:sts::(?P<account>\d*):assumed-role/(?P<role>[^/]+)/.+")
_IDENTITY = re.compile(r"arn:[^:]+:iam::\d*:(?P<type>user|role)/(?:.*/)?(?P<name>[^/]+)")


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
        FailedCall: the caller's own role cannot be looked up.
    """
    if principal := lookups.principal:
        return Creator(await identity_of(lookups, principal), f"{principal} (--principal)")
    try:
        found = await _recorded(lookups, broker_id)
    except FailedCall as error:
        why = f"CloudTrail does not tell who rebooted it: {error.failure.sentence}"
    else:
        if found is not None:
            return found
        why = "CloudTrail's last 90 days do not tell who rebooted it"
    caller = lookups.identity
    return Creator(await identity_of(lookups, caller), f"{caller}, who runs mqtail ({why})")


async def _recorded(lookups: Lookups, broker_id: str) -> Creator | None:
    """The caller of the newest call that CloudTrail has."""
    newest: tuple[str, str, dict[str, Any]] | None = None
    for event_name in EVENTS:
        for text in await lookups.api_calls(event_name):
            if broker_id not in resources(text).brokers:
                continue
            record = _decoded(text)
            if record.get("errorCode") or not isinstance(record.get("userIdentity"), dict):
                continue
            time = str(record.get("eventTime", ""))
            if newest is None or time > newest[0]:
                newest = (time, event_name, record["userIdentity"])
            break
    if newest is None:
        return None
    time, event_name, identity = newest
    arn = _issuer(identity) or await identity_of(lookups, str(identity.get("arn", "")))
    did = {"RebootBroker": "rebooted", "CreateBroker": "created"}[event_name]
    moment = time.replace("T", " ").removesuffix("Z")[:16]
    return Creator(arn, f"{arn or identity.get('arn', '')}, who {did} the broker on {moment} UTC")


def _decoded(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return {}


def _issuer(identity: dict[str, Any]) -> str:
    """The role of a session, with its path, as the record names it."""
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    found = issuer.get("arn") if isinstance(issuer, dict) else ""
    return found if isinstance(found, str) and ":role/" in found else ""


async def identity_of(lookups: Lookups, arn: str) -> str:
    """The user or role behind an ARN, as IAM takes it; empty: IAM knows none (a federated user).

    A session's ARN lacks its role's path, which iam:GetRole tells.

    Raises:
        FailedCall: the role cannot be looked up.
    """
    session = _SESSION.fullmatch(arn)
    if session is None:
        return arn if _IDENTITY.fullmatch(arn) or is_root(arn) else ""
    if session["account"] != lookups.account:
        # Roles of another account cannot be looked up from here.
        return ""
    role = await lookups.role(session["role"])
    if role is None:
        sentence = f"There is no role {session['role']} any more."
        raise FailedCall(Failure(Kind.MISSING, sentence))
    return str(role["Arn"])


def is_root(arn: str) -> bool:
    """Whether it is an account's root user, who may do everything in it."""
    return arn.endswith(":root")


def grant(arn: str, policy_name: str, document: str) -> tuple[str, ...]:
    """The command that gives an identity an inline policy; none where IAM takes none.

    A role of IAM Identity Center takes it from its permission set.
    """
    found = _IDENTITY.fullmatch(arn)
    if found is None or "/aws-reserved/" in arn or "/aws-service-role/" in arn:
        return ()
    options: dict[str, str] = {f"{found['type']}_name": found["name"]}
    return (
        aws(
            "iam",
            f"put-{found['type']}-policy",
            **options,
            policy_name=policy_name,
            policy_document=document,
        ),
    )
