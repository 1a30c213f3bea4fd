"""The filter: applied as one types, with its error and the count of what passes."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from mqtail.errors import FilterError
from mqtail.filters import Filter, compile_filter, is_unfinished
from mqtail.printable import printable
from widgets.human import count


class FilterInput(Input):
    """One line of text that gives up the focus at once when it is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", key_display="enter", tooltip="Keep it, go to the log"),
        Binding("escape", "undo", "Undo", tooltip="Back to the log, with the text as it was"),
        Binding("up", "recall(1)", "Earlier", tooltip="Bring back an earlier text"),
        Binding("down", "recall(-1)", "Later", show=False, tooltip="A later text; then to the log"),
    ]

    value_before = ""
    """What stood in it when editing began."""

    class Undone(Message):
        """What was typed is to be taken back."""

    class Recalled(Message):
        """A text from so many steps further back is to be shown."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def on_focus(self, event: events.Focus) -> None:
        """Remember the text; not when only the terminal's window was left and entered again."""
        if not event.from_app_focus:
            self.value_before = self.value

    async def on_key(self, event: events.Key) -> None:
        """End editing at once: keys that are on their way here already are left to the screen."""
        if self.screen.focused is not self:
            event.prevent_default()
        elif event.key == "enter":
            event.stop().prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        """Keep the text."""
        await super().action_submit()
        self.screen.set_focus(None)

    def action_undo(self) -> None:
        """Take back what was typed."""
        self.screen.set_focus(None)
        self.post_message(self.Undone())

    def action_recall(self, steps: int) -> None:
        """Ask for an earlier text, or for a later one."""
        self.post_message(self.Recalled(steps))


class FilterBar(Vertical):
    """A line to type a filter expression into; expressions that stood in it can be brought back.

    Args:
        text: the expression to begin with.
        label: what stands before the line.
        hint: what stands in it while it is empty.
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    FilterBar {
        height: auto;
        background: $surface;

        & > Horizontal { height: 1; }
        & Label { width: auto; padding: 0 1; color: $text-primary; text-style: bold; }
        & Input {
            width: 1fr; height: 1; border: none; padding: 0; background: transparent;
            &:focus { border: none; background-tint: transparent; }
        }
        & .filter-bar--count { width: auto; padding: 0 1; color: $text-muted; }
        & .filter-bar--error { display: none; height: auto; padding: 0 1; }
        &.-invalid .filter-bar--error { display: block; }
        &.-invalid Label { color: $text-error; }
        &:focus-within { background: $surface-lighten-1; }
    }
    """

    SETTLE_S: ClassVar[float] = 0.4
    """Seconds that an expression which looks unfinished is given before it is passed on."""

    class Changed(Message):
        """The expression is another one; only the newest counts."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__()
            self.bar = bar
            self.text = text

        @property
        def control(self) -> FilterBar:
            """The bar that was typed into."""
            return self.bar

        def can_replace(self, message: Message) -> bool:
            """Stand for an earlier change that nobody has seen yet."""
            return isinstance(message, FilterBar.Changed) and message.bar is self.bar

    class Closed(Message):
        """Editing ended, and nothing has the focus."""

        def __init__(self, bar: FilterBar, *, kept: bool) -> None:
            super().__init__()
            self.bar = bar
            self.kept = kept

        @property
        def control(self) -> FilterBar:
            """The bar that was left."""
            return self.bar

    def __init__(
        self,
        text: str = "",
        *,
        label: str = "filter",
        hint: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._label = label
        self._hint = hint
        self._first_text = text
        self._history: list[str] = []
        """Earlier texts, the newest last, each once."""
        self._draft = ""
        """What was typed before earlier texts were brought back."""
        self._steps_back = 0
        """How many texts back from the draft the line is."""
        self._recalled = ""
        self._count_text = ""
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """The line, the count, and room for an error."""
        with Horizontal():
            yield Label(self._label)
            yield FilterInput(self._first_text, placeholder=self._hint, select_on_focus=False)
            yield Static(classes="filter-bar--count")
        yield Static(classes="filter-bar--error", markup=False)

    @property
    def text(self) -> str:
        """The expression as it stands in the line."""
        return self._input.value

    @text.setter
    def text(self, text: str) -> None:
        self._input.value = text

    @property
    def _input(self) -> FilterInput:
        return self.query_one(FilterInput)

    def edit(self, *, anew: bool = False) -> None:
        """Let the expression be typed.

        Args:
            anew: what is typed replaces the text; otherwise it is put at its end.
        """
        # Not `focus`, which takes a turn: what is typed at once after the key must get here.
        self.screen.set_focus(self._input)
        self._input.cursor_position = len(self.text)
        if anew:
            self._input.action_select_all()

    def clear(self) -> None:
        """Empty the line; what stood in it can be brought back."""
        self._remember(self.text)
        self.text = ""
        self.show_error(None)

    def compiled(self, text: str, *, now: int, zone: tzinfo) -> Filter | None:
        """The filter that a text means; None, with the error shown, if it makes no sense.

        Args:
            text: the expression.
            now: the time, ms since the epoch.
            zone: for times of day.
        """
        try:
            compiled = compile_filter(text, now=now, zone=zone)
        except FilterError as error:
            self.show_error(error)
            return None
        self.show_error(None)
        return compiled

    def show_error(self, error: FilterError | None) -> None:
        """Show what is wrong with the expression, and where; None: nothing is."""
        self.set_class(error is not None, "-invalid")
        if error is None:
            return
        message = f"column {error.column}: {printable(error.problem)}"
        if error.hint:
            message += f" · {printable(error.hint)}"
        column = self._input.region.x - self.region.x + error.column - 2
        fits = column + 2 + cell_len(message) < self.size.width
        # A pointer stands under the column where the message leaves room for it.
        mark = f"{' ' * column}▲ " if fits else "× "
        text = Content.assemble((mark, "bold $text-error"), (message, "$text-error"))
        self.query_one(".filter-bar--error", Static).update(text)

    def show_count(self, passing: int, events: int, *, complete: bool = True) -> None:
        """Show how many events pass, of how many; `complete` is False while it is counted."""
        if passing == events:
            text = f"{count(events)}"
        else:
            text = f"{count(passing)}{'' if complete else '…'} of {count(events)}"
        if text != self._count_text:
            self._count_text = text
            self.query_one(".filter-bar--count", Static).update(text)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """Pass the expression on at once, or after a moment if more of it is likely to come."""
        event.stop()
        self._stop_waiting()
        if event.value != self._recalled:
            self._steps_back = 0
        if self._input.has_focus and is_unfinished(event.value):
            self._settling = self.set_timer(self.SETTLE_S, self._settled)
        else:
            self._settled()

    def _settled(self) -> None:
        self._stop_waiting()
        self.post_message(self.Changed(self, self.text))

    def _stop_waiting(self) -> None:
        if self._settling is not None:
            self._settling.stop()
            self._settling = None

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        event.stop()
        if self._settling is not None:
            self._settled()
        self._remember(self._input.value_before)
        self._remember(self.text)
        self.post_message(self.Closed(self, kept=True))

    @on(FilterInput.Undone)
    def _undo(self, event: FilterInput.Undone) -> None:
        """Take back what was typed; it can be brought back as well."""
        event.stop()
        self._remember(self.text)
        self.text = self._input.value_before
        self.post_message(self.Closed(self, kept=False))

    @on(FilterInput.Recalled)
    async def _recall(self, event: FilterInput.Recalled) -> None:
        """Show an earlier or a later text; beyond the latest, keep it and go on to the log."""
        event.stop()
        steps = self._steps_back + event.steps
        if steps < 0:
            await self._input.action_submit()
            return
        if not self._steps_back:
            self._draft = self.text
        earlier = [text for text in self._history if text != self._draft]
        if steps <= len(earlier):
            self._steps_back = steps
            self.text = self._recalled = earlier[-steps] if steps else self._draft
            self._input.cursor_position = len(self.text)

    def _remember(self, text: str) -> None:
        """Make a text the newest of the earlier ones."""
        if text.strip():
            self._history = [other for other in self._history if other != text] + [text]
        self._steps_back = 0
