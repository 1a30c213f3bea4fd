"""The command that shows a view again."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from mqtail.filters.parse import literal
from mqtail.settings import DESTINATIONS, KINDS, Settings
from tui.conditions import Conditions
from tui.scopes import Scope
from widgets.sources.nodes import Path

TAB_KINDS = {
    "general": ("general", "connection", "channel"),
    "audit": ("audit",),
    "msk": ("broker", "authorizer"),
    "api": ("api",),
}
"""The kinds of log that a tab is about, by its id."""


def view_command(
    settings: Settings,
    conditions: Conditions,
    scope: Scope,
    *,
    targets: Sequence[str],
    destinations: Collection[str],
    since: int | None,
    until: int | None = None,
) -> str:
    """A command line for a shell that shows the same events.

    Args:
        settings: what was asked for at the start.
        conditions: what has to be met to be shown.
        scope: what the pane is about.
        targets: names of the targets, where none was named at the start.
        destinations: where logs are read by now.
        since: from when on events are read, ms since the epoch; None: from the first on.
        until: their end, ms; None: none.
    """
    words = [*shlex.split(settings.command), *settings.files]
    if not settings.files:
        words += [scope.target] if scope.target else settings.targets or targets
    for pattern in sorted(_instances(conditions, scope)):
        words += ["-i", pattern]
    for kind in _kinds(conditions, scope):
        words += ["-k", kind]
    read = {*settings.destinations, *destinations} & set(DESTINATIONS)
    if not settings.files and (settings.destinations or len(read) > 1):
        for destination in sorted(read, key=DESTINATIONS.index):
            words += ["-d", destination]
    if conditions.level:
        words += ["-l", conditions.level.label]
    terms = [_filter(conditions), *map(_not, sorted(conditions.hidden))]
    expression = " ".join(filter(None, terms))
    if expression:
        words += ["-f", expression]
    if settings.filter_pattern:
        words += ["--filter-pattern", settings.filter_pattern]
    if since is not None:
        words += ["-s", _iso(since)]
    if until is not None:
        words += ["-u", _iso(until)]
    for flag, value in (
        ("--trail", settings.trail),
        ("--profile", settings.profile),
        ("--region", settings.region),
        ("--role-arn", settings.role_arn),
        ("--endpoint-url", settings.endpoint_url),
    ):
        if value:
            words += [flag, value]
    return shlex.join(words)


def _instances(conditions: Conditions, scope: Scope) -> set[str]:
    names = set(conditions.instances)
    if scope.instance is not None:
        names |= {name for (_, name), number in scope.numbers if number == scope.instance}
    return names


def _kinds(conditions: Conditions, scope: Scope) -> list[str]:
    """The kinds that `-k` has to name; none where all are shown."""
    kinds = (scope.kind,) if scope.kind else TAB_KINDS.get(scope.tab.id, KINDS)
    shown = [kind for kind in kinds if kind not in conditions.kinds_off]
    return [] if len(shown) == len(KINDS) else shown


def _filter(conditions: Conditions) -> str:
    """The filter, in parentheses where it goes on behind it."""
    text = conditions.filter.text.strip()
    return f"({text})" if text and conditions.hidden else text


def _not(path: Path) -> str:
    """An expression for what does not come from a place of the source tree."""
    target, *rest = path
    terms = [_term("target", target)]
    if rest:
        kind, _, destination = rest[0].partition(" ")
        terms.append(_term("kind", kind))
        if destination:
            terms.append(_term("source", destination))
    if len(rest) > 1:
        terms.append(_term("instance", rest[1]))
    return f"not ({' '.join(terms)})"


def _term(field: str, value: str) -> str:
    return f"{field}:{literal(value)}"


def _iso(ms: int) -> str:
    """A moment as `--since` takes it, to the second."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
