"""One line that says how things stand, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from mqtail.printable import printable
from mqtail.status import ReaderStatus, State
from widgets.human import cut
from widgets.states import LOOKS, TONES, at_work, most_telling, title, worst_reader
from widgets.styles import segment_style

BUSY_PHASES = ("signing in", "finding targets")
"""Phases of a session in which nothing is read yet."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says."""

    label: str = "starting"
    mark: str = "◌"
    tone: str = "busy"
    reason: str = ""
    """Why, where something is not as it should be."""
    hints: tuple[str, ...] = ()
    """Pause, new events out of sight."""
    filters: tuple[str, ...] = ()
    """What is left out."""
    facts: tuple[str, ...] = ()
    """Counts, the most important first; those that do not fit are left out."""


def overall(readers: Sequence[ReaderStatus], phase: str) -> tuple[State, str, str]:
    """The state that stands for all readers; for what is only available where nothing is read.

    Args:
        readers: all there are.
        phase: what the session as a whole is doing.

    Returns:
        The state, what to call it, and the reason of the reader that most needs attention.
    """
    if phase in BUSY_PHASES or not readers:
        return State.STARTING, phase or "starting", ""
    read = at_work(readers)
    reader = worst_reader(read)
    if reader is None:
        if phase == "ended":
            return State.ENDED, phase, ""
        return State.AVAILABLE, "nothing read", ""
    state = reader.state
    label = LOOKS[state].word
    alike = sum(1 for other in read if other.state is state)
    if state.troubled and len(read) > 1:
        label = f"{label} {alike} of {len(read)}"
    # Where nothing worse is wrong, what is missing is said without alarm.
    reader = most_telling(read) or reader
    reason = f"{title(reader)}: {reader.reason}" if reader.reason else ""
    if reason and reader.hint and reader.state.troubled:
        reason = f"{reason} → {reader.hint}"
    if phase == "ended":
        if not state.troubled:
            return State.ENDED, "ended", reason
        label = f"ended, {label}"
    return state, label, reason


class StatusLine(Widget):
    """Shows a `Status` in one row.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        color: $foreground;

        & > .status-line--good { background: $success; color: $background; text-style: bold; }
        & > .status-line--busy { background: $primary; color: $background; text-style: bold; }
        & > .status-line--warn { background: $warning; color: $background; text-style: bold; }
        & > .status-line--bad { background: $error; color: $background; text-style: bold; }
        & > .status-line--idle { background: $foreground 30%; color: $text; text-style: bold; }
        & > .status-line--reason { color: $text; }
        & > .status-line--hint { color: $text-warning; text-style: bold; }
        & > .status-line--filter { color: $text-accent; }
        & > .status-line--fact { color: $text-muted; }

        &:ansi {
            & > .status-line--good { color: ansi_black; }
            & > .status-line--busy { color: ansi_black; }
            & > .status-line--warn { color: ansi_black; }
            & > .status-line--bad { color: ansi_bright_white; }
        }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"status-line--{tone}" for tone in TONES),
        "status-line--reason",
        "status-line--hint",
        "status-line--filter",
        "status-line--fact",
    }

    status: reactive[Status] = reactive(Status())
    """What is shown."""

    def render_line(self, y: int) -> Strip:
        """The state at the left, figures at the right; the reason takes what is between."""
        status, width = self.status, self.size.width
        badge = f" {status.mark} {printable(status.label).upper()} "
        left = [self._segment(badge, status.tone)]
        used = cell_len(badge)
        for names, texts in (("hint", status.hints), ("filter", status.filters)):
            for text in map(printable, texts):
                shown = cut(f"  {text}", width - used)
                left.append(self._segment(shown, names))
                used += cell_len(shown)
        room = width - used
        reason = printable(status.reason)
        facts = self._facts(room - min(cell_len(reason) + 2, room // 2 if reason else 0))
        between = room - cell_len(facts)
        if reason and between > 3:
            reason = cut(reason, between - 3)
            left.append(self._segment(set_cell_size(f"  {reason}", between), "reason"))
        else:
            left.append(Segment(" " * between))
        line = Strip([*left, self._segment(facts, "fact")]).crop(0, width)
        return line.apply_style(self.visual_style.rich_style)

    def _facts(self, room: int) -> str:
        """The facts that fit, from the most important on."""
        text = ""
        for fact in self.status.facts:
            longer = f"{text} · {fact}" if text else f" {fact}"
            if cell_len(longer) + 1 > room:
                break
            text = longer
        return f"{text} " if text else ""

    def _segment(self, text: str, name: str) -> Segment:
        return Segment(text, segment_style(self, f"status-line--{name}"))
