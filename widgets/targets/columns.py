"""The columns of brokers and clusters: which of them there is room for, and their cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len

from mqtail.printable import printable
from widgets.human import cut, shorten
from widgets.targets.rows import Match, Piece, engine, instances, logs, newest, state

GAP = 2
MARK_WIDTH = 5
"""The cursor, the box that marks a row, and a blank."""
NAMES = (12, 36)
"""The narrowest and the widest column of names."""
NEWEST = 13
LOGS = (30, 58)
"""The narrowest column of logs that is of use, and one that shows most of them in full."""


class Columns(NamedTuple):
    """Widths in cells; 0: there is no room for it."""

    name: int
    engine: int = 0
    state: int = 0
    instances: int = 0
    logs: int = 0
    newest: int = NEWEST

    @classmethod
    def fitting(cls, found: Sequence[Match], width: int) -> Columns:
        """The columns for these rows in a list of that width (cells)."""
        targets = [match.target for match in found]
        wanted = max((cell_len(printable(target.name)) for target in targets), default=0)
        room = width - MARK_WIDTH - NEWEST - GAP - 1
        name = max(NAMES[0], min(wanted, NAMES[1], room))
        room -= name + GAP
        engines = max((cell_len(printable(engine(target))) for target in targets), default=0)
        states = max((cell_len(printable(state(target)[1])) + 2 for target in targets), default=0)
        words = max((cell_len(printable(instances(target)[1])) for target in targets), default=0)
        given: dict[str, int] = {}
        for column, least, wish in (
            ("engine", 8, min(max(6, engines), 20)),
            ("state", 1, 1),
            ("state", 9, min(max(5, states), 16)),
            ("instances", 4, 4),
            ("logs", *LOGS),
            ("instances", 11, words),
        ):
            free = room + (given[column] + GAP if column in given else 0)
            if free >= least + GAP:
                given[column] = min(wish, free - GAP)
                room = free - given[column] - GAP
        if "logs" in given:
            given["logs"] += room
        else:
            name = min(NAMES[1], name + room, max(name, wanted))
        return cls(name=name, **given)

    def heads(self) -> list[Piece]:
        """The titles of the columns, as one row."""
        titles = {
            "name": "name",
            "engine": "engine",
            "state": "state" if self.state > 4 else "",
            "instances": "instances" if self.instances > 8 else "inst",
            "logs": "logs, and the age of the newest event",
        }
        pieces: list[Piece] = [(" " * MARK_WIDTH, "head")]
        for column, title in titles.items():
            if width := getattr(self, column):
                pieces.append((_filled(title, width), "head"))
        return [*pieces, ("newest", "head")]

    def cells(self, match: Match, now: datetime) -> list[Piece]:
        """A row after its mark; the characters that were found have the style `match`.

        Args:
            match: the target.
            now: the time, UTC.
        """
        target = match.target
        pieces = self._name(match)
        if self.engine:
            pieces += _highlighted(engine(target), match.in_engine, self.engine, "plain")
        if self.state:
            mark, word, tone = state(target)
            text = f"{mark} {word}" if self.state > 4 else mark
            pieces.append((_filled(text, self.state), tone))
        if self.instances:
            short, words = instances(target)
            pieces.append((_filled(words if self.instances > 8 else short, self.instances), "dim"))
        if self.logs:
            pieces += _row_of(logs(target, now), self.logs)
        text, tone = newest(target, now)
        pieces.append((cut(printable(text), self.newest), tone))
        return pieces

    def _name(self, match: Match) -> list[Piece]:
        """The name; beside it the id, where that is what was found."""
        name = printable(match.target.name)
        pieces = _highlighted(name, match.in_name, self.name, "name")
        if not match.in_id:
            return pieces
        id, first = printable(match.target.id), match.in_id[0]
        rest = self.name - min(cell_len(name), self.name // 2) - 1
        # What was found is to be seen, wherever in an ARN it is.
        skipped = max(0, min(first, match.in_id[-1] + 1 - rest))
        shown = _highlighted(
            id[skipped:], tuple(place - skipped for place in match.in_id), rest, "dim"
        )
        return [(f"{shorten(name, self.name - rest - 1)} ", "name"), *shown]


def _highlighted(text: str, places: Sequence[int], width: int, style: str) -> list[Piece]:
    """A text in a column, some of its characters highlighted."""
    text = printable(text)
    if not places:
        return [(_filled(shorten(text, width), width), style)]
    shown = cut(text, width)
    found = {place for place in places if place < len(shown)}
    pieces: list[Piece] = []
    for place, character in enumerate(_filled(shown, width)):
        its = "match" if place in found else style
        if pieces and pieces[-1][1] == its:
            pieces[-1] = (pieces[-1][0] + character, its)
        else:
            pieces.append((character, its))
    return pieces


def _row_of(pieces: list[Piece], width: int) -> list[Piece]:
    """Pieces in a column."""
    row: list[Piece] = []
    for text, style in pieces:
        text = printable(text)
        if cell_len(text) > width:
            row.append((cut(text, width), style))
            width = 0
            break
        row.append((text, style))
        width -= cell_len(text)
    return [*row, (" " * (width + GAP), "dim")]


def _filled(text: str, width: int) -> str:
    """A text as wide as its column, and the gap after it."""
    text = cut(printable(text), width)
    return text + " " * (width - cell_len(text) + GAP)
