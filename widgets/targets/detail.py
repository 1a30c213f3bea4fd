"""What is known of one broker or cluster, in a few lines."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from mqtail.inventory import ListedLog, ListedTarget, LogState
from mqtail.printable import printable
from widgets.targets.rows import UNKNOWN, ago, engine, instances, state, utc

_TONES = {
    LogState.SILENT: "$text-warning",
    LogState.DENIED: "$text-warning",
    LogState.UNKNOWN: "",
}


class TargetDetail(Static):
    """Shows a target: what it is, and each of its logs with its place and its newest event."""

    DEFAULT_CSS = """
    TargetDetail {
        height: 6;
        padding: 0 1;
        border-top: solid $panel;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def show(self, target: ListedTarget | None, now: int) -> None:
        """Show a target; None: none.

        Args:
            target: the target.
            now: the time, ms since the epoch.
        """
        self.update(_detail(target, utc(now)) if target is not None else "")


def _detail(target: ListedTarget, now: datetime) -> Content:
    mark, word, _ = state(target)
    facts = [engine(target), instances(target)[1], f"{mark} {word}".strip()]
    if target.id != target.name:
        facts.append(target.id)
    lines = [
        Content.assemble(
            (f"{printable(target.name)}  ", "bold $text-primary"),
            printable(" · ".join(filter(None, facts))),
        )
    ]
    if target.problem:
        lines.append(Content.styled(printable(target.problem), "$text-error"))
    kinds = max((cell_len(printable(log.kind)) for log in target.logs), default=0)
    places = max((cell_len(printable(log.destination)) for log in target.logs), default=0)
    lines += [_log(log, kinds, places, now) for log in target.logs]
    unpublished = (
        (target.off, "off: see the setup check"),
        (target.waiting, "waiting for a reboot of the broker"),
    )
    for off, why in unpublished:
        lines += [
            Content.assemble((_padded(kind, kinds), "$foreground"), (why, "$text-warning"))
            for kind in off
        ]
    if target.silence:
        lines.append(Content(printable(target.silence)))
    return Content("\n").join(lines)


def _log(log: ListedLog, kinds: int, places: int, now: datetime) -> Content:
    """Kind, destination, how old the newest event is or what is wrong, and the place."""
    if log.newest is not None:
        told, tone = f"newest {ago(log.newest, now)} ago", "$foreground"
    else:
        told, tone = log.problem or UNKNOWN, _TONES.get(log.state, "$text-error")
    return Content.assemble(
        (_padded(log.kind, kinds) + _padded(log.destination, places), "$foreground"),
        (printable(told), tone),
        "  ",
        printable(log.place),
    )


def _padded(text: str, width: int) -> str:
    """A text in a column of that width (cells), and the gap after it."""
    text = printable(text)
    return f"{text}{' ' * (width - cell_len(text))}  "
