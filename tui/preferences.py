"""What the user prefers: the configuration file before what was kept from the last run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any, TypeVar

from textual.binding import Keymap
from textual.theme import BUILTIN_THEMES, Theme

from mqtail.config import UiConfig, ui_config
from mqtail.errors import FilterError, UsageError
from mqtail.events import Level
from mqtail.files import config_file
from mqtail.filters import compile_filter
from mqtail.named_views import NamedView
from mqtail.settings import KINDS
from mqtail.state import StateFile
from tui.keymap import Section, read_keymap
from tui.scopes import LOG_TABS
from tui.theme import default_theme, is_readable, themes
from widgets.log.look import COLUMNS, Look, column_names

LONGEST = 2_000
"""Characters of a text that a history takes."""

_V = TypeVar("_V")

_LEVELS = tuple(level.label for level in Level if level is not Level.UNKNOWN)


class Preferences:
    """What the UI starts with, and keeps for the next time.

    What is set here is kept by `save` or `keep`. What the configuration file says holds at every
    start: a change of it lasts until the end of the run.

    Args:
        config: what the configuration file says.
        state_file: what is kept between runs.
        sections: all keys there are.

    Raises:
        UsageError: the configuration names what there is not: a theme, a colour, a column, a key,
            a level...; or a filter does not parse.
    """

    def __init__(
        self, config: UiConfig, state_file: StateFile, sections: Sequence[Section] = ()
    ) -> None:
        self._config = config
        self._file = state_file
        self._told = ""
        self.themes: list[Theme] = themes(config.theme, config.colors)
        """Themes to register: those of mqtail, and with the colours of the file."""
        self.keymap: Keymap = read_keymap(config.keys, sections)
        """For `App.set_keymap`."""
        _check_filters(config.filters)
        for name, view in config.views.items():
            _check_view(name, view)
        self._look = self._first_look()

    @classmethod
    def load(cls, sections: Sequence[Section] = ()) -> Preferences:
        """Those of the user.

        Raises:
            UsageError: the configuration makes no sense.
        """
        return cls(ui_config(), StateFile.of_user(), sections)

    @property
    def theme(self) -> str:
        """Name of the theme to start with; one of Textual's, or of `themes`.

        One that was chosen in another terminal is left where this one has too few colours for it,
        and any that needs colours where NO_COLOR asks for none.
        """
        known = BUILTIN_THEMES | {theme.name: theme for theme in self.themes}
        usual, kept = default_theme(), known.get(self._file.state.theme or "")
        name = self._config.theme or usual
        if self._config.theme is None and kept and (kept.ansi or not known[usual].ansi):
            name = kept.name
        return name if is_readable(known[name]) else usual

    @property
    def look(self) -> Look:
        """How rows of the log look."""
        return self._look

    def look_of(self, view: NamedView) -> Look:
        """How rows look in a named view; columns that there are no longer are left out."""
        look = self._look if view.wrap is None else replace(self._look, wrap=view.wrap)
        if view.columns is None:
            return look
        return replace(look, columns=tuple(name for name in view.columns if name in COLUMNS))

    @property
    def gap_ms(self) -> int | None:
        """Time without an event from which on a gap is marked; 0: never, None: as built in."""
        return None if self._config.gap is None else self._config.gap * 1000

    @property
    def sidebar(self) -> bool | None:
        """Whether the sources are shown; None: where there is room."""
        return _first(self._config.sidebar, self._file.state.sidebar)

    @property
    def timeline(self) -> bool | None:
        """Whether the timeline is shown; None: where there is room."""
        return _first(self._config.timeline, self._file.state.timeline)

    @property
    def filter_history(self) -> list[str]:
        """Filters that were kept, the newest last."""
        return list(self._file.state.filter_history)

    @property
    def search_history(self) -> list[str]:
        """Searches that were made, the newest last."""
        return list(self._file.state.search_history)

    @property
    def target_history(self) -> list[str]:
        """Names of targets that were tailed, the newest last."""
        return list(self._file.state.target_history)

    @property
    def filters(self) -> dict[str, str]:
        """Saved filters: expressions by their names; those of the file come first."""
        return {**self._config.filters, **_others(self._file.state.filters, self._config.filters)}

    @property
    def views(self) -> dict[str, NamedView]:
        """Named views by their names; those of the file come first."""
        return {**self._config.views, **_others(self._file.state.views, self._config.views)}

    @property
    def pinned_filters(self) -> set[str]:
        """Names of filters that the configuration file has: they cannot be saved over."""
        return set(self._config.filters)

    @property
    def pinned_views(self) -> set[str]:
        """Names of views that the configuration file has."""
        return set(self._config.views)

    def set_theme(self, name: str) -> None:
        """Keep the theme."""
        self._change(theme=name)

    def set_look(self, look: Look) -> None:
        """Keep how rows look; what was not changed stays open to the next default."""
        changed = {
            name: getattr(look, name)
            for name in ("columns", "time", "wrap")
            if getattr(look, name) != getattr(self._look, name)
        }
        self._look = look
        self._change(**changed)

    def set_sidebar(self, shown: bool | None) -> None:
        """Keep whether the sources are shown; None: where there is room."""
        self._change(sidebar=shown)

    def set_timeline(self, shown: bool) -> None:
        """Keep whether the timeline is shown."""
        self._change(timeline=shown)

    def remember_filter(self, text: str) -> None:
        """Keep a filter as the newest of its history."""
        self._remember("filter_history", [text])

    def remember_search(self, text: str) -> None:
        """Keep a search as the newest of its history."""
        self._remember("search_history", [text])

    def remember_targets(self, names: Iterable[str]) -> None:
        """Keep the names of what is tailed."""
        self._remember("target_history", names)

    def save_filter(self, name: str, text: str) -> None:
        """Keep a filter under a name."""
        self._change(filters={**self._file.state.filters, name: text})

    def save_view(self, name: str, view: NamedView) -> None:
        """Keep a view under a name."""
        self._change(views={**self._file.state.views, name: view})

    def forget_filter(self, name: str) -> None:
        """Keep a saved filter no longer; one of the configuration file stays."""
        self._change(filters=_others(self._file.state.filters, {name}))

    def forget_view(self, name: str) -> None:
        """Keep a named view no longer; one of the configuration file stays."""
        self._change(views=_others(self._file.state.views, {name}))

    def news(self) -> str:
        """Why nothing can be kept, in one sentence, once; empty while all is well."""
        if self._told or not self._file.problem:
            return ""
        self._told = self._file.problem
        return self._told

    def save(self) -> None:
        """Write down what changed; `news` tells what stands in the way."""
        self._file.save()

    async def keep(self) -> None:
        """The same without holding up anything else; to be called every few seconds."""
        if self._file.has_changes:
            await asyncio.to_thread(self._file.save)

    def _change(self, **values: Any) -> None:
        self._file.state = replace(self._file.state, **values)

    def _remember(self, history: str, texts: Iterable[str]) -> None:
        for text in texts:
            if text.strip() and len(text) <= LONGEST:
                self._file.state = self._file.state.remembering(history, text)

    def _first_look(self) -> Look:
        """The look of the first screen; what an older run kept of it may be unknown by now."""
        config, state, usual = self._config, self._file.state, Look()
        asked = {"columns": config.columns, "time": config.time, "wrap": config.wrap}
        kept = {"columns": state.columns, "time": state.time, "wrap": state.wrap}
        look = usual
        for values, pinned in ((kept, False), (asked, True)):
            for name, value in values.items():
                try:
                    look = look if value is None else _looking(look, name, value)
                except ValueError as error:
                    if pinned:
                        raise _wrong("ui", f"{name}: {error}") from error
        return look


def _looking(look: Look, name: str, value: Any) -> Look:
    """The look with another value.

    Raises:
        ValueError: there is no such column or time mode.
    """
    values: dict[str, Any] = {name: column_names(value) if name == "columns" else value}
    return replace(look, **values)


def _check_filters(filters: Mapping[str, str]) -> None:
    for name, text in filters.items():
        _check_filter("filters", name, text)


def _check_filter(table: str, name: str, text: str) -> None:
    try:
        compile_filter(text, now=0, zone=UTC)
    except FilterError as error:
        problem = f"{name}, column {error.column}: {error.problem}"
        raise _wrong(table, problem, error.hint) from error


def _check_view(name: str, view: NamedView) -> None:
    table = f"views.{name}"
    _check_filter(table, "filter", view.filter)
    tabs = tuple(tab.id for tab in LOG_TABS)
    for what, values, known in (
        ("level", (view.level,) if view.level else (), _LEVELS),
        ("kind", view.kinds, KINDS),
        ("tab", (view.tab,), tabs),
    ):
        for value in values:
            if value not in known:
                raise _wrong(table, f"there is no {what} {value}", f"There are: {_list(known)}.")
    try:
        column_names(view.columns or ())
    except ValueError as error:
        raise _wrong(table, f"columns: {error}") from error


def _wrong(table: str, problem: str, hint: str = "") -> UsageError:
    return UsageError(f"{config_file()}, [{table}]: {problem.rstrip('.')}.", hint)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _first(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def _others(values: Mapping[str, _V], names: Iterable[str]) -> dict[str, _V]:
    """The entries but for those with these names, in the order of the names."""
    left = set(values) - set(names)
    return {name: values[name] for name in sorted(left)}
