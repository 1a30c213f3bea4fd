"""The keys of the detail of an event; those of the screen around it are in `tui.screens.detail`."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding, BindingType

import widgets.keys


def _key(key: str, action: str, name: str, tooltip: str, id: str, **options: Any) -> Binding:
    return widgets.keys.key(key, action, name, tooltip, id=f"detail-{id}", **options)


DETAIL_KEYS: list[BindingType] = [
    _key(
        "y",
        "copy",
        "Copy",
        "Copy what is selected, else what the cursor is on: a value, a line, "
        "on a heading the whole section, on the first line the event's message.",
        "copy",
        footer=True,
    ),
    _key(
        "j", "copy_json", "Copy JSON", "Copy the JSON of the event as it was received.", "copy-json"
    ),
    _key(
        "enter,space",
        "fold",
        "Fold",
        "Fold or unfold a section, an object or a list; open the page on its address.",
        "fold",
        footer=True,
        shown="enter",
    ),
    _key("Z", "fold_all", "Fold JSON", "Unfold everything in the JSON, or fold it.", "fold-all"),
    _key("left", "outer", "Outer", "Fold; from inside, go to what it is in.", "outer"),
    _key("right", "inner", "Inner", "Unfold; from there, go in.", "inner"),
    _key(
        "f",
        "filter(False)",
        "Filter",
        "Add the field or JSON text under the cursor to the filter; of the time: from then on.",
        "filter",
        footer=True,
    ),
    _key(
        "minus",
        "filter(True)",
        "Exclude",
        "Leave out what has the field or JSON text under the cursor.",
        "exclude",
        footer=True,
        shown="-",
    ),
    _key(
        "o", "original", "Raw", "The message as it was received, and back.", "original", footer=True
    ),
    _key("d", "page", "Page", "Open the page that explains the event in the browser.", "page"),
    _key(
        "up",
        "move(-1)",
        "Up",
        "Go one row up, or one line in a row that is taller than the screen.",
        "up",
    ),
    _key(
        "down",
        "move(1)",
        "Down",
        "Go one row down, or one line in a row that is taller than the screen.",
        "down",
    ),
    _key("pageup", "scroll_page(-1)", "Page up", "Go one page up.", "page-up"),
    _key("pagedown", "scroll_page(1)", "Page down", "Go one page down.", "page-down"),
    _key("home", "first", "Top", "Go to the first row.", "top"),
    _key("end", "last", "Bottom", "Go to the last row.", "bottom"),
]
"""Copying, folding, filtering and moving."""
