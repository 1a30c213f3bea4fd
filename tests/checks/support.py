"""Runs the checks on the embedded AWS for tests, and picks from what they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mqtail.aws.signin import SignIn
from mqtail.checks.model import Finding, Outcome
from mqtail.checks.runner import Checkup
from mqtail.demo.server import EmbeddedAws
from mqtail.settings import Settings

Findings = Mapping[tuple[str, str], Finding]
"""What was found, by the target's name and the check's id, in the order in which it is shown."""


async def checked(
    aws: EmbeddedAws,
    *names: str,
    only: Sequence[str] = (),
    principal: str = "",
    identity: str = "",
    region: str = "",
) -> Findings:
    """Run the checks as a user of mqtail would.

    Args:
        aws: what is checked.
        names: targets; none: all there are.
        only: ids of checks; empty: all.
        principal: `--principal`.
        identity: the caller's ARN; empty: the user `demo`.
        region: empty: that of `aws`.
    """
    sign_in = SignIn(
        region=region or aws.region,
        account=aws.account,
        identity=identity or f"arn:aws:iam::{aws.account}:user/demo",
        endpoint_url=aws.url,
    )
    settings = Settings(targets=names, max_requests=1_000)
    checkup = Checkup(settings, sign_in, only=only, principal=principal)
    await checkup.run()
    return {
        (target.name, check.id): finding
        for target in checkup.targets
        for check, finding in target.results
    }


def with_outcome(findings: Findings, *outcomes: Outcome) -> dict[str, Finding]:
    """The findings with one of some outcomes, by the check's id."""
    return {id: found for (_, id), found in findings.items() if found.outcome in outcomes}


def told(findings: Findings) -> str:
    """All findings as text, for the message of an assertion."""
    return "\n".join(
        f"{found.outcome.name} {target} {id}: {found.evidence} {found.cause}"
        for (target, id), found in findings.items()
    )
