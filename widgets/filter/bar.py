"""The filter: applied as one types, completed, with its error and the count of what passes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from mqtail.errors import FilterError
from mqtail.filters import Filter, compile_filter, is_unfinished
from mqtail.filters.completion import Completion, Vocabulary, complete
from widgets.filter.completion import Candidates
from widgets.filter.history import TextHistory
from widgets.filter.input import FilterInput
from widgets.filter.problem import FilterProblem
from widgets.human import count

LOW = 20
"""Lines of a screen below which candidates are shown only when they are asked for."""
NOWHERE = ("", -1)
"""A text and a cursor that there is not."""
HELP = "tab completes · enter keeps it · escape takes it back · ↑ earlier ones"


class FilterMessage(Message):
    """Something that a filter bar tells."""

    def __init__(self, bar: FilterBar) -> None:
        super().__init__()
        self.bar = bar

    @property
    def control(self) -> FilterBar:
        """The bar that tells it."""
        return self.bar


class FilterBar(Vertical):
    """A line to type a filter expression into, with candidates to complete it under it.

    Expressions that stood in it can be brought back.

    Args:
        text: the expression to begin with.
        label: what stands before the line.
        hint: what stands in it while it is empty.
        vocabulary: known values of the fields.
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
        & .filter-bar--prompt { width: 2; visibility: hidden; color: $text-primary; }
        & Input {
            width: 1fr; height: 1; border: none; padding: 0; background: transparent;
            &:focus { border: none; background-tint: transparent; }
        }
        & .filter-bar--count {
            width: 24; padding: 0 1; text-align: right; color: $text-muted;
        }
        & FilterProblem { display: none; }
        & .filter-bar--help { display: none; height: 1; padding: 0 1; color: $text-muted; }
        & Candidates { display: none; }
        &.-invalid Label { color: $text-error; }
        &:focus-within {
            background: $surface-lighten-1;
            & Label { text-style: bold reverse; }
            & .filter-bar--prompt { visibility: visible; }
        }
        &.-helping .filter-bar--help { display: block; }
        &.-invalid FilterProblem { display: block; }
        &.-completing Candidates { display: block; }
        /* Two classes win also where a subclass brings the rules above a second time. */
        &.-helping.-invalid .filter-bar--help { display: none; }
        &.-helping.-completing .filter-bar--help { display: none; }
        &.-invalid.-completing FilterProblem { display: none; }
    }
    """

    SETTLE_S: ClassVar[float] = 0.4
    """Seconds that an expression which looks unfinished is given before it is passed on."""

    class Changed(FilterMessage):
        """The expression is another one; only the newest counts."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__(bar)
            self.text = text

        def can_replace(self, message: Message) -> bool:
            """Stand for an earlier change that nobody has seen yet."""
            return isinstance(message, FilterBar.Changed) and message.bar is self.bar

    class Stopped(FilterMessage):
        """A filter was put out of force: a regular expression in it takes too long."""

        def __init__(self, bar: FilterBar, filter: Filter) -> None:
            super().__init__(bar)
            self.filter = filter

    class Closed(FilterMessage):
        """Editing ended, and nothing has the focus."""

        def __init__(self, bar: FilterBar, *, kept: bool) -> None:
            super().__init__(bar)
            self.kept = kept

    class Remembered(FilterMessage):
        """A sensible expression was kept: it is worth being remembered beyond this run."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__(bar)
            self.text = text

    def __init__(
        self,
        text: str = "",
        *,
        label: str = "filter",
        hint: str = "",
        vocabulary: Vocabulary = lambda field: (),
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._label = label
        self._hint = hint
        self._first_text = text
        self._vocabulary = vocabulary
        self._history = TextHistory()
        self._recalled = ""
        self._completion = Completion(0, ())
        self._typed = NOWHERE
        """Text and cursor that the candidates are for."""
        self._completed = NOWHERE
        """Text and cursor as the chosen candidate left them."""
        self._count_text = ""
        self._settling: Timer | None = None
        self._error: FilterError | None = None

    def compose(self) -> ComposeResult:
        """The line and the count; below it room for candidates, an error or help."""
        with Horizontal():
            yield Label(self._label)
            yield Static("›", classes="filter-bar--prompt")
            yield FilterInput(self._first_text, placeholder=self._hint, select_on_focus=False)
            yield Static(classes="filter-bar--count", markup=False)
        yield Candidates()
        yield FilterProblem(classes="filter-bar--error", markup=False)
        yield Static(HELP, classes="filter-bar--help", markup=False)

    def on_mount(self) -> None:
        """Look for candidates wherever the cursor goes."""
        self.watch(self._input, "selection", lambda: self.call_next(self._suggest), init=False)

    def on_click(self, event: events.Click) -> None:
        """A click beside the line is meant for it, too."""
        if event.widget is not self._input and not self._input.has_focus:
            self.edit()

    def on_descendant_focus(self) -> None:
        """Say what can be done."""
        self._typed = self._completed = NOWHERE
        self._suggest()

    def on_descendant_blur(self) -> None:
        """Candidates are for those who type."""
        self.remove_class("-completing", "-helping")

    @property
    def text(self) -> str:
        """The expression as it stands in the line."""
        return self._input.value

    @text.setter
    def text(self, text: str) -> None:
        self._input.value = text

    @property
    def error(self) -> FilterError | None:
        """What is shown to be wrong with it; None: nothing."""
        return self._error

    @property
    def history(self) -> list[str]:
        """Expressions that can be brought back, the newest last."""
        return self._history.texts

    @history.setter
    def history(self, texts: Iterable[str]) -> None:
        self._history.texts = list(texts)

    @property
    def count_text(self) -> str:
        """The count as it is shown."""
        return self._count_text

    @property
    def _input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def _candidates(self) -> Candidates:
        return self.query_one(Candidates)

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
        self._history.remember(self.text)
        self.text = ""
        self.show_error(None)

    def compiled(self, text: str, *, now: int, zone: tzinfo) -> Filter | None:
        """The filter that a text means; None, with the error shown, if it makes no sense.

        Where a regular expression turns out to take too long, `Stopped` tells it.

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
        compiled.when_stopped(lambda error: self.post_message(self.Stopped(self, compiled)))
        return compiled

    def show_error(self, error: FilterError | None) -> None:
        """Show what is wrong with the expression, and where; None: nothing is."""
        self._error = error
        self.set_class(error is not None, "-invalid")
        if error is not None:
            before = self._cells_before(error.column - 1)
            column = self._input_column + before - 1 if before >= 0 else -1
            self.query_one(FilterProblem).show(error, column, self.size.width)

    def show_count(self, passing: int, events: int, *, complete: bool = True) -> None:
        """Show how many events pass, of how many; `complete` is False while it is counted."""
        if passing == events:
            text = f"{count(events)}"
        else:
            text = f"{count(passing)}{'' if complete else '…'} of {count(events)}"
        self.show_count_text(text)

    def show_count_text(self, text: str) -> None:
        """Show how much was found, in words."""
        if text != self._count_text:
            self._count_text = text
            self.query_one(".filter-bar--count", Static).update(text, layout=False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """Pass the expression on at once, or after a moment if more of it is likely to come."""
        event.stop()
        self._stop_waiting()
        if event.value != self._recalled:
            self._history.leave()
        self._suggest()
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
        self._history.remember(self._input.value_before)
        self._history.remember(self.text)
        if self.text.strip() and _is_sensible(self.text):
            self.post_message(self.Remembered(self, self.text))
        self.post_message(self.Closed(self, kept=True))

    @on(FilterInput.Undone)
    def _undo(self, event: FilterInput.Undone) -> None:
        """Take back what was typed; it can be brought back as well."""
        event.stop()
        self._history.remember(self.text)
        self.text = self._input.value_before
        self.post_message(self.Closed(self, kept=False))

    @on(FilterInput.Recalled)
    async def _recall(self, event: FilterInput.Recalled) -> None:
        """Show an earlier or a later text; beyond the latest, keep it and go on to the log."""
        event.stop()
        if event.steps < 0 and self._history.at_draft:
            await self._input.action_submit()
            return
        typed = self.text != self._input.value_before
        text = self._history.go(event.steps, self.text, typed=typed)
        if text is not None:
            self._recalled = text
            self._put(text, len(text))
        elif self._history.at_draft:
            beginning = " that begins with this" if typed and self.history else ""
            self._say(f"no earlier one{beginning}")

    def _suggest(self) -> None:
        """Show what the text can go on with, once something of it is typed."""
        place = (self.text, self._input.cursor_position)
        if not self._input.has_focus or place in (self._typed, self._completed):
            return
        self._completed = NOWHERE
        self._typed = place
        self._completion = complete(*place, self._vocabulary)
        self._candidates.chosen = None
        self._candidates.candidates = self._completion.candidates
        is_low = self.screen.size.height < LOW
        self._show_candidates(self._completion.begun and not is_low)
        self._say(HELP)
        self.set_class(not is_low, "-helping")

    def _show_candidates(self, shown: bool) -> None:
        self.set_class(shown and bool(self._completion.candidates), "-completing")
        self._candidates.indent = self._input_column + self._cells_before(self._completion.start)

    @property
    def _input_column(self) -> int:
        """The cell that the line begins in."""
        return self._input.region.x - self.region.x

    def _cells_before(self, position: int) -> int:
        """Cells from the begin of what is seen of the line to a character of it."""
        return self._input.cells_before(position) - self._input.scroll_offset.x

    @on(FilterInput.Completed)
    def _complete(self, event: FilterInput.Completed) -> None:
        """Take the next candidate; where there are several to anything, show them first."""
        event.stop()
        self._suggest()
        candidates, chosen = self._completion.candidates, self._candidates.chosen
        if not candidates:
            self._say("nothing to complete here")
            return
        if not self._completion.begun and not self.has_class("-completing"):
            self._show_candidates(True)
            return
        if chosen is None:
            chosen = -1 if event.steps > 0 else 0
        self._take((chosen + event.steps) % len(candidates))

    @on(FilterInput.Confirmed)
    def _confirm(self, event: FilterInput.Confirmed) -> None:
        event.stop()
        self._completed = NOWHERE
        self._suggest()

    @on(Candidates.Clicked)
    def _clicked(self, event: Candidates.Clicked) -> None:
        event.stop()
        self._take(event.index)
        self._completed = NOWHERE
        self._suggest()

    def _take(self, index: int) -> None:
        """Put a candidate into the line; the only one needs no further choice."""
        completion, (text, cursor) = self._completion, self._typed
        candidate = completion.candidates[index]
        before = text[: completion.start] + candidate
        place = (before + text[cursor:], len(before))
        if len(completion.candidates) > 1:
            self._completed = place
        self._show_candidates(True)
        self._candidates.chosen = index
        self._put(*place)

    def _put(self, text: str, cursor: int) -> None:
        self._input.value = text
        self._input.cursor_position = cursor

    def _say(self, text: str) -> None:
        """Say something where otherwise the help stands."""
        self.add_class("-helping")
        self.query_one(".filter-bar--help", Static).update(text)


def _is_sensible(text: str) -> bool:
    try:
        compile_filter(text, now=0, zone=UTC)
    except FilterError:
        return False
    return True
