"""Deciding a request by policy documents, and what keeps a statement from applying to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from mqtail.policies.conditions import all_of, any_of, negation, satisfied
from mqtail.policies.documents import CURRENT_VERSION, Document, PrincipalElement, Statement
from mqtail.policies.matching import NoValue, action_matches, completed, matches, pattern
from mqtail.policies.principals import covers
from mqtail.policies.requests import Principal, Request

SHOWN_VALUES = 3
"""Values of a statement's element that a text names."""
SHOWN_CHARACTERS = 512
"""Characters of one value that a text shows."""


class Effect(Enum):
    """What documents decide about a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A Deny statement applies."""
    NOT_ALLOWED = "not allowed"
    """No statement allows it."""
    UNDECIDED = "undecided"
    """It depends on something that cannot be judged."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Something of a statement that cannot be judged.

    An operator and a key of its conditions, with all values; else operator is the element:
    `Principal` with the kind of principal, or `Resource` with the key of a policy variable.
    """

    statement: Statement
    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        """As in `StringEquals aws:PrincipalOrgID = o-123`."""
        return f"{self.operator} {self.key} = {_listed(self.values)}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What documents decide, and by which statements."""

    effect: Effect
    statements: tuple[Statement, ...] = ()
    """Those that decide; none where nothing allows. Where it is undecided: those that might."""
    unjudged: tuple[Unjudged, ...] = ()
    """What leaves it undecided."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An element of a statement that keeps it from applying to a request."""

    element: str
    """`principal`, `action`, `resource` or `condition`."""
    has: str
    """What the statement says."""
    wants: str
    """What the request is."""


@dataclass(frozen=True, slots=True)
class _Test:
    """One element of a statement against a request."""

    result: bool | None
    element: str
    has: str
    wants: str
    unjudged: Unjudged | None = None


def decide(documents: Iterable[Document], request: Request) -> Decision:
    """What documents, together, say about a request.

    An explicit Deny wins, then an Allow; without either it is not allowed (Policy evaluation
    logic). Of documents of one kind only: what else there is may still deny.
    """
    certain: dict[str, list[Statement]] = {"Allow": [], "Deny": []}
    possible: dict[str, list[Unjudged]] = {"Allow": [], "Deny": []}
    for document in documents:
        for statement in document.statements:
            tests = list(_tests(statement, request))
            result = all_of(test.result for test in tests)
            if result:
                certain[statement.effect].append(statement)
            elif result is None:
                possible[statement.effect].extend(
                    test.unjudged for test in tests if test.unjudged is not None
                )
    if certain["Deny"]:
        return Decision(Effect.DENIED, tuple(certain["Deny"]))
    if not certain["Allow"] and not possible["Allow"]:
        return Decision(Effect.NOT_ALLOWED)
    unjudged = possible["Deny"] + ([] if certain["Allow"] else possible["Allow"])
    if not unjudged:
        return Decision(Effect.ALLOWED, tuple(certain["Allow"]))
    statements = dict.fromkeys(one.statement for one in unjudged)
    return Decision(Effect.UNDECIDED, tuple(statements), tuple(unjudged))


def misses(statement: Statement, request: Request) -> tuple[Miss, ...]:
    """Every element that keeps a statement from applying to a request.

    Without any it applies, unless something in it cannot be judged: `decide` says so.
    """
    return tuple(
        Miss(test.element, test.has, test.wants)
        for test in _tests(statement, request)
        if test.result is False
    )


def _tests(statement: Statement, request: Request) -> Iterator[_Test]:
    if request.principal is not None:
        yield _principal_test(statement, request.principal)
    yield _action_test(statement, request.action)
    yield _resource_test(statement, request)
    yield from _condition_tests(statement, request)


def _principal_test(statement: Statement, principal: Principal) -> _Test:
    """A statement that names no principal covers nobody."""
    negated = statement.not_principals is not None
    named = statement.principals or statement.not_principals or ()
    results = [covers(element, principal) for element in named]
    result = negation(any_of(results)) if negated else any_of(results)
    unjudged = None
    if result is None:
        element = named[results.index(None)]
        unjudged = Unjudged(statement, "Principal", element.kind, (element.value,))
    has = _said(tuple(map(_named, named)), negated)
    return _Test(result, "principal", has, f"{principal.kind} {principal.value}", unjudged)


def _named(element: PrincipalElement) -> str:
    return "*" if element.kind == "*" else f"{element.kind} {element.value}"


def _action_test(statement: Statement, action: str) -> _Test:
    negated = statement.not_actions is not None
    values = statement.actions or statement.not_actions or ()
    result = any(action_matches(value, action) for value in values) is not negated
    return _Test(result, "action", _said(values, negated), action)


def _resource_test(statement: Statement, request: Request) -> _Test:
    """A statement that names no resource is about the one it is attached to."""
    negated = statement.not_resources is not None
    values = statement.resources or statement.not_resources
    if values is None:
        return _Test(True, "resource", "", request.resource)
    unknown: list[Unjudged] = []
    results = [_covers_resource(value, statement, request, unknown) for value in values]
    result = negation(any_of(results)) if negated else any_of(results)
    unjudged = unknown[0] if result is None else None
    return _Test(result, "resource", _said(values, negated), request.resource, unjudged)


def _covers_resource(
    value: str, statement: Statement, request: Request, unknown: list[Unjudged]
) -> bool | None:
    """Whether a value covers the request's resource; a variable that is unknown is noted."""
    variables = request.values if _has_variables(statement) else None
    try:
        wanted = pattern(value, wildcards=True, values=variables)
    except NoValue as error:
        if error.absent:
            return False
        unknown.append(Unjudged(statement, "Resource", error.key, (value,)))
        return None
    if request.principal is None:
        wanted = completed(wanted)
    return matches(wanted, request.resource)


def _condition_tests(statement: Statement, request: Request) -> Iterator[_Test]:
    for condition in statement.conditions:
        result = satisfied(condition, request, _has_variables(statement))
        unjudged = Unjudged(statement, *condition)
        known = request.values(condition.key)
        wants = f"{condition.key} = {_listed(known)}" if known else f"no {condition.key}"
        yield _Test(result, "condition", unjudged.text, wants, unjudged if result is None else None)


def _has_variables(statement: Statement) -> bool:
    return statement.document.version == CURRENT_VERSION


def _said(values: tuple[str, ...], negated: bool) -> str:
    """The values of an element, or of its Not element."""
    return f"all but {_listed(values)}" if negated else _listed(values)


def _listed(values: tuple[str, ...]) -> str:
    """Values for a text, the first few of them."""
    shown = [_shortened(value) for value in values[:SHOWN_VALUES]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _shortened(value: str) -> str:
    return value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…"
