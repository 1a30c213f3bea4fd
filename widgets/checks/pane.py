"""The setup check: how it goes, the checks, and the one under the cursor in full."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mqtail.checks.findings import Outcome
from mqtail.printable import printable
from widgets.checks.detail import CheckDetail
from widgets.checks.list import CheckList
from widgets.checks.rows import LOOKS, CheckState, tally
from widgets.human import count, time_of_day
from widgets.status_line import Status, StatusLine

SIDE_BY_SIDE_FROM = 110
"""Width (cells) from which on the details are beside the checks, and not below them."""
BAR = 12
"""Cells of the bar that shows how far the run is."""
MOST_NOTES = 3
"""Notes that are shown one by one."""


class CheckPane(Vertical):
    """Shows a `CheckState`; `y` copies the fix of a check, `r` asks for another run.

    Args:
        zone: zone of the times that are shown.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    CheckPane {
        & .check-pane--told {
            height: auto; max-height: 6; padding: 0 1; background: $surface;
            scrollbar-size-vertical: 1;
            & Static { height: auto; }
        }
        & .check-pane--body { height: 1fr; layout: vertical; }
        & CheckList { height: 1fr; }
        & CheckDetail { height: 1fr; border-top: solid $panel; }

        &.-wide .check-pane--body { layout: horizontal; }
        &.-wide CheckList { width: 1fr; height: 100%; }
        &.-wide CheckDetail {
            width: 1fr; height: 100%; border-top: none; border-left: vkey $panel;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy fix", tooltip="Copy the commands that mend it", id="check-copy"),
        Binding("r", "again", "Again", tooltip="Check again", id="check-again"),
    ]

    class Again(Message):
        """The user wants another run."""

    def __init__(
        self,
        zone: tzinfo = UTC,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._zone = zone

    def compose(self) -> ComposeResult:
        """How it goes, what there is to tell of it, the checks, and the details."""
        yield StatusLine()
        told = VerticalScroll(Static(), classes="check-pane--told")
        told.display = told.can_focus = False
        yield told
        with Container(classes="check-pane--body"):
            yield CheckList()
            yield CheckDetail()

    def show(self, state: CheckState) -> None:
        """Show how the setup check stands."""
        self.query_one(StatusLine).status = _status(state, self._zone)
        told, content = self.query_one(".check-pane--told"), _told(state)
        told.display = told.can_focus = bool(content.plain)
        told.query_one(Static).update(content)
        checks = self.query_one(CheckList)
        checks.placeholder = _placeholder(state)
        checks.show(state.targets)

    def on_resize(self, event: events.Resize) -> None:
        """The details are where there is room for them."""
        self.set_class(event.size.width >= SIDE_BY_SIDE_FROM, "-wide")

    def action_copy(self) -> None:
        """Copy the commands that mend what the check under the cursor found."""
        line = self.query_one(CheckList).cursor
        check = line[1] if line else None
        if check is None or check.finding is None or not check.finding.fix:
            self.notify("There is no fix to copy here", severity="warning", timeout=3)
            return
        commands = "\n".join(check.finding.fix)
        if printable(commands, multiline=True) != commands:
            # A terminal might take it for something else than text.
            said = "The fix holds control characters, and is not copied"
            self.notify(said, severity="warning", timeout=5)
            return
        self.app.copy_to_clipboard(commands)
        number = len(check.finding.fix)
        self.notify(f"Copied {number} command{'s' * (number > 1)}", timeout=2)

    def action_again(self) -> None:
        """Ask for another run."""
        self.post_message(self.Again())

    @on(CheckList.Highlighted)
    def _highlighted(self, event: CheckList.Highlighted) -> None:
        event.stop()
        self.query_one(CheckDetail).show(self.query_one(CheckList).cursor)

    @on(CheckList.Chosen)
    def _chosen(self, event: CheckList.Chosen) -> None:
        event.stop()
        self.query_one(CheckDetail).focus()

    @on(CheckDetail.Left)
    def _left(self, event: CheckDetail.Left) -> None:
        event.stop()
        self.query_one(CheckList).focus()


def _status(state: CheckState, zone: tzinfo) -> Status:
    """How the run goes, or what it found."""
    rows = [row for target in state.targets for row in target.checks]
    facts = tuple(text for outcome, text in tally(rows) if outcome is not None)
    outcomes = {row.outcome for row in rows}
    tone, mark = _tone(state, outcomes)
    return Status("setup check", mark, tone, _progress(state, zone), facts=facts)


def _tone(state: CheckState, outcomes: set[Outcome | None]) -> tuple[str, str]:
    """The colour, and the mark."""
    if state.running:
        return "busy", "◔"
    if state.problem:
        return "bad", "✖"
    tones = {Outcome.FAIL: "bad", Outcome.UNKNOWN: "warn", Outcome.WARN: "warn"}
    for outcome, tone in tones.items():
        if outcome in outcomes:
            return tone, LOOKS[outcome].mark
    return ("good", LOOKS[Outcome.PASS].mark) if outcomes else ("idle", LOOKS[None].mark)


def _progress(state: CheckState, zone: tzinfo) -> str:
    if state.running and not state.total:
        return "finding out what there is to check"
    if state.running:
        full = BAR * state.done // state.total
        return f"{count(state.done)} of {count(state.total)} {'━' * full}{'─' * (BAR - full)}"
    when = f"{time_of_day(state.ended, zone)}: r checks again" if state.ended else ""
    return f"{'stopped' if state.problem else 'checked'} {when}" if when else ""


def _told(state: CheckState) -> Content:
    """The error that ended the run, and the notes."""
    lines = []
    if state.problem:
        lines.append(Content.styled(printable(f"✖ {state.problem}"), "bold $text-error"))
    if state.hint:
        lines.append(Content.styled(printable(f"→ {state.hint}"), "$text-accent"))
    lines += [Content(printable(f"• {note}")) for note in state.notes[:MOST_NOTES]]
    if (more := len(state.notes) - MOST_NOTES) > 0:
        lines.append(Content(f"• and {more} more: mqtail check tells them"))
    return Content("\n").join(lines)


def _placeholder(state: CheckState) -> tuple[str, ...]:
    if state.running:
        return ("Finding out what there is to check…",)
    return ("Nothing was checked", "press r to check again") if state.problem else ()
