"""What the caller, with whose credentials mqtail runs, may read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from mqtail.aws.failures import FailedCall
from mqtail.checks.identities import grant, identity_of, is_root
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Check, Finding, Subject, check, passed, unknown, warned
from mqtail.checks.permissions import PURPOSES, READING, reading_policy

_POLICIES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html"
)
_POLICY_NAME = "mqtail-reading"

_EXPLICIT = "explicit deny"
"""In AWS's words where a policy denies, instead of none allowing."""


@dataclass(slots=True)
class _Asked:
    """What IAM says that the caller may not do."""

    identity: str = ""
    """The user or role, as IAM takes it; empty: IAM cannot be asked."""
    refused: dict[str, bool] = field(default_factory=dict)
    """Actions that are not allowed; True: a policy denies it explicitly."""
    problem: str = ""
    """Why not everything is known."""


async def _asked(account: Subject) -> _Asked:
    """Ask IAM; where that does not work, it is said why."""
    lookups, asked = account.lookups, _Asked()
    caller = lookups.identity
    try:
        asked.identity = await identity_of(lookups, caller)
        if not asked.identity:
            asked.problem = f"IAM cannot be asked about {caller or 'an unknown caller'}."
        elif not is_root(asked.identity):
            asked.refused = await _simulated(lookups, asked.identity)
    except FailedCall as error:
        # A permission that is missing for this is among those denied.
        asked.problem = error.failure.sentence
    return asked


@check(
    "caller-rights",
    "mqtail",
    "mqtail may read what it needs",
    doc=_POLICIES,
    last=True,
    ahead=_asked,
)
async def caller_rights(account: Subject) -> Finding:
    """What was denied in this run, and what SimulatePrincipalPolicy says would be."""
    lookups = account.lookups
    asked = await _asked(account)
    # A simulation knows nothing of single resources: where the call worked, it is wrong.
    refused = {
        action: explicit
        for action, explicit in asked.refused.items()
        if action not in lookups.allowed
    }
    refused |= {action: _EXPLICIT in told for action, told in lookups.denied.items()}
    evidence = _evidence(lookups, asked)
    if refused:
        return _missing(lookups, asked.identity, refused, evidence)
    if asked.problem:
        return unknown(
            evidence,
            "All that was called in this run is permitted. What else mqtail would call could not be"
            " looked at: IAM answers for users and roles of this account.",
        )
    return passed(evidence)


async def _simulated(lookups: Lookups, identity: str) -> dict[str, bool]:
    """Actions that IAM does not allow; one call for each service, IAM refuses to mix some."""
    refused = {}
    for actions in READING.values():
        decisions = await lookups.simulated(identity, tuple(actions), "*")
        for action in actions:
            decision = decisions.get(action, "implicitDeny")
            if decision != "allowed":
                refused[action] = decision == "explicitDeny"
    return refused


def _evidence(lookups: Lookups, asked: _Asked) -> str:
    """What was tried, and what came back."""
    caller = asked.identity or lookups.identity or "The caller"
    if asked.problem:
        tried = f"SimulatePrincipalPolicy of {caller}: {asked.problem}"
    elif is_root(asked.identity):
        tried = f"{caller} is the account's root user."
    else:
        count = sum(map(len, READING.values()))
        allowed = count - len(asked.refused)
        tried = f"SimulatePrincipalPolicy of {caller}: {allowed} of {count} actions are allowed."
    called = f"Called in this run: {len(lookups.allowed)} actions that are permitted"
    return f"{tried} {called}, {len(lookups.denied) or 'none'} that {_are(lookups.denied)} not."


def _are(items: dict[str, str]) -> str:
    return "is" if len(items) == 1 else "are"


def _missing(lookups: Lookups, identity: str, refused: dict[str, bool], evidence: str) -> Finding:
    """Name what is missing, and what it is for."""
    texts = [
        f"{action} ({PURPOSES.get(action, lookups.denied.get(action, ''))})"
        for action in sorted(refused)
    ]
    cause = f"mqtail may not call {', '.join(texts)}."
    explicit = sorted(action for action, denies in refused.items() if denies)
    if explicit:
        cause += f" An explicit Deny, which has to go first, keeps it from {', '.join(explicit)}."
    if all(refused.values()) or not PURPOSES.keys() & refused.keys():
        return warned(evidence, cause)
    document = json.dumps(reading_policy(), separators=(",", ":"))
    fix = grant(identity, _POLICY_NAME, document)
    if not fix:
        cause += (
            " `mqtail check --print-policy` prints the policy that allows it; put it where the"
            " caller's permissions come from (a permission set, say)."
        )
    return warned(evidence, cause, *fix)


CHECKS: tuple[Check[Any], ...] = (caller_rights,)
