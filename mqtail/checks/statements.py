"""Statements of policy documents: what one misses, in words, and documents with others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from mqtail.policies import (
    ABSENT,
    Decision,
    Document,
    Effect,
    Miss,
    Request,
    Statement,
    arn_difference,
    misses,
)

CHECK_AGAIN = (
    "The fix puts a whole policy in place of the one that was read: check again before you run"
    " another fix that changes the same policy."
)
"""What has to be said of a command that replaces a policy: it would undo another's change."""

Plain = dict[str, Any]
"""A statement, or a document, as JSON has it."""

SOURCE_ARN = "aws:SourceArn"
"""The condition key that tells for which resource a service acts."""

SERVICE_CONTEXT: dict[str, str | tuple[str, ...]] = {
    "aws:SecureTransport": "true",
    **dict.fromkeys(
        ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceVpc", "aws:SourceVpce"), ABSENT
    ),
}
"""What is known of every request of a service: it comes by TLS, and belongs to no organization and
no VPC."""


def statement_name(statement: Statement) -> str:
    """What a statement is called: by its Sid, or by its number."""
    return f"Statement {statement.sid or statement.index + 1} of {statement.document.name}"


def document_names(documents: Iterable[Document]) -> str:
    """The names of documents, each once."""
    return ", ".join(dict.fromkeys(document.name for document in documents))


def size_text(document: Document) -> str:
    """How many statements a document has."""
    count = len(document.statements)
    return f"{count} statement{'s' * (count != 1)}"


def unjudged_text(decision: Decision) -> str:
    """What leaves a decision open, in words."""
    conditions = "; ".join(dict.fromkeys(one.text for one in decision.unjudged))
    names = document_names(one.statement.document for one in decision.unjudged)
    return f"Condition of {names}: {conditions}."


def changed(document: Document, statements: list[Plain]) -> Document:
    """A document with other statements."""
    return Document.parse(document.plain | {"Statement": statements}, document.name)


def extended(
    document: Document, added: Iterable[Plain], without: Statement | None = None
) -> Document:
    """A document with further statements; a Sid that is taken gets a number."""
    statements = [one.plain for one in document.statements if one is not without]
    for statement in added:
        taken = {one.get("Sid") for one in statements}
        sid, number = str(statement.get("Sid", "")), 1
        while sid and sid in taken:
            number += 1
            sid = f"{statement['Sid']}{number}"
        statements.append(statement | ({"Sid": sid} if sid else {}))
    return changed(document, statements)


def by_effect(
    decisions: Iterable[tuple[Request, Decision]],
) -> dict[Effect, list[tuple[Request, Decision]]]:
    """Requests with what was decided, by the effect; each effect has its list."""
    found: dict[Effect, list[tuple[Request, Decision]]] = {effect: [] for effect in Effect}
    for request, decision in decisions:
        found[decision.effect].append((request, decision))
    return found


def deciding(decisions: Iterable[tuple[Request, Decision]]) -> list[Statement]:
    """The statements that decide, each once."""
    return list(dict.fromkeys(one for _, decision in decisions for one in decision.statements))


def exempting(statement: Statement, sources: str) -> Plain:
    """A Deny statement that does not apply to what a service does for this account.

    Only requests of services have aws:SourceArn: all other principals are denied as before, and so
    is the service when it acts for other accounts.

    Args:
        sources: ARN pattern of what the service acts for.
    """
    plain = deepcopy(statement.plain)
    keys = plain.setdefault("Condition", {}).setdefault("ArnNotLikeIfExists", {})
    # Keys of conditions are alike in any case.
    key = next((key for key in keys if key.lower() == SOURCE_ARN.lower()), SOURCE_ARN)
    others = keys.get(key, [])
    keys[key] = [*([others] if isinstance(others, str) else others), sources]
    return plain


def nearest(
    documents: Sequence[Document],
    requests: Sequence[Request],
    is_about: Callable[[Statement], bool] = lambda _: True,
) -> tuple[Statement, list[Miss]] | None:
    """The Allow statement that is meant for requests, to all appearance, and what it misses.

    Args:
        is_about: whether a statement whose resources are others is about these all the same.
    """
    best: tuple[int, Statement, list[Miss]] | None = None
    for document in documents:
        for statement in document.statements:
            if statement.effect != "Allow":
                continue
            missed: dict[tuple[str, str], Miss] = {}
            elements = set()
            for request in requests:
                for miss in misses(statement, request):
                    missed.setdefault((miss.element, miss.wants), miss)
                    elements.add(miss.element)
            # A statement for another service's logs is not a mistake.
            if not elements or ("principal" in elements and _is_for_others(statement, elements)):
                continue
            if "resource" in elements and not is_about(statement):
                continue
            if best is None or len(elements) < best[0]:
                best = (len(elements), statement, list(missed.values()))
    return best and best[1:]


def _is_for_others(statement: Statement, missed: set[str]) -> bool:
    """Whether a statement that names another principal is meant for other logs, or for any."""
    return len(missed) > 1 or "*" in (statement.resources or "*")


def missed_text(statement: Statement, missed: Sequence[Miss]) -> str:
    """What keeps a statement from applying, in words."""
    texts = []
    for element in ("principal", "action", "resource", "condition"):
        these = [miss for miss in missed if miss.element == element]
        if not these:
            continue
        has, wants = these[0].has, ", ".join(dict.fromkeys(miss.wants for miss in these))
        if element == "principal":
            texts.append(f"it names the principal {has}, not {wants}")
        elif element == "action":
            texts.append(f"its actions ({has}) lack {wants}")
        elif element == "condition":
            conditions = "; ".join(dict.fromkeys(miss.has for miss in these))
            texts.append(f"its condition {conditions} shuts this one out ({wants})")
        else:
            resources = statement.resources or ()
            part = arn_difference(resources[0], these[0].wants) if len(resources) == 1 else None
            inside = f" (the {part} of the ARN differs)" if part else ""
            texts.append(f"its resource {has} does not match {these[0].wants}{inside}")
    return ", and ".join(texts)
