"""Named views: what a view shows and how, to be put on whatever is being tailed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, slots=True)
class NamedView:
    """What a view shows, and how. A condition that is left out is no condition."""

    filter: str = ""
    """Expression of the filter language."""
    level: str = ""
    """Least level; empty: all."""
    kinds: tuple[str, ...] = ()
    """Kinds of log; empty: all."""
    instances: tuple[str, ...] = ()
    """Broker instances, shell patterns are understood; empty: all."""
    tab: str = "all"
    """`all`, `general`, `audit`, `msk` or `api`."""
    columns: tuple[str, ...] | None = None
    """Names of the columns; None: they stay as they are."""
    wrap: bool | None = None
    """Whether long lines are wrapped; None: as it is."""
    split: bool | None = None
    """Whether there are two panes; None: as it is."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The view that a table of checked values (VIEW_SHAPES) describes."""
        return cls(**{name: frozen(value) for name, value in values.items()})


class Shape(NamedTuple):
    """What a value of a file has to be."""

    fits: Callable[[object], bool]
    words: str
    """The same in words, as they follow `it takes`."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


TEXT = Shape(_is_text, "text in quotes")
TEXTS = Shape(_are_texts, 'a list, as in ["a", "b"]')
FLAG = Shape(lambda value: isinstance(value, bool), "true or false")

VIEW_SHAPES = {
    "filter": TEXT,
    "level": TEXT,
    "kinds": TEXTS,
    "instances": TEXTS,
    "tab": TEXT,
    "columns": TEXTS,
    "wrap": FLAG,
    "split": FLAG,
}
"""What the values of a view's table have to be."""


def frozen(value: Any) -> Any:
    """The value, a list as a tuple."""
    return tuple(value) if isinstance(value, list) else value
