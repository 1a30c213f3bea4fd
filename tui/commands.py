"""What the command palette has beyond the keys: what was saved, themes, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.command import SimpleCommand

from mqtail.named_views import NamedView
from mqtail.printable import printable
from tui.preferences import Preferences
from tui.screens.name import NameScreen
from tui.theme import THEMES, is_readable

LONGEST = 200
"""Characters of a filter that are shown."""


def saved_commands(
    preferences: Preferences,
    *,
    apply_filter: Callable[[str], Any],
    apply_view: Callable[[NamedView], Any],
) -> Iterator[SystemCommand]:
    """A command for each saved filter and each named view, and those that forget them.

    Args:
        preferences: what was saved.
        apply_filter: puts a filter in place of the present one.
        apply_view: shows what a view shows.
    """
    filters, views = preferences.filters, preferences.views
    for name, text in filters.items():
        shown = printable(text)[:LONGEST]
        yield SystemCommand(f"Filter: {name}", shown, partial(apply_filter, text))
    for name, view in views.items():
        yield SystemCommand(f"View: {name}", described(view), partial(apply_view, view))
    for kind, names, pinned, forget in (
        ("filter", filters, preferences.pinned_filters, preferences.forget_filter),
        ("view", views, preferences.pinned_views, preferences.forget_view),
    ):
        for name in names:
            if name not in pinned:
                title = f"Forget the {kind} {name}"
                yield SystemCommand(
                    title, "It is not kept any longer", partial(forget, name), False
                )


def saving_commands(
    app: App[Any], preferences: Preferences, filter_text: str, view: NamedView
) -> Iterator[SystemCommand]:
    """The commands that ask for a name and save the present filter, or view, under it.

    Args:
        app: shows the question.
        preferences: where it is saved.
        filter_text: the present filter.
        view: what is shown at present.
    """
    if filter_text.strip():
        yield SystemCommand(
            "Save this filter as…",
            printable(filter_text)[:LONGEST],
            partial(_save_filter, app, preferences, filter_text.strip()),
        )
    yield SystemCommand(
        "Save this view as…", described(view), partial(_save_view, app, preferences, view)
    )


def target_commands(names: Iterable[str], tail: Callable[[str], Any]) -> Iterator[SystemCommand]:
    """A command for each target that can be tailed instead, the one that was tailed last first.

    Args:
        names: names of targets, the newest last.
        tail: tails one of them.
    """
    for name in reversed(list(names)):
        text = "Tail it instead of what is tailed now"
        yield SystemCommand(f"Tail {printable(name)}", text, partial(tail, name))


def theme_commands(app: App[Any], preferences: Preferences) -> Iterator[SystemCommand]:
    """A command for each theme; they are found by typing, and do not fill the first page."""
    for name in theme_names(app):
        text = "In use" if name == app.theme else "Use these colours"
        choose = partial(_use_theme, app, preferences, name)
        yield SystemCommand(f"Theme: {name}", text, choose, False)


def choose_theme(app: App[Any], preferences: Preferences) -> None:
    """Show all themes, those of mqtail first."""
    commands = [
        SimpleCommand(
            f"{name} (in use)" if name == app.theme else name,
            partial(_use_theme, app, preferences, name),
            None,
        )
        for name in theme_names(app)
    ]
    app.search_commands(commands, placeholder="Search for themes…")


def theme_names(app: App[Any]) -> list[str]:
    """Names of all themes that can be used here, those of mqtail first."""
    usable = {name for name, theme in app.available_themes.items() if is_readable(theme)}
    ours = [theme.name for theme in THEMES if theme.name in usable]
    return ours + sorted(usable - set(ours))


def as_markup(text: str) -> str:
    """What Textual takes for markup, for a text that is none: printable, in one line."""
    return printable(text).replace("[", r"\[")


def described(view: NamedView) -> str:
    """What a view shows, in one line."""
    parts = [
        f"tab {view.tab}" * (view.tab != "all"),
        f"instance {', '.join(view.instances)}" * bool(view.instances),
        f"kind {', '.join(view.kinds)}" * bool(view.kinds),
        f"≥ {view.level}" * bool(view.level),
        view.filter,
        "split" * bool(view.split),
    ]
    return printable(" · ".join(filter(None, parts)))[:LONGEST] or "everything"


def _save_filter(app: App[Any], preferences: Preferences, text: str) -> None:
    def save(name: str | None) -> None:
        if name:
            preferences.save_filter(name, text)
            _tell(app, f"Saved: the palette has it as Filter: {name}")

    taken, pinned = preferences.filters, preferences.pinned_filters
    app.push_screen(NameScreen("Save this filter as", text, taken=taken, pinned=pinned), save)


def _save_view(app: App[Any], preferences: Preferences, view: NamedView) -> None:
    def save(name: str | None) -> None:
        if name:
            preferences.save_view(name, view)
            _tell(app, f"Saved: the palette has it as View: {name}")

    taken, pinned = preferences.views, preferences.pinned_views
    shown = described(view)
    app.push_screen(NameScreen("Save this view as", shown, taken=taken, pinned=pinned), save)


def _use_theme(app: App[Any], preferences: Preferences, name: str) -> None:
    app.theme = name
    preferences.set_theme(name)


def _tell(app: App[Any], text: str) -> None:
    app.notify(text, timeout=4, markup=False)
