"""What the checks found, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size

from mqtail.aws.signin import SignIn
from mqtail.checks.findings import MARKS, Finding, Outcome
from mqtail.checks.model import Check
from mqtail.checks.runner import CheckedTarget
from mqtail.printable import printable

SCHEMA_VERSION = 1
"""Of the JSON object; it grows when a member changes its meaning."""

ASCII_MARKS = MARKS | {Outcome.PASS: "+", Outcome.WARN: "!", Outcome.FAIL: "x"}

_STYLES = {
    Outcome.PASS: "\x1b[32m",
    Outcome.WARN: "\x1b[33m",
    Outcome.FAIL: "\x1b[31m",
    Outcome.UNKNOWN: "\x1b[35m",
    Outcome.SKIP: "\x1b[2m",
}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"

_SERVICES = {"mq": "Amazon MQ", "msk": "Amazon MSK", "logs": "CloudWatch Logs"}

_MOST_CHARACTERS = 4_000
"""Of a piece of evidence or a cause: names and policies in them may be of any length."""

_MOST_NAMED = 10
"""Targets of which something fails that the summary names."""

_NARROWEST = 40
"""Cells that text is wrapped to at least, however narrow the terminal is."""


def encodable(encoding: str | None) -> bool:
    """Whether the marks can be written in an encoding; None: UTF-8."""
    try:
        "".join(MARKS.values()).encode(encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class TextReport:
    """Writes what was found for people. All text from AWS is made harmless for a terminal.

    Args:
        color: colour the outcomes.
        ascii: marks of ASCII characters.
        width: cells of the terminal, where text is wrapped; None: never.
        quiet: leave out what passed or was skipped.
    """

    color: bool
    ascii: bool
    width: int | None
    quiet: bool = False

    def target(self, target: CheckedTarget) -> str:
        """A target with all its checks, by category in the order in which these come."""
        subject = target.subject
        facts = [_SERVICES.get(target.service, ""), subject.id if subject.id != target.name else ""]
        if target.service == "account":
            facts = [subject.lookups.region]
        told = ", ".join(filter(None, facts))
        heading = self._styled(_BOLD, printable(target.name)) + (
            f"  ({printable(told)})" if told else ""
        )
        by_category: dict[str, list[tuple[Check[Any], Finding]]] = {}
        for check, finding in target.results:
            by_category.setdefault(check.category, []).append((check, finding))
        lines = [heading]
        for category, results in by_category.items():
            told_of = [line for group in _alike(results) for line in self._group(group)]
            if told_of:
                lines += [f"  {category}", *told_of]
        if len(lines) == 1:
            lines.append(f"  {_count(target.results, 'check')} passed or skipped")
        return "\n".join(lines) + "\n\n"

    def summary(self, targets: Sequence[CheckedTarget], *, strict: bool) -> str:
        """How many checks had each outcome, which failed, and what to do next."""
        counts = count(targets)
        names = {
            Outcome.FAIL: "failed",
            Outcome.WARN: "warning" if counts[Outcome.WARN] == 1 else "warnings",
            Outcome.PASS: "passed",
            Outcome.UNKNOWN: "unknown",
            Outcome.SKIP: "skipped",
        }
        told = ", ".join(
            self._styled(_STYLES[outcome], f"{counts[outcome]:,} {name}")
            for outcome, name in names.items()
            if counts[outcome]
        )
        lines = [told, *self._failing(targets), _next_step(targets, strict=strict)]
        return "\n".join(lines) + "\n"

    def _failing(self, targets: Sequence[CheckedTarget]) -> list[str]:
        """A line for each of the first targets of which something fails."""
        marks = ASCII_MARKS if self.ascii else MARKS
        lines = []
        for target in targets:
            ids = [check.id for check, found in target.results if found.outcome is Outcome.FAIL]
            if ids:
                mark = self._styled(_STYLES[Outcome.FAIL], marks[Outcome.FAIL])
                lines.append(f"  {mark} {printable(target.name)}: {', '.join(ids)}")
        more = len(lines) - _MOST_NAMED
        return [*lines[:_MOST_NAMED], *([f"  and {more:,} more"] if more > 0 else [])]

    def _group(self, results: list[tuple[Check[Any], Finding]]) -> list[str]:
        """The lines of one check, or of several that are skipped for one reason."""
        check, finding = results[0]
        outcome = finding.outcome
        if self.quiet and outcome in (Outcome.PASS, Outcome.SKIP):
            return []
        marks = ASCII_MARKS if self.ascii else MARKS
        mark = self._styled(_STYLES[outcome], marks[outcome])
        if len(results) > 1:
            ids = ", ".join(one.id for one, _ in results)
            wrapped = self._wrapped(f"{len(results)} checks: {ids}")
            first = f"    {mark} {wrapped[0].lstrip()}"
            return [first, *wrapped[1:], *self._short(finding.evidence)]
        lines = [f"    {mark} {check.title}  {self._styled(_DIM, check.id)}"]
        if outcome in (Outcome.PASS, Outcome.SKIP):
            return lines + self._short(finding.evidence)
        lines += [*self._wrapped(finding.evidence), *self._wrapped(finding.cause)]
        if finding.fix:
            # Whole, each in one line: they are there to be copied.
            lines += ["        fix:", *(f"          {printable(text)}" for text in finding.fix)]
        return [*lines, f"        see: {check.doc}"]

    def _short(self, text: str) -> list[str]:
        """Text in one dim line, cut off where the terminal ends."""
        line = f"        {_bounded(text)}"
        if self.width is not None and cell_len(line) > self.width:
            dots = "..." if self.ascii else "…"
            line = set_cell_size(line, max(self.width - len(dots), 1)).rstrip() + dots
        return [self._styled(_DIM, line)] if text else []

    def _wrapped(self, text: str) -> list[str]:
        """Text in indented lines that fit the terminal; a word is never broken."""
        if self.width is None:
            return [f"        {_bounded(text)}"] if text else []
        return [
            f"        {line}" for line in _wrap(_bounded(text), max(self.width, _NARROWEST) - 8)
        ]

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self.color else text


def _wrap(text: str, width: int) -> list[str]:
    """Words in lines of at most so many cells; a word that is wider has a line of its own."""
    lines: list[str] = []
    room = 0
    for word in text.split():
        wide = cell_len(word)
        if lines and wide < room:
            lines[-1] += f" {word}"
            room -= wide + 1
        else:
            lines.append(word)
            room = width - wide
    return lines


def _bounded(text: str) -> str:
    """Text in one harmless line of bearable length."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}..."


def _alike(
    results: list[tuple[Check[Any], Finding]],
) -> Iterator[list[tuple[Check[Any], Finding]]]:
    """Checks one by one, but for neighbours that are skipped for the same reason."""

    def key(result: tuple[Check[Any], Finding]) -> object:
        check, finding = result
        return finding if finding.outcome is Outcome.SKIP else check.id

    for _, group in groupby(results, key):
        yield list(group)


def _next_step(targets: Sequence[CheckedTarget], *, strict: bool) -> str:
    """What to do about what was found."""
    counts = count(targets)
    if counts[Outcome.FAIL] or (strict and counts[Outcome.WARN]):
        fixes = any(found.fix for target in targets for _, found in target.results)
        how = "with the commands under fix:, in their order, " if fixes else ""
        return (
            f"Put right what failed {how}then check again; `--wait 15m` checks until nothing fails."
        )
    if counts[Outcome.UNKNOWN]:
        return (
            "Nothing failed, but not everything could be looked at: `mqtail check --print-policy`"
            " prints the permissions that this takes."
        )
    if not counts[Outcome.PASS] and not counts[Outcome.WARN]:
        return "Nothing was looked at: what was asked for does not apply here."
    return "No check failed."


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items):,} {noun}{'' if len(items) == 1 else 's'}"


def count(targets: Sequence[CheckedTarget]) -> Counter[Outcome]:
    """How many checks had each outcome."""
    return Counter(finding.outcome for target in targets for _, finding in target.results)


def exit_code(counts: Counter[Outcome], *, strict: bool) -> int:
    """0: nothing failed; 1: something did (`strict`: or warns); 3: something is not known."""
    if counts[Outcome.FAIL] or (strict and counts[Outcome.WARN]):
        return 1
    return 3 if counts[Outcome.UNKNOWN] else 0


def as_json(targets: Sequence[CheckedTarget], sign_in: SignIn) -> str:
    """Everything as one JSON object, see `-o json` of `mqtail check`."""
    counts = count(targets)
    plain = {
        "schema_version": SCHEMA_VERSION,
        "account": sign_in.account,
        "region": sign_in.region,
        "identity": sign_in.identity,
        "targets": [_plain(target) for target in targets],
        "summary": {outcome.value: counts[outcome] for outcome in Outcome},
    }
    return json.dumps(plain, indent=2) + "\n"


def _plain(target: CheckedTarget) -> dict[str, Any]:
    checks = [
        {
            "id": check.id,
            "category": check.category,
            "title": check.title,
            "outcome": finding.outcome.value,
            "evidence": finding.evidence,
            "cause": finding.cause,
            "fix": list(finding.fix),
            "doc": check.doc,
        }
        for check, finding in target.results
    ]
    return {"target": target.name, "service": target.service, "checks": checks}


def listing(checks: Sequence[Check[Any]], output: str) -> str:
    """The checks that there are, as text or as a JSON list (`--list`)."""
    if output == "json":
        plain = [
            {"id": one.id, "category": one.category, "title": one.title, "doc": one.doc}
            for one in checks
        ]
        return json.dumps(plain, indent=2) + "\n"
    width = max(len(one.id) for one in checks)
    return "".join(f"{one.id:<{width}}  {one.title}\n" for one in checks)
