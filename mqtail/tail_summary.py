"""The summary of a tail: what was read of each source, as a table or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from rich.cells import cell_len

from mqtail.coverage import (
    Coverage,
    Gap,
    coverage,
    dropped,
    gap_sentence,
    late_sweeps,
    lost,
    moment,
    read_sources,
    source_name,
)
from mqtail.output import iso
from mqtail.printable import printable
from mqtail.status import ReaderStatus
from mqtail.store import Store
from mqtail.times import age

COLUMNS = (
    "source", "state", "complete from", "complete to", "events", "late", "by up to", "requests",
    "throttled", "tried again",
)  # fmt: skip
LEFT = 4
"""So many columns at the left are text, and begin where the heading does."""
NOTHING = "-"
"""Stands for a moment that there is none of."""


def as_text(readers: Sequence[ReaderStatus], store: Store, now: int, zone: tzinfo) -> str:
    """A table with a row for each source that is read, and what there is to say of them below.

    Args:
        readers: all there are.
        store: the buffer; nothing was dropped from one that is not used.
        now: the time, ms since the epoch.
        zone: zone of the times that are shown.
    """
    sources = [(status, coverage(status, now)) for status in read_sources(readers)]
    if not sources:
        return "mqtail: No source has been read so far.\n"
    lines = _table([COLUMNS, *(_row(*source, now, zone) for source in sources)])
    for status, known in sources:
        lines += [f"{source_name(status)}: {told}" for told in _remarks(status, known, now, zone)]
    if told := dropped(store, now, zone):
        lines.append(f"The buffer: {told}; --buffer sets how many events it holds.")
    return "".join(f"{printable(line)}\n" for line in lines)


def as_json(readers: Sequence[ReaderStatus], now: int) -> str:
    """An object for each source that is read, one line each, as cli.md describes them."""
    objects = (_object(status, coverage(status, now)) for status in read_sources(readers))
    # In ASCII no name of a source can do anything to a terminal.
    return "".join(f"{json.dumps(fields)}\n" for fields in objects)


def _row(status: ReaderStatus, known: Coverage, now: int, zone: tzinfo) -> tuple[str, ...]:
    return (
        source_name(status),
        status.state.value,
        moment(known.complete_from, now, zone) if known.complete_from else NOTHING,
        moment(known.complete_to, now, zone) if known.complete_to else NOTHING,
        f"{status.events:,}",
        f"{known.late:,}",
        age(known.latest_ms) if known.late else NOTHING,
        f"{known.requests:,}",
        f"{known.throttles:,}",
        f"{known.retries:,}",
    )


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows in columns, two blanks between them."""
    widths = [max(map(cell_len, map(printable, column))) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_cell, row, widths, range(len(row)))).rstrip() for row in rows]


def _cell(text: str, width: int, column: int) -> str:
    text = printable(text)
    blanks = " " * (width - cell_len(text))
    return text + blanks if column < LEFT else blanks + text


def _remarks(status: ReaderStatus, known: Coverage, now: int, zone: tzinfo) -> list[str]:
    """What the table has no column for."""
    remarks = [gap_sentence(gap, now, zone) for gap in known.gaps]
    if swept := late_sweeps(known, now, zone):
        remarks.append(f"complete {swept}.")
    if known.too_late:
        remarks.append(f"{lost(known)}.")
    if known.passed_over:
        remarks.append(f"{known.passed_over:,} passed over, the last: {status.problem}")
    if status.reason and all(gap.end for gap in known.gaps):
        remarks.append(status.reason)
    return remarks


def _object(status: ReaderStatus, known: Coverage) -> dict[str, Any]:
    return {
        "source": status.place,
        "target": status.target,
        "service": status.service,
        "kind": status.kind,
        "destination": status.destination,
        "state": status.state.value,
        "reason": status.reason or None,
        "complete_from": _iso(known.complete_from),
        "complete_to": _iso(known.complete_to),
        "swept_to": {f"{depth // 1000}": _iso(to) for depth, to in known.swept_to.items()},
        "events": status.events,
        "errors": status.errors,
        "late": known.late,
        "latest": known.latest_ms / 1000 if known.late else None,
        "too_late": known.too_late,
        "passed_over": known.passed_over,
        "requests": known.requests,
        "throttles": known.throttles,
        "retries": known.retries,
        "gaps": [_gap(gap) for gap in known.gaps],
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "begin": _iso(gap.begin),
        "end": _iso(gap.end),
        "reason": gap.reason,
        "read_afterwards": gap.read,
    }


def _iso(ms: int) -> str | None:
    """ISO 8601 in UTC; None for no moment."""
    return iso(ms) if ms else None
