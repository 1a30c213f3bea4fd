"""The rules that are drawn in the log where reading was interrupted."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.printable import printable
from mqtail.status import Interruption, ReaderStatus
from widgets.log.rules import Rule
from widgets.states import title


def interruption_rules(readers: Sequence[ReaderStatus]) -> list[Rule]:
    """A rule for each interruption of each reader, where it began."""
    return [
        Rule(gap.begin, _said(reader, gap)) for reader in readers for gap in reader.interruptions
    ]


def _said(reader: ReaderStatus, gap: Interruption) -> str:
    state = "read afterwards" if gap.end else "not read yet"
    return printable(f"{title(reader)}: interrupted, {state}: {gap.reason}")
