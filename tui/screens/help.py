"""Every key and the filter language, on one page that can be searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType, Keymap
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from mqtail.files import config_file, report_file, state_file
from mqtail.printable import printable
from tui.keymap import Section, has_key, mapped
from widgets.key_line import KeyLine
from widgets.key_table import KeyRow, KeyTable
from widgets.text_input import TextInput

KEY_WIDTH = 12
EXPRESSION_WIDTH = 31
FILE_WIDTH = 13
MANY = 4
"""Keys that are listed one by one; of more, the first and the last are."""
NO_KEY = "–"

EXPRESSIONS = (
    KeyRow("timeout", "the word, anywhere in the message"),
    KeyRow('"No space left"', "the phrase"),
    KeyRow("/Slow.*Consumer/", "a regular expression; /.../i ignores case"),
    KeyRow("level>=warn   level:error", "the level"),
    KeyRow("instance:1  kind:api  source:s3", "where it comes from"),
    KeyRow("target:prod-*   user:admin", "shell patterns are understood"),
    KeyRow("logger:org.apache.activemq.*", "the logger"),
    KeyRow("late:true   lag>30s", "what came late"),
    KeyRow("time>=10:15 time<10:20", "a span of time"),
    KeyRow("a b   a or b   -a   ( ... )", "and, or, not"),
)
"""Examples of the filter language, with what they mean."""


class HelpScreen(ModalScreen[None]):
    """Lists keys and what they do, as the bindings themselves have it.

    Args:
        sections: the keys of all parts of the UI, in the order in which they are listed.
        notices: what the session had to tell.
        keymap: the keys that the user has put in place of those that are built in.
    """

    DEFAULT_CSS = """
    HelpScreen {
        & #help-search { display: none; height: 1; }
        & #help-search Label { padding: 0 1; color: $text-primary; text-style: bold; }
        & #help-search Input { width: 1fr; }
        & #help-nothing { display: none; color: $text-muted; }
        &.-searching #help-search { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "back",
            "Close",
            key_display="esc",
            tooltip="End the search; then close the help",
            id="help-back",
        ),
        Binding("question_mark,q,enter", "dismiss", "Close", show=False, id="help-close"),
        Binding(
            "slash",
            "search",
            "Search",
            key_display="/",
            tooltip="Show only what has the words that are typed",
            id="help-search",
        ),
        Binding("up", "scroll(-1)", "Up", show=False, id="help-up"),
        Binding("down", "scroll(1)", "Down", show=False, id="help-down"),
    ]

    def __init__(
        self, sections: Sequence[Section], notices: Iterable[str] = (), keymap: Keymap | None = None
    ) -> None:
        super().__init__()
        self._sections = sections
        self._notices = list(notices)
        self._keymap = keymap or {}

    def compose(self) -> ComposeResult:
        """The sections one under the other, and the search above them while it is wanted."""
        tables = [
            KeyTable(section.title, self._rows(section.bindings), KEY_WIDTH)
            for section in self._sections
        ]
        tables.append(KeyTable("Filter and search", EXPRESSIONS, EXPRESSION_WIDTH))
        tables.append(KeyTable("Files", _files(), FILE_WIDTH))
        if self._notices:
            notices = [KeyRow("•", printable(notice)) for notice in self._notices]
            tables.append(KeyTable("Notices", notices, 1))
        box = Vertical(
            Horizontal(
                Label("search"),
                TextInput(placeholder="words of what you look for", compact=True),
                id="help-search",
            ),
            VerticalScroll(*tables, Static(id="help-nothing"), id="help-tables"),
            KeyLine(),
            classes="dialog",
        )
        box.border_title = "Help"
        yield box

    def on_mount(self) -> None:
        """Keys scroll."""
        self._tables.focus()

    def action_back(self) -> None:
        """End the search, or close."""
        if not self.has_class("-searching"):
            self.dismiss()
            return
        self.query_one(Input).value = ""
        self.remove_class("-searching")
        self._tables.focus()

    def action_search(self) -> None:
        """Have it typed what to look for."""
        self.add_class("-searching")
        self.query_one(Input).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll while something is typed."""
        self._tables.scroll_relative(y=lines, animate=False)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        """Show only what has the words."""
        words = event.value.split()
        found = sum([table.narrow(words) for table in self.query(KeyTable)])
        nothing = self.query_one("#help-nothing", Static)
        nothing.update("Nothing here has these words")
        nothing.display = not found
        self._tables.scroll_home(animate=False)

    @on(Input.Submitted)
    def _go_to_tables(self) -> None:
        self._tables.focus()

    @property
    def _tables(self) -> VerticalScroll:
        return self.query_one("#help-tables", VerticalScroll)

    def _rows(self, bindings: Sequence[BindingType]) -> list[KeyRow]:
        """A row for each meaning, with all its keys and the ids for `[keys]`."""
        keys: dict[str, list[str]] = {}
        ids: dict[str, list[str]] = {}
        for binding in mapped(bindings, self._keymap):
            text = binding.group.description if binding.group else ""
            text = text or binding.tooltip or binding.description
            if text:
                shown = self.app.get_key_display(binding) if has_key(binding) else NO_KEY
                keys.setdefault(text, []).append(shown)
                ids.setdefault(text, []).append(binding.id or "")
        return [KeyRow(_joined(keys[text]), text, _joined(ids[text])) for text in keys]


def _files() -> list[KeyRow]:
    """Where mqtail keeps what."""
    state = state_file()
    kept = str(state) if state else "not kept: MQTAIL_STATE is empty"
    return [
        KeyRow("configuration", str(config_file())),
        KeyRow("state", kept, "histories, looks, what was saved"),
        KeyRow("last error", str(report_file())),
    ]


def _joined(texts: Sequence[str]) -> str:
    """`a b`, and `1 … 9` for many; each once."""
    each = list(dict.fromkeys(texts))
    return f"{each[0]} … {each[-1]}" if len(each) > MANY else " ".join(each)
