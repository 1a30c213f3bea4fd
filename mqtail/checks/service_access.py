"""Whether the policy of a bucket or of a key lets a service of AWS in, and what would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mqtail.checks.model import Finding, failed, passed, unknown
from mqtail.checks.statements import (
    CHECK_AGAIN,
    Plain,
    by_effect,
    changed,
    deciding,
    exempting,
    extended,
    missed_text,
    nearest,
    statement_name,
    unjudged_text,
)
from mqtail.policies import Decision, Document, Effect, Request, Statement, decide


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
        found = by_effect(decisions)
        if denied := found[Effect.DENIED]:
            return self._denied(denied, evidence)
        if missing := found[Effect.NOT_ALLOWED]:
            requests = [request for request, _ in missing]
            return failed(
                evidence, self._missing(requests), self.put(self._granting(self.document))
            )
        if undecided := found[Effect.UNDECIDED]:
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
        culprits = deciding(denied)
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
                exempting(one, self.sources) if one in culprits else one.plain
                for one in self.document.statements
            ],
        )
        return failed(evidence, cause, self.put(self._granting(mended)))

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
