"""A list to choose one of: the region, or the profile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mqtail.errors import MqtailError
from mqtail.later import Later
from mqtail.printable import printable
from tui.failures import unforeseen
from widgets.key_line import KeyLine
from widgets.targets.query import QueryInput


class Choosable(NamedTuple):
    """One of what can be chosen."""

    name: str
    note: str = ""
    """What is said beside the name."""


class SwitchScreen(ModalScreen[bool]):
    """Lets one be chosen, and stays open until switching to it has worked.

    Its result is whether it has.

    Args:
        title: what is chosen.
        load: gives what there is; may block, and raise `MqtailError`.
        current: the name of the one that is in force.
        switch: switches to the one of that name; raises `MqtailError` where that fails.
        anything: a name that is not in the list can be chosen, too.
    """

    DEFAULT_CSS = """
    SwitchScreen {
        align: center middle;

        & > Vertical {
            width: 64;
            max-width: 100%;
            height: 24;
            max-height: 100%;
            background: $background;
            border: round $primary;
            border-title-color: $text-primary;
            border-title-style: bold;
        }
        & QueryInput { padding: 0 1; background: $surface; }
        & OptionList {
            height: 1fr; border: none; padding: 0; background: transparent;
            scrollbar-size-vertical: 1;
            & > .option-list--option, & > .option-list--option-highlighted {
                color: $text-muted; text-style: none;
            }
            &:ansi > .option-list--option-highlighted { text-style: bold underline; }
        }
        & Static { height: auto; padding: 0 1; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "Choose",
            id="switch-choose",
            tooltip="Switch to what is under the cursor",
        ),
        Binding(
            "escape",
            "dismiss(False)",
            "Back",
            id="switch-back",
            key_display="esc",
            tooltip="Back, and leave it as it is",
        ),
        Binding(
            "up",
            "list('cursor_up')",
            "Up",
            id="switch-up",
            show=False,
            tooltip="One row up",
        ),
        Binding(
            "down",
            "list('cursor_down')",
            "Down",
            id="switch-down",
            show=False,
            tooltip="One row down",
        ),
        Binding(
            "pageup",
            "list('page_up')",
            "Page up",
            id="switch-page-up",
            show=False,
            tooltip="One page up",
        ),
        Binding(
            "pagedown",
            "list('page_down')",
            "Page down",
            id="switch-page-down",
            show=False,
            tooltip="One page down",
        ),
    ]

    def __init__(
        self,
        title: str,
        load: Callable[[], Sequence[Choosable]],
        current: str,
        switch: Callable[[str], Awaitable[None]],
        *,
        anything: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._load = load
        self._current = current
        self._switch = switch
        self._anything = anything
        self._all: Sequence[Choosable] = ()
        self._switching = False

    def compose(self) -> ComposeResult:
        """A line to narrow the list, the list, and what goes on."""
        rows = OptionList(markup=False)
        rows.can_focus = False
        box = Vertical(
            QueryInput(placeholder="type to narrow"),
            rows,
            Static("Loading…"),
            KeyLine(compact=True),
        )
        box.border_title = self._title
        yield box

    def on_mount(self) -> None:
        """Find out what there is."""
        self._fill()

    def action_choose(self) -> None:
        """Switch to the one under the cursor, or to what was typed."""
        if self._switching:
            return
        rows = self.query_one(OptionList)
        chosen = rows.highlighted_option
        typed = self.query_one(QueryInput).value.strip()
        if chosen is not None and chosen.id is not None:
            self._switch_to(chosen.id)
        elif self._anything and typed:
            self._switch_to(typed)

    def action_list(self, action: str) -> None:
        """Move in the list, which never has the focus."""
        getattr(self.query_one(OptionList), f"action_{action}")()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_choose()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @work(exit_on_error=False, description="load")
    async def _fill(self) -> None:
        try:
            # Leaving does not wait for it: it may have to sign in first.
            self._all = await Later(self._load).ready()
        except MqtailError as error:
            self._tell(error)
            return
        except Exception as error:
            self._tell(unforeseen(error, f"Loading ({self._title})", "escape goes back."))
            return
        self.query_one(Static).update(self._empty_text)
        self._show()

    @work(exit_on_error=False, description="switch")
    async def _switch_to(self, name: str) -> None:
        self._switching = True
        self.query_one(Static).update(Content(f"Signing in: {printable(name)}…"))
        try:
            await self._switch(name)
        except MqtailError as error:
            self._tell(error)
        except Exception as error:
            hint = "the former sign-in is kept."
            self._tell(unforeseen(error, f"Switching ({self._title})", hint))
        else:
            self.dismiss(True)
        finally:
            self._switching = False

    @property
    def _empty_text(self) -> str:
        return "" if self._all else "There is nothing to choose from."

    def _tell(self, error: MqtailError) -> None:
        """Say what went wrong, and what helps."""
        self.query_one(Static).update(
            Content.assemble(
                (f"× {printable(error.message)}", "$text-error"),
                f"\n{printable(error.hint)}" if error.hint else "",
            )
        )

        # The list has become lower.
        self.call_after_refresh(self.query_one(OptionList).scroll_to_highlight)

    def _show(self) -> None:
        """List what fits the text, the cursor on the one in force where that is there."""
        text = self.query_one(QueryInput).value.strip().lower()
        fitting = [one for one in self._all if text in f"{one.name} {one.note}".lower()]
        width = max((len(one.name) for one in self._all), default=0)
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options([Option(self._row(one, text, width), id=one.name) for one in fitting])
        if fitting:
            names = [one.name for one in fitting]
            in_force = not text and self._current in names
            rows.highlighted = names.index(self._current) if in_force else 0

    def _row(self, one: Choosable, text: str, width: int) -> Content:
        """A mark for the one in force, the name, and the note; what was typed is highlighted."""
        mark = "●" if one.name == self._current else " "
        row = Content.assemble(
            (f"{mark} ", "$text-success"),
            (f"{printable(one.name):<{width}}", "$foreground"),
            "  ",
            printable(one.note),
        )
        at = row.plain.lower().find(text) if text else -1
        return row if at < 0 else row.stylize("bold underline", at, at + len(text))
