"""Whether the policy of a bucket or of a key lets a service of AWS in, and what would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from mqtail.checks.amazon_msk.cluster import Cluster
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Finding, failed, passed, unknown
from mqtail.checks.statements import (
    CHECK_AGAIN,
    Plain,
    changed,
    extended,
    missed_text,
    nearest,
    statement_name,
    unjudged_text,
)
from mqtail.policies import Decision, Document, Effect, Request, Statement, decide

DELIVERY = "delivery.logs.amazonaws.com"
"""The service principal that delivers logs for Amazon MSK and other services."""

_EXEMPT = "ArnNotLikeIfExists"
_SOURCE = "aws:SourceArn"


def delivery_sources(lookups: Lookups) -> str:
    """ARN pattern of what logs are delivered for: of CloudWatch Logs, not of Amazon MSK.

    Source: the CloudWatch Logs user guide, logs sent to CloudWatch Logs, and to S3.
    """
    return f"arn:{lookups.partition}:logs:{lookups.region}:{lookups.account}:*"


def delivery_conditions(lookups: Lookups) -> Plain:
    """The conditions that AWS documents for log delivery: for this account's logs only."""
    return {
        "StringEquals": {"aws:SourceAccount": lookups.account},
        "ArnLike": {_SOURCE: delivery_sources(lookups)},
    }


def delivery_context(cluster: Cluster) -> dict[str, str]:
    """What log delivery tells of itself when it delivers a cluster's logs.

    The end of aws:SourceArn is not documented for Amazon MSK: it is that of a delivery source.
    """
    lookups = cluster.lookups
    scope = delivery_sources(lookups).removesuffix("*")
    source = f"{scope}delivery-source:{cluster.name}"
    return {"aws:SourceAccount": lookups.account, _SOURCE: source}


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a policy has to allow."""

    statement: Plain
    """The statement that allows it."""
    requests: tuple[Request, ...]
    """What it allows."""


@dataclass(frozen=True, slots=True)
class Access:
    """A policy, and what it has to allow a service.

    Statements are added, or made to leave the service out: what the policy says of others stays.
    """

    service: str
    """The principal: `delivery.logs.amazonaws.com`."""
    document: Document
    """The policy; without statements where there is none."""
    needs: Sequence[Need]
    sources: str
    """ARN pattern of what the service acts for (aws:SourceArn): a Deny leaves out only that."""
    put: Callable[[Document], str]
    """The command that puts a policy in its place."""

    def judged(self, evidence: str) -> Finding:
        """What the policy says.

        Args:
            evidence: where it was looked up, in words.
        """
        decisions = [
            (request, decide([self.document], request))
            for need in self.needs
            for request in need.requests
        ]
        by_effect: dict[Effect, list[tuple[Request, Decision]]] = {effect: [] for effect in Effect}
        for request, decision in decisions:
            by_effect[decision.effect].append((request, decision))
        if denied := by_effect[Effect.DENIED]:
            return self._denied(denied, evidence)
        if missing := by_effect[Effect.NOT_ALLOWED]:
            requests = [request for request, _ in missing]
            return failed(
                evidence, self._missing(requests), self.put(self._granting(self.document))
            )
        if undecided := by_effect[Effect.UNDECIDED]:
            return unknown(
                f"{evidence} {unjudged_text(undecided[0][1])}",
                f"Whether {self.service} meets that condition cannot be told from outside.",
            )
        actions = dict.fromkeys(request.action for request, _ in decisions)
        return passed(f"{evidence} It allows {self.service} {', '.join(actions)}.")

    def _missing(self, requests: Sequence[Request]) -> str:
        """What is not allowed, and the statements that come near it."""
        actions = ", ".join(dict.fromkeys(request.action for request in requests))
        name = self.document.name
        what = f"Nothing in {name}" if self.document.statements else "There is no policy that"
        cause = f"{what} allows {self.service} {actions}, which log delivery needs."
        near: dict[Statement, str] = {}
        for request in requests:
            found = nearest([self.document], [request])
            if found and len({miss.element for miss in found[1]}) == 1:
                near.setdefault(found[0], missed_text(*found))
        texts = [f" {statement_name(one)} does not apply: {text}." for one, text in near.items()]
        return f"{cause}{''.join(texts)} {CHECK_AGAIN}"

    def _denied(self, denied: Sequence[tuple[Request, Decision]], evidence: str) -> Finding:
        """A Deny is in force: it has to leave these logs out."""
        culprits = list(
            dict.fromkeys(statement for _, decision in denied for statement in decision.statements)
        )
        actions = ", ".join(dict.fromkeys(request.action for request, _ in denied))
        where = ", ".join(map(statement_name, culprits))
        cause = (
            f"{where} explicitly denies {self.service} {actions}, and a Deny comes before every"
            " Allow. The fix makes it leave out the delivery of this account's logs; for all else"
            f" it stays. {CHECK_AGAIN}"
        )
        mended = changed(
            self.document,
            [
                self._narrowed(one) if one in culprits else one.plain
                for one in self.document.statements
            ],
        )
        return failed(evidence, cause, self.put(self._granting(mended)))

    def _narrowed(self, statement: Statement) -> Plain:
        """A Deny statement that does not apply to what the service does for this account.

        Only requests of services have aws:SourceArn: all other principals are denied as before,
        and so is the service when it delivers the logs of other accounts.
        """
        plain = deepcopy(statement.plain)
        keys = plain.setdefault("Condition", {}).setdefault(_EXEMPT, {})
        # Keys of conditions are alike in any case.
        key = next((key for key in keys if key.lower() == _SOURCE.lower()), _SOURCE)
        others = keys.get(key, [])
        keys[key] = [*([others] if isinstance(others, str) else others), self.sources]
        return plain

    def _granting(self, document: Document) -> Document:
        """A document with the statements that it needs."""
        added = [
            need.statement
            for need in self.needs
            if any(
                decide([document], request).effect is Effect.NOT_ALLOWED
                for request in need.requests
            )
        ]
        return extended(document, added)
