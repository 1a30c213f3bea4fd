"""The configuration file: what `[tail]` and `[reading]` say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from mqtail.errors import UsageError
from mqtail.files import config_file
from mqtail.settings import Pace


def section(name: str) -> dict[str, Any]:
    """A table of the configuration file; {} where there is none.

    Raises:
        UsageError: the file cannot be read, is no TOML, or has another table.
    """
    path = config_file()
    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The configuration {path} cannot be read: {error}.",
            "Mend it, or have MQTAIL_CONFIG name another file.",
        ) from error
    for key, value in config.items():
        if key not in ("tail", "reading") or not isinstance(value, dict):
            raise UsageError(
                f"{path}: there is no table [{key}].",
                "There are [tail], with the options of `mqtail tail`, and [reading].",
            )
    found: dict[str, Any] = config.get(name, {})
    return found


def unknown_key(table: str, noun: str, key: str, known: Iterable[str]) -> UsageError:
    """The error for a key that a table does not take; `noun` says what its keys are."""
    return UsageError(
        f"{config_file()}: [{table}] has no {noun} {key}.",
        f"There are: {', '.join(sorted(known))}.",
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
            raise UsageError(
                f"{config_file()}: {key} of [reading] cannot be {value!r}.",
                "It takes whole numbers of ms greater than 0; sweeps_ms takes pairs of them.",
            )
    return Pace(**settings)


def _is_ms(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_pair_of_ms(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_ms, value))
