"""One event in full, over the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from mqtail.events import LogEvent
from mqtail.printable import printable
from mqtail.store import SortedEvents
from tui.screens.save import SaveScreen
from widgets.detail.view import EventDetail
from widgets.key_line import KeyLine
from widgets.text_input import TextInput

SEARCHING = "-searching"
"""Class of the screen while something is searched for."""

Neighbour = Callable[[LogEvent, int], LogEvent | None]
"""The event so many places after (or with -1: before) another one; None: there is none."""


class DetailScreen(ModalScreen[None]):
    """Shows an event, and the ones before and after it.

    Its messages go to the screen below.

    Args:
        event: the event.
        zone: zone of the times that are shown.
        command: gives the command that shows the view below again; None: there is none.
        neighbour: finds the next event of what is shown below; None: there is only this one.
        error: finds the next error of what is shown below; None: errors are not looked for.
    """

    # As narrow as this, every cell is needed.
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-narrow"),
        (100, "-wide"),
    ]

    CSS = """
    DetailScreen .dialog EventDetail { padding: 0; }
    DetailScreen.-narrow .dialog { width: 100%; height: 100%; }
    DetailScreen Input { display: none; padding: 0 1; }
    DetailScreen.-searching Input { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "back",
            "Close",
            key_display="esc",
            tooltip="End the search; select nothing any more; then close the event.",
            id="detail-back",
            # Before Textual's own escape, which ends the selection unasked.
            priority=True,
        ),
        Binding("q", "dismiss", "Close", show=False, tooltip="Close the event.", id="detail-close"),
        Binding(
            "n",
            "neighbour(1)",
            "Next",
            tooltip="The next event of what the log shows.",
            id="detail-next",
        ),
        Binding(
            "p",
            "neighbour(-1)",
            "Prev",
            tooltip="The event before it in what the log shows.",
            id="detail-previous",
        ),
        Binding(
            "e",
            "error(1)",
            "Error",
            tooltip="The next error of what the log shows.",
            id="detail-next-error",
        ),
        Binding(
            "E",
            "error(-1)",
            "Previous error",
            show=False,
            tooltip="The error before it in what the log shows.",
            id="detail-previous-error",
        ),
        Binding(
            "slash",
            "search",
            "Search",
            key_display="/",
            tooltip="Search in what is unfolded of the event; enter, down and up go on.",
            id="detail-search",
        ),
        Binding(
            "down",
            "find(1)",
            "Next match",
            tooltip="While searching: the next match.",
            id="detail-next-match",
            # Before what a field to type in would do.
            priority=True,
        ),
        Binding(
            "up",
            "find(-1)",
            "Previous match",
            tooltip="While searching: the match before.",
            id="detail-previous-match",
            priority=True,
        ),
        Binding(
            "Y",
            "copy_command",
            "Copy command",
            show=False,
            tooltip="Copy the command that shows the view of the log again.",
            id="detail-copy-command",
        ),
        Binding(
            "s",
            "save",
            "Save",
            tooltip="Save the event to a file, all of it.",
            id="detail-save",
        ),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            show=False,
            key_display="?",
            tooltip="Every key, on one page.",
            id="detail-help",
        ),
    ]

    class Moved(Message):
        """Another event is shown; the log below can follow."""

        def __init__(self, event: LogEvent) -> None:
            super().__init__()
            self.event = event

    class FilterWanted(Message):
        """A condition is to be added to the filter, with a blank (and) between."""

        def __init__(self, expression: str) -> None:
            super().__init__()
            self.expression = expression

    def __init__(
        self,
        event: LogEvent,
        zone: tzinfo,
        *,
        command: Callable[[], str] | None = None,
        neighbour: Neighbour | None = None,
        error: Neighbour | None = None,
    ) -> None:
        super().__init__()
        self._event = event
        self._zone = zone
        self._command = command
        self._neighbour = neighbour
        self._error = error

    @property
    def selected_text(self) -> str:
        """What is selected with the mouse; empty: nothing."""
        return self._detail.selected_text

    def compose(self) -> ComposeResult:
        """The event in a frame."""
        with Vertical(classes="dialog"):
            yield EventDetail(self._event, self._zone)
            yield TextInput(placeholder="search in this event", compact=True)
            yield KeyLine()

    def on_mount(self) -> None:
        """Say where the event comes from."""
        self._show_title()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done here has a key."""
        needs = {
            "neighbour": self._neighbour,
            "error": self._error,
            "copy_command": self._command,
        }
        if action in ("find", "search"):
            return isinstance(self.focused, Input) is (action == "find")
        return action not in needs or needs[action] is not None

    def action_back(self) -> None:
        """End the search; select nothing any more; where there is neither, go back to the log."""
        if self.has_class(SEARCHING):
            self._end_search()
        elif self.selected_text:
            self.clear_selection()
        else:
            self.dismiss()

    def action_search(self) -> None:
        """Have it typed what to search for."""
        self.add_class(SEARCHING)
        self.query_one(Input).focus()
        self._find(0)

    def action_find(self, step: int) -> None:
        """Go to the next match."""
        self._find(step)

    def action_neighbour(self, step: int) -> None:
        """Show the next event."""
        self._show(self._neighbour, step, "event")

    def action_error(self, step: int) -> None:
        """Show the next error."""
        self._show(self._error, step, "error")

    def action_copy_command(self) -> None:
        """Copy the command that shows the view below again."""
        if self._command is not None:
            command = self._command()
            self.app.copy_to_clipboard(command)
            self.notify(printable(f"Copied: {command}"), timeout=6, markup=False)

    def action_save(self) -> None:
        """Save the event to a file."""
        self.app.push_screen(SaveScreen([self._event], self._zone))

    @on(EventDetail.FilterWanted)
    def _filter_wanted(self, event: EventDetail.FilterWanted) -> None:
        event.stop()
        self._tell(self.FilterWanted(event.expression))
        self.notify(printable(f"Added to the filter: {event.expression}"), timeout=4, markup=False)

    @on(Input.Changed)
    def _search_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(0)

    @on(Input.Submitted)
    def _search_entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._find(1)

    def _find(self, step: int) -> None:
        """Mark what is searched for, and say which match this is."""
        text = self.query_one(Input).value
        at, of = self._detail.find(text, step)
        matches = f"match {at:,} of {of:,}" if of else "no match in what is unfolded"
        self.query_one(".dialog").border_subtitle = matches if text else ""

    def _end_search(self) -> None:
        self.remove_class(SEARCHING)
        self._detail.find("")
        self._detail.focus()
        self.query_one(".dialog").border_subtitle = ""

    @property
    def _detail(self) -> EventDetail:
        return self.query_one(EventDetail)

    def _show(self, neighbour: Neighbour | None, step: int, what: str) -> None:
        """Show the next of something, or say that there is none."""
        found = neighbour(self._event, step) if neighbour is not None else None
        if found is None:
            where = "below" if step > 0 else "above"
            self.notify(f"No {what} further {where}", timeout=2)
            return
        self._event = found
        self._detail.show(found)
        self._show_title()
        self._tell(self.Moved(found))

    def _show_title(self) -> None:
        source = self._event.source
        names = (source.target, source.log, source.instance or "")
        title = " / ".join(printable(name) for name in names if name)
        self.query_one(".dialog").border_title = title.replace("[", r"\[")

    def _tell(self, message: Message) -> None:
        """Tell the screen below."""
        screens = self.app.screen_stack
        screens[screens.index(self) - 1].post_message(message)


def neighbours(rows: Callable[[], SortedEvents]) -> Neighbour:
    """Finds neighbours among events in time order, also of one that is not among them.

    Args:
        rows: gives the events as they are at that moment.
    """

    def neighbour(event: LogEvent, step: int) -> LogEvent | None:
        found = rows()
        row = found.index_of(event)
        if step > 0:
            row += step if event in found else step - 1
        else:
            row += step
        return found[row] if 0 <= row < len(found) else None

    return neighbour
