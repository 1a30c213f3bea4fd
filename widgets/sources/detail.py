"""What is known of one source, in a few lines."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from mqtail.activity import recent
from mqtail.printable import printable
from mqtail.status import State
from widgets.human import count, duration, errors, lag, objects
from widgets.sources.nodes import SourceNode
from widgets.states import LOOKS

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
    """Says of one source what the tree has no room for: where it is, its lag, what is wrong."""

    DEFAULT_CSS = """
    SourceDetail {
        height: auto;
        max-height: 50%;
    }
    """

    _shown: Content | None = None

    def show(self, source: SourceNode | None, now: int) -> None:
        """Show a source as it is now (ms since the epoch); nothing for None."""
        content = Content() if source is None else _describe(source, now)
        if self._shown is None or self._shown.plain != content.plain:
            before, self._shown = self._shown, content
            # The whole screen is laid out anew only where this needs another height.
            self.update(content, layout=self._height(before) != self._height(content))

    def _height(self, content: Content | None) -> int:
        width = self.content_size.width
        return len(content.wrap(width)) if content is not None and width else 0


def _describe(source: SourceNode, now: int) -> Content:
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
    return Content.assemble(*parts)


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
        counts.append(f"{count(source.late)} late")
    lines = (_lately(source, now), times, counts)
    return "\n".join(" · ".join(line) for line in lines if line)


def _lately(source: SourceNode, now: int) -> list[str]:
    """What came in the minutes of the sparkline; nothing where that is nothing."""
    counts = recent(source.activities, now, MINUTES)
    came, wrong = (sum(numbers) for numbers in zip(*counts, strict=True))
    if not came:
        return []
    return [f"{count(came)} in {MINUTES} min", *([errors(wrong)] if wrong else [])]
