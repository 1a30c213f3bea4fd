"""The keys of the main screen and of everywhere, for footer, help and command palette."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding, BindingType

import widgets.keys

_ONLY = Binding.Group("Only this instance; again: all. In a split: of the pane with the focus")


def _key(
    key: str, action: str, name: str, tooltip: str, *, id: str = "", **options: Any
) -> Binding:
    """A key whose name in a keymap is that of its action, unless it is given."""
    return widgets.keys.key(
        key, action, name, tooltip, id=id or action.replace("_", "-"), **options
    )


FIND_KEYS: list[BindingType] = [
    # With priority, so that what is typed at once after them is not taken for commands.
    _key("f", "edit_filter", "Filter", "Edit the filter", footer=True, priority=True),
    _key(
        "slash", "search", "Search", "Search and highlight", shown="/", footer=True, priority=True
    ),
    _key("n", "next_match", "Next match", "Next match (newer)"),
    _key("N", "previous_match", "Previous match", "Previous match"),
    _key("e", "next_error", "Error", "Next error; while following: the newest", footer=True),
    _key("E", "previous_error", "Previous error", "Previous error"),
    _key(
        "greater_than_sign", "next_marker", "Next marker", "Next marker of the timeline", shown=">"
    ),
    _key(
        "less_than_sign",
        "previous_marker",
        "Previous marker",
        "Previous marker of the timeline: failover, start, stop, leader change, reboot",
        shown="<",
    ),
    _key("m", "bookmark", "Bookmark", "Bookmark the event, or do so no longer"),
    _key("apostrophe", "next_bookmark", "Next bookmark", "Go to the next bookmark", shown="'"),
    _key(
        "x",
        "context",
        "Context",
        "The same moment with everything around it; again: back to the view before",
    ),
]

NARROW_KEYS: list[BindingType] = [
    *(
        Binding(
            str(key),
            f"instance({key})",
            f"Instance {key}",
            show=False,
            group=_ONLY,
            id=f"instance-{key}",
        )
        for key in range(1, 10)
    ),
    _key("g", "kind('general')", "General log", "General log on or off", id="kind-general"),
    _key("a", "kind('audit')", "Audit log", "Audit log on or off", id="kind-audit"),
    _key("k", "kind('broker')", "Kafka broker log", "Kafka broker log on or off", id="kind-broker"),
    _key("t", "kind('api')", "API calls", "API calls (CloudTrail) on or off", id="kind-api"),
    _key("l", "level", "Level", "Minimum level: info, warn, error, all", footer=True),
    _key(
        "d",
        "other_destinations",
        "Other destinations",
        "Read what is shown from its other destinations, too",
    ),
    _key("escape", "clear", "Show all", "End the search; then show all; then clear the filter"),
]

SCREEN_KEYS: list[BindingType] = [
    _key("right_square_bracket", "next_tab", "Next tab", "Next tab", shown="]", id="next-tab"),
    _key("left_square_bracket", "previous_tab", "Previous tab", "Previous tab", shown="["),
    _key(
        "v",
        "split",
        "Split",
        "Two panes side by side, scrolled together: by instance, kind, target; then one again",
    ),
    _key("i", "timeline", "Timeline", "Go to the timeline; there: hide it"),
    _key("b", "sidebar", "Sources", "Go to the sources; there: hide them", footer=True),
    _key("c", "setup_check", "Check", "Setup check: why are there no logs?", footer=True),
    _key("r", "read_now", "Read now", "Read at once"),
    _key("s", "save", "Save", "Save what is shown to a file"),
    _key("Y", "copy_command", "Copy command", "Copy the command that shows this view again"),
    _key("question_mark", "help", "Help", "This page", shown="?", footer=True),
]

MAIN_KEYS: list[BindingType] = [*FIND_KEYS, *NARROW_KEYS, *SCREEN_KEYS]

MAIN_ACTIONS = {binding.action.partition("(")[0] for binding in Binding.make_bindings(MAIN_KEYS)}
"""Names of the actions, without their arguments."""

APP_KEYS: list[BindingType] = [
    _key("ctrl+p", "command_palette", "Commands", "Every command, by its name", id="commands"),
    _key("q", "quit", "Quit", "Leave mqtail", footer=True),
    _key(
        "ctrl+c",
        "copy_or_quit",
        "Quit",
        "Copy what is selected; where nothing is: leave mqtail",
        priority=True,
    ),
    _key("ctrl+q", "quit", "Quit", "Leave mqtail", id="quit-too", priority=True),
]
