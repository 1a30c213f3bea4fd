"""The configuration file: how to read, and what `[ui]` and the tables after it say of the UI."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mqtail.errors import UsageError
from mqtail.files import config_file
from mqtail.named_views import FLAG, TEXT, TEXTS, VIEW_SHAPES, NamedView, Shape, frozen
from mqtail.settings import Pace

TABLES = ("tail", "reading", "ui", "colors", "keys", "filters", "views")
"""Tables of the file."""

_SECONDS = Shape(
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "whole seconds, 0 for none",
)
_UI_SHAPES = {
    "theme": TEXT,
    "columns": TEXTS,
    "time": TEXT,
    "wrap": FLAG,
    "timeline": FLAG,
    "sidebar": FLAG,
    "gap": _SECONDS,
}
_COLORS = (
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
    "foreground",
    "background",
    "surface",
    "panel",
)


@dataclass(frozen=True, slots=True)
class UiConfig:
    """What the file says of the UI. None where it leaves something open.

    Only the shape of the values is checked: the UI knows which themes, columns and keys there are.
    """

    theme: str | None = None
    columns: tuple[str, ...] | None = None
    """Names of the columns, from the left."""
    time: str | None = None
    """How times are shown: `clock`, `since` or `cursor`."""
    wrap: bool | None = None
    """Whether long lines are wrapped."""
    timeline: bool | None = None
    """Whether the timeline is shown."""
    sidebar: bool | None = None
    """Whether the sources are shown."""
    gap: int | None = None
    """Seconds without an event from which on a gap is marked; 0: never."""
    colors: Mapping[str, str] = field(default_factory=dict)
    """Colours of the theme that are changed, by their names."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys (several with commas between) by the id of what they do; empty: no key."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Saved filters: expressions by their names."""
    views: Mapping[str, NamedView] = field(default_factory=dict)
    """Named views."""


def section(name: str) -> dict[str, Any]:
    """A table of the configuration file; {} where there is none.

    Raises:
        UsageError: the file cannot be read, is no TOML, or has another table; or MQTAIL_CONFIG
            names none.
    """
    path = config_file()
    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if os.environ.get("MQTAIL_CONFIG"):
            raise UsageError(
                f"MQTAIL_CONFIG names {path}, and there is no such file.",
                "Unset it to go without, or to read the usual file.",
            ) from error
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The configuration {path} cannot be read: {error}.",
            "Mend it, or have MQTAIL_CONFIG name another file.",
        ) from error
    for key, value in config.items():
        if key not in TABLES or not isinstance(value, dict):
            raise UsageError(
                f"{path}: there is no table [{key}].",
                f"There are: {', '.join(f'[{table}]' for table in TABLES)}.",
            )
    found: dict[str, Any] = config.get(name, {})
    return found


def unknown_key(table: str, noun: str, key: str, known: Iterable[str]) -> UsageError:
    """The error for a key that a table does not take; `noun` says what its keys are."""
    return UsageError(
        f"{config_file()}: [{table}] has no {noun} {key}.",
        f"There are: {', '.join(sorted(known))}.",
    )


def unfit(table: str, key: str, value: object, words: str) -> UsageError:
    """The error for a value that makes no sense; `words` says what the key takes."""
    return UsageError(
        f"{config_file()}: {key} of [{table}] cannot be {value!r}.", f"It takes {words}."
    )


def pace() -> Pace:
    """How to read, with what `[reading]` changes.

    Raises:
        UsageError: a setting that there is not, or a value that makes no sense.
    """
    settings = section("reading")
    known = {field.name for field in fields(Pace)}
    for key, value in settings.items():
        if key not in known:
            raise unknown_key("reading", "setting", key, known)
        if key == "sweeps_ms":
            good = isinstance(value, list) and all(_is_pair_of_ms(pair) for pair in value)
            settings[key] = tuple(map(tuple, value)) if good else ()
        else:
            good = _is_ms(value)
        if not good:
            words = "whole numbers of ms greater than 0; sweeps_ms takes pairs of them"
            raise unfit("reading", key, value, words)
    return Pace(**settings)


def ui_config() -> UiConfig:
    """What the file says of the UI.

    Raises:
        UsageError: a setting that there is not, or a value of another type than it takes.
    """
    views = {}
    for name, table in section("views").items():
        if not isinstance(table, dict):
            raise unfit("views", name, table, f"a table of its own: [views.{name}]")
        views[name] = NamedView.of(_checked(f"views.{name}", table, VIEW_SHAPES))
    settings = _checked("ui", section("ui"), _UI_SHAPES)
    return UiConfig(
        **{name: frozen(value) for name, value in settings.items()},
        colors=_checked("colors", section("colors"), dict.fromkeys(_COLORS, TEXT), "colour"),
        keys=_texts("keys"),
        filters=_texts("filters"),
        views=views,
    )


def _checked(
    table: str, values: dict[str, Any], shapes: Mapping[str, Shape], noun: str = "setting"
) -> dict[str, Any]:
    """The values of a table, each of which is known and has the shape that it should have."""
    for key, value in values.items():
        if key not in shapes:
            raise unknown_key(table, noun, key, shapes)
        if not shapes[key].fits(value):
            raise unfit(table, key, value, shapes[key].words)
    return values


def _texts(table: str) -> dict[str, str]:
    """A table whose keys are chosen freely and whose values are text."""
    values = section(table)
    return _checked(table, values, dict.fromkeys(values, TEXT))


def _is_ms(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_pair_of_ms(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_ms, value))
