"""How the rows of the log look: which columns, what the time column tells, wrapped or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

COLUMNS = ("time", "target", "instance", "kind", "level", "logger")
"""Names of the columns. The message is always there; the logger stands behind it."""

MESSAGE = "message"
"""What a config file may name among the columns, though it is always there."""

TIMES = ("clock", "since", "cursor")
"""What the time column tells: the time of day, the time since the event above, the distance to
the cursor's event."""

LEAST_FIRST = ("logger", "target", "kind", "instance", "time", "level")
"""The order in which columns are left out."""


@dataclass(frozen=True, slots=True)
class Look:
    """How rows look; the same for all panes.

    Raises:
        ValueError: a name is unknown; the text is a sentence for the reader of a config file.
    """

    columns: tuple[str, ...] = COLUMNS
    """Names of the columns, from the left. The logger stands behind the message wherever it is
    named."""
    time: str = "clock"
    """What the time column tells, one of `TIMES`."""
    wrap: bool = False
    """Whether long lines go on in the next line of the screen."""

    def __post_init__(self) -> None:
        column_names(self.columns)
        time_mode(self.time)

    def more(self) -> Self:
        """With one column more; the same where all are shown."""
        for name in reversed(LEAST_FIRST):
            if name not in self.columns:
                return replace(self, columns=_inserted(self.columns, name))
        return self

    def fewer(self) -> Self:
        """With one column less; the same where none is left."""
        for name in LEAST_FIRST:
            if name in self.columns:
                left = tuple(column for column in self.columns if column != name)
                return replace(self, columns=left)
        return self

    def next_time(self) -> Self:
        """With the next thing that the time column can tell."""
        return replace(self, time=TIMES[(TIMES.index(self.time) + 1) % len(TIMES)])


def column_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of columns from a config file, each once, without the message.

    Raises:
        ValueError: there is no such column.
    """
    chosen = tuple(dict.fromkeys(name for name in names if name != MESSAGE))
    for name in chosen:
        if name not in COLUMNS:
            raise ValueError(f"there is no column {name!r}; there are {_listed(COLUMNS)}")
    return chosen


def time_mode(name: str) -> str:
    """A name from a config file of what the time column tells.

    Raises:
        ValueError: there is no such mode.
    """
    if name not in TIMES:
        raise ValueError(f"there is no time mode {name!r}; there are {_listed(TIMES)}")
    return name


def _inserted(columns: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The columns with another one, before the first of those that usually come after it."""
    later = COLUMNS[COLUMNS.index(name) + 1 :]
    at = next((at for at, column in enumerate(columns) if column in later), len(columns))
    return (*columns[:at], name, *columns[at:])


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
