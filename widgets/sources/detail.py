"""What is known of one source, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from textual.content import Content
from textual.widgets import Static

from mqtail.activity import recent
from mqtail.coverage import (
    Coverage,
    complete,
    coverage,
    effort,
    gap_sentence,
    lateness,
    lost,
    read_sources,
    together,
)
from mqtail.printable import printable
from mqtail.status import ReaderStatus, State
from widgets.human import count, duration, errors, lag, objects
from widgets.sources.nodes import Path, SourceNode
from widgets.states import LOOKS, not_permitted

MINUTES = 10
"""Time over which the newest events are counted."""
MUTED = "$foreground-muted"

_COLORS = {
    "good": "$text-success",
    "busy": "$text-primary",
    "warn": "bold $text-warning",
    "bad": "bold $text-error",
    "idle": MUTED,
}


class SourceDetail(Static):
    """Says of one source what the tree has no room for: where it is, its lag, what is wrong, and
    how complete what was read of it is."""

    DEFAULT_CSS = """
    SourceDetail {
        height: auto;
        max-height: 50%;
    }
    """

    _shown: Content | None = None

    def show(
        self,
        source: SourceNode | None,
        readers: Sequence[ReaderStatus],
        now: int,
        zone: tzinfo,
    ) -> None:
        """Show a source as it is now.

        Args:
            source: what is shown; None: nothing.
            readers: what all sources were worked out from.
            now: the time, ms since the epoch.
            zone: zone of the times that are shown.
        """
        content = Content()
        if source is not None:
            content = _describe(source, _covered(source.path, readers, now), now, zone)
        if self._shown is None or self._shown.plain != content.plain:
            before, self._shown = self._shown, content
            # The whole screen is laid out anew only where this needs another height.
            self.update(content, layout=self._height(before) != self._height(content))

    def _height(self, content: Content | None) -> int:
        width = self.content_size.width
        return len(content.wrap(width)) if content is not None and width else 0


def _covered(path: Path, readers: Sequence[ReaderStatus], now: int) -> Coverage | None:
    """How complete a source is, with all that is read under its log or target; None: not read."""
    parts = [
        coverage(reader, now)
        for reader in read_sources(readers)
        if path[0] in reader.targets and path[1:2] in ((), (reader.log,))
        if not not_permitted(reader)
    ]
    return together(parts) if parts else None


def _describe(source: SourceNode, known: Coverage | None, now: int, zone: tzinfo) -> Content:
    look = LOOKS[source.state]
    path = " / ".join(printable(part) for part in source.path)
    parts: list[tuple[str, str]] = [
        (f"{path}\n", "bold"),
        (f"{look.mark} {look.word}", _COLORS[look.tone]),
    ]
    if source.state is State.AVAILABLE:
        parts.append((f": {printable(source.reason) or 'press space to read it, too'}", ""))
    else:
        if source.reason and source.state is not State.LIVE:
            parts.append((f"  {printable(source.reason)}", ""))
        if source.hint and source.state.troubled:
            parts.append((f"\n→ {printable(source.hint)}", "$text-accent"))
        parts.append((f"\n{_figures(source, now)}", MUTED))
    if source.place:
        # The names of all other places say what they are.
        service = "CloudWatch Logs " if source.destination == "cloudwatch" else ""
        parts.append((f"\n{service}{printable(source.place)}", MUTED))
    if source.passed_over:
        text = f"{objects(source.passed_over)} passed over: {printable(source.problem)}"
        parts.append((f"\n{text}", "$text-warning"))
    if known is not None:
        parts += _completeness(known, now, zone)
    return Content.assemble(*parts)


def _completeness(known: Coverage, now: int, zone: tzinfo) -> list[tuple[str, str]]:
    """What is known to be complete, what is missing, and the newest gap."""
    told = [
        (lost(known), "$text-warning"),
        (complete(known, now, zone), "$text-warning" if known.lags else MUTED),
    ]
    if known.gaps:
        # What stood in the way is told above while it does, and in the log ever after.
        gap = known.gaps[-1]
        style = MUTED if gap.read else "$text-warning"
        told.append((gap_sentence(gap, now, zone, reason=False), style))
    if len(known.gaps) > 1:
        told.append((f"{count(len(known.gaps))} gaps in all", MUTED))
    told.append((effort(known), MUTED))
    return [(f"\n{text}", style) for text, style in told if text]


def _figures(source: SourceNode, now: int) -> str:
    if not source.newest:
        return "no events yet"
    times = [f"newest {duration((now - source.newest) / 1000)} ago"]
    if source.lag_ms:
        times.append(f"lag {lag(source.lag_ms / 1000)}")
    counts = []
    if source.errors:
        counts.append(errors(source.errors))
    if source.late:
        counts.append(lateness(source.late, source.latest_ms))
    lines = (_lately(source, now), times, counts)
    return "\n".join(" · ".join(line) for line in lines if line)


def _lately(source: SourceNode, now: int) -> list[str]:
    """What came in the minutes of the sparkline; nothing where that is nothing."""
    counts = recent(source.activities, now, MINUTES)
    came, wrong = (sum(numbers) for numbers in zip(*counts, strict=True))
    if not came:
        return []
    return [f"{count(came)} in {MINUTES} min", *([errors(wrong)] if wrong else [])]
