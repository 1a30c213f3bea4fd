"""One line that says how things stand, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from mqtail.printable import printable
from mqtail.status import ReaderStatus, State
from widgets.human import cut
from widgets.states import (
    LOOKS,
    NO_STREAM,
    TONES,
    at_work,
    most_telling,
    title,
    without_logs,
    worst_reader,
)
from widgets.styles import KeepsStyles, segment_style

SIGN_IN_PHASE = "waiting for a sign-in"
BUSY_PHASES = ("signing in", "finding targets", SIGN_IN_PHASE)
"""Phases of a session in which nothing is read yet."""
WIDE_BAR, NARROW_BAR = 10, 5
"""Cells of a progress bar."""
REASON_WIDTH = 24
"""Cells of the reason for which long hints become short ones."""


class Hint(NamedTuple):
    """Something worth knowing, on which one can click."""

    name: str
    """What a click on it is reported as."""
    text: str
    short: str = ""
    """What is said where there is no room for the text; empty: the text, cut."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says."""

    label: str = "starting"
    mark: str = "◌"
    tone: str = "busy"
    reason: str = ""
    """Why, where something is not as it should be."""
    hints: tuple[Hint, ...] = ()
    """Pause, new events out of sight."""
    filters: tuple[str, ...] = ()
    """What is left out."""
    facts: tuple[str, ...] = ()
    """Counts, the most important first; those that do not fit are left out."""
    progress: float | None = None
    """How much of what is being read is read, 0 to 1; None: nobody knows."""
    modes: tuple[Hint, ...] = ()
    """How the log is shown: side by side, ..."""


def overall(
    readers: Sequence[ReaderStatus], phase: str, silent: Collection[str] = ()
) -> tuple[State, str, str]:
    """The state that stands for all readers; for what is only available where nothing is read.

    Args:
        readers: all there are.
        phase: what the session as a whole is doing.
        silent: targets without logs for which there is no reader that could tell.

    Returns:
        The state, what to call it, and the reason of the reader that most needs attention.
    """
    if phase in BUSY_PHASES or not (readers or silent):
        return State.STARTING, phase or "starting", ""
    read = at_work(readers)
    reader = worst_reader(read)
    if reader is None and not silent:
        if phase == "ended":
            return State.ENDED, phase, ""
        return State.AVAILABLE, "nothing read", ""
    state = reader.state if reader else State.WAITING
    label = LOOKS[state].word
    alike = sum(1 for other in read if other.state is state)
    if state.troubled and len(read) > 1:
        label = f"{label} {alike} of {len(read)}"
    if state is State.LIVE:
        state, label = _of_targets(read, silent)
    reason = _reason(read)
    if phase == "ended":
        if not state.troubled:
            return State.ENDED, "ended", reason
        label = f"ended, {label}"
    return state, label, reason


def _of_targets(readers: Sequence[ReaderStatus], silent: Collection[str]) -> tuple[State, str]:
    """Live, if there is a log of every target: what is not there cannot be live."""
    targets = {reader.target for reader in readers if reader.kind != "api"} | set(silent)
    without = set(silent) | {reader.target for reader in _without_logs(readers)}
    if not without:
        return State.LIVE, LOOKS[State.LIVE].word
    if len(without) == len(targets):
        return State.WAITING, LOOKS[State.WAITING].word
    return State.WAITING, f"live {len(targets) - len(without)} of {len(targets)}"


def _without_logs(readers: Sequence[ReaderStatus]) -> list[ReaderStatus]:
    """The readers that tell why there is no log of their targets."""
    own: dict[str, list[ReaderStatus]] = {}
    for reader in readers:
        own.setdefault(reader.target, []).append(reader)
    told = [without_logs(target, logs) for target, logs in own.items()]
    return [reader for reader in told if reader is not None]


def _reason(readers: Sequence[ReaderStatus]) -> str:
    """Why not all is well; where nothing worse is wrong, what is missing is said without alarm."""
    reader = most_telling(readers)
    if reader is not None and reader.reason:
        reason = f"{title(reader)}: {reader.reason}"
        is_advised = reader.hint and reader.state.troubled
        return f"{reason} → {reader.hint}" if is_advised else reason
    return next((f"{title(reader)}: {NO_STREAM}" for reader in _without_logs(readers)), "")


class StatusLine(KeepsStyles, Widget):
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
        & > .status-line--mode { color: $text-primary; }
        & > .status-line--progress { color: $text-primary; }
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
        "status-line--mode",
        "status-line--progress",
        "status-line--fact",
    }

    status: reactive[Status] = reactive(Status())
    """What is shown."""
    hovered: reactive[str] = reactive("")
    """Name of what the mouse is on."""

    class Clicked(Message):
        """Something in the line was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name
            """Of a hint or a mode; `state` for the state and its reason, `filters`."""

    def on_click(self, event: events.Click) -> None:
        """Tell what it was."""
        if name := event.style.meta.get("name"):
            event.stop()
            self.post_message(self.Clicked(name))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what can be clicked."""
        self.hovered = event.style.meta.get("name", "")

    def on_leave(self) -> None:
        """Show it no longer."""
        self.hovered = ""

    def render_line(self, y: int) -> Strip:
        """The state at the left, figures at the right; the reason takes what is between."""
        status, width = self.status, self.size.width
        badge = f" {status.mark} {printable(status.label).upper()} "
        left = [self._segment(badge, status.tone, "state")]
        left += self._notices(width - cell_len(badge))
        room = width - sum(segment.cell_length for segment in left)
        reason = printable(status.reason)
        facts = self._facts(room - min(cell_len(reason) + 2, 2 * room // 3 if reason else 0))
        between = room - cell_len(facts)
        if reason and between > 3:
            reason = cut(reason, between - 3)
            left.append(self._segment(set_cell_size(f"  {reason}", between), "reason", "state"))
        else:
            left.append(Segment(" " * max(0, between)))
        line = Strip([*left, self._segment(facts, "fact")]).crop(0, width)
        return line.apply_style(self.visual_style.rich_style)

    def _notices(self, room: int) -> list[Segment]:
        """Progress, hints, modes and filters: in short words where the long ones do not fit."""
        status = self.status
        bar = progress_bar(status.progress, WIDE_BAR if self.size.width >= 100 else NARROW_BAR)
        filters = [Hint("filters", text) for text in status.filters]
        kinds = (("hint", status.hints), ("mode", status.modes), ("filter", filters))
        notices = [(kind, hint) for kind, hints in kinds for hint in hints]
        wanted = sum(cell_len(printable(hint.text)) + 2 for _, hint in notices)
        # Some of the reason is to be read as well.
        spared = min(cell_len(status.reason), REASON_WIDTH)
        is_short = wanted + cell_len(bar) + spared > room
        segments = [self._segment(cut(bar, room), "progress")]
        room -= segments[0].cell_length
        for kind, hint in notices:
            text = printable(hint.short if is_short and hint.short else hint.text)
            left_over = room - cell_len(text) - 2
            # What does not fit is not dropped without a mark.
            is_last = left_over < (0 if hint is notices[-1][1] else 3)
            text = cut(f"{text}…" if is_last else text, max(0, room - 2))
            segments += [Segment("  "[:room]), self._segment(text, kind, hint.name)]
            room = max(0, left_over)
            if is_last:
                break
        return segments

    def _facts(self, room: int) -> str:
        """The facts that fit, from the most important on."""
        text = ""
        for fact in self.status.facts:
            longer = printable(f"{text} · {fact}" if text else f" {fact}")
            if cell_len(longer) + 1 > room:
                break
            text = longer
        return f"{text} " if text else ""

    def _segment(self, text: str, kind: str, name: str = "") -> Segment:
        style = segment_style(self, f"status-line--{kind}")
        if name:
            style += Style(underline=name == self.hovered, meta={"name": name})
        return Segment(text, style)


def progress_bar(progress: float | None, width: int) -> str:
    """`  ▰▰▱▱▱ 45 %`, with so many cells for the bar; empty where nobody knows."""
    if progress is None:
        return ""
    part = min(1.0, max(0.0, progress))
    # Not full before it is.
    full = int(part * width)
    return f"  {'▰' * full}{'▱' * (width - full)} {int(part * 100)} %"
