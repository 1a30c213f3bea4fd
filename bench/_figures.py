"""What is printed of several runs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence


def spread(values: Iterable[float], form: str = "{:,.2f}") -> str:
    """Median, least and greatest."""
    ordered = sorted(values)
    if not ordered:
        return "none"
    middle, least, most = statistics.median(ordered), ordered[0], ordered[-1]
    return f"{form.format(middle)} ({form.format(least)} to {form.format(most)})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them is; not a number where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
