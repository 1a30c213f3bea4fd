"""The keys of the main screen; footer, help and command palette are made from them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

_ONLY = Binding.Group("Only this instance; again: all")


def _hidden(key: str, action: str, name: str, tooltip: str) -> Binding:
    """A key that the footer has no room for."""
    return Binding(key, action, name, show=False, tooltip=tooltip)


MAIN_KEYS: list[BindingType] = [
    # With priority, so that what is typed at once after them is not taken for commands.
    Binding("f", "edit_filter", "Filter", priority=True, tooltip="Edit the filter"),
    Binding(
        "slash", "search", "Search", key_display="/", priority=True, tooltip="Search and highlight"
    ),
    _hidden("n", "next_match", "Next match", "Next match (newer)"),
    _hidden("N", "previous_match", "Previous match", "Previous match"),
    Binding("e", "next_error", "Error", tooltip="Next error; while following: the newest"),
    _hidden("E", "previous_error", "Previous error", "Previous error"),
    *(
        Binding(str(key), f"instance({key})", f"Instance {key}", show=False, group=_ONLY)
        for key in range(1, 10)
    ),
    _hidden("g", "kind('general')", "General log", "General log on or off"),
    _hidden("a", "kind('audit')", "Audit log", "Audit log on or off"),
    _hidden("k", "kind('broker')", "Kafka broker log", "Kafka broker log on or off"),
    _hidden("t", "kind('api')", "API calls", "API calls (CloudTrail) on or off"),
    _hidden(
        "d",
        "other_destinations",
        "Other destinations",
        "Read what is shown from its other destinations, too",
    ),
    Binding("l", "level", "Level", tooltip="Minimum level: info, warn, error, all"),
    _hidden("escape", "clear", "Show all", "End the search; then show all; then clear the filter"),
    Binding("b", "sidebar", "Sources", tooltip="Go to the sources; there: hide them"),
    Binding("c", "setup_check", "Check", tooltip="Setup check: why are there no logs?"),
    _hidden("r", "read_now", "Read now", "Read at once"),
    Binding("question_mark", "help", "Help", key_display="?", tooltip="This page"),
]

MAIN_ACTIONS = {binding.action.partition("(")[0] for binding in Binding.make_bindings(MAIN_KEYS)}
"""Names of the actions, without their arguments."""
