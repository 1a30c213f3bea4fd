"""Every key and the filter language, on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from mqtail.printable import printable
from tui.keys import MAIN_KEYS
from tui.screens.check import CheckScreen
from tui.screens.detail import DetailScreen
from widgets.check_detail import CheckDetail
from widgets.check_list import CheckList
from widgets.check_pane import CheckPane
from widgets.event_detail import EventDetail
from widgets.filter_bar import FilterInput
from widgets.log_view import LogView
from widgets.source_tree import SourceTree

KEY_WIDTH = 14
EXPRESSION_WIDTH = 34

EXPRESSIONS = (
    ("timeout", "the word, anywhere in the message"),
    ('"No space left"', "the phrase"),
    ("/Slow.*Consumer/", "a regular expression; /.../i ignores case"),
    ("level>=warn   level:error", "the level"),
    ("instance:1  kind:api  source:s3", "where it comes from"),
    ("target:prod-*   user:admin", "shell patterns are understood"),
    ("logger:org.apache.activemq.*", "the logger"),
    ("late:true   lag>30s", "what came late"),
    ("time>=10:15 time<10:20", "a span of time"),
    ("a b   a or b   -a   ( ... )", "and, or, not"),
)
"""Examples of the filter language, with what they mean."""

SECTIONS: tuple[tuple[str, Sequence[BindingType]], ...] = (
    ("In the log", LogView.BINDINGS),
    ("Find and narrow down", MAIN_KEYS),
    ("While typing", FilterInput.BINDINGS),
    ("In the sources", SourceTree.BINDINGS),
    ("In an event", (*EventDetail.BINDINGS, *DetailScreen.BINDINGS)),
    (
        "In the setup check",
        (
            *CheckList.BINDINGS,
            *CheckPane.BINDINGS,
            *CheckDetail.BINDINGS,
            *CheckScreen.BINDINGS,
        ),
    ),
)
"""Titles, and the bindings under them; those of the application come last."""


class HelpScreen(ModalScreen[None]):
    """Lists keys and what they do, as the bindings themselves have it.

    Args:
        notices: what the session had to tell.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", key_display="esc"),
    ]

    def __init__(self, notices: Iterable[str]) -> None:
        super().__init__()
        self._notices = list(notices)

    def compose(self) -> ComposeResult:
        """The sections one under the other."""
        sections = (*SECTIONS, ("Everywhere", self.app.BINDINGS))
        parts = [Static(self._keys(title, bindings)) for title, bindings in sections]
        parts.append(Static(_table("Filter and search", EXPRESSIONS, EXPRESSION_WIDTH)))
        if self._notices:
            notices = [("•", printable(notice)) for notice in self._notices]
            parts.append(Static(_table("Notices", notices, 1)))
        box = Vertical(VerticalScroll(*parts), Footer(), classes="dialog")
        box.border_title = "Help"
        yield box

    def _keys(self, title: str, bindings: Sequence[BindingType]) -> Content:
        rows: dict[str, list[str]] = {}
        for binding in Binding.make_bindings(bindings):
            text = binding.tooltip or binding.description
            if binding.group is not None:
                text = binding.group.description
            if text:
                rows.setdefault(text, []).append(self.app.get_key_display(binding))
        shown = [(_joined(list(dict.fromkeys(keys))), text) for text, keys in rows.items()]
        return _table(title, shown, KEY_WIDTH)


def _joined(keys: list[str]) -> str:
    """`a b`, and `1 … 9` for many."""
    return f"{keys[0]} … {keys[-1]}" if len(keys) > 4 else " ".join(keys)


def _table(title: str, rows: Iterable[tuple[str, str]], width: int) -> Content:
    lines = [Content.styled(title, "bold $text-primary")]
    lines += [
        Content.assemble((f"  {key:<{width}} ", "bold $text-accent"), (text, "$text"))
        for key, text in rows
    ]
    return Content("\n").join([*lines, Content()])
