"""Deciding by policies as AWS does: what a request does not tell is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mqtail.policies import ABSENT, Decision, Document, Effect, Request, decide


def decide_in_full(documents: Sequence[Document], request: Request) -> tuple[Decision, list[str]]:
    """What policies say to a request, and the context keys that they ask for and nobody gave."""
    known = {key.lower(): value for key, value in request.context.items()}
    missing: list[str] = []
    while True:
        decision = decide(documents, replace(request, context=known))
        asked = {unjudged.key.lower(): unjudged.key for unjudged in decision.unjudged}
        new = sorted(asked.keys() - known.keys())
        if not new:
            return decision, missing
        missing += [asked[key] for key in new]
        known |= dict.fromkeys(new, ABSENT)


def allowed(documents: Sequence[Document], request: Request) -> bool:
    """Whether policies allow a request."""
    decision, _ = decide_in_full(documents, request)
    return decision.effect is Effect.ALLOWED
