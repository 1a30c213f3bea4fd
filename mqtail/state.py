"""What is kept between runs: what was typed, chosen and saved in the UI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec

from mqtail.files import alone_with, replace_private, state_file
from mqtail.named_views import NamedView

MOST_REMEMBERED = 100
"""Texts that a history holds, the newest."""
VERSION = 1
"""Version of the file's format."""

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class State:
    """What is kept. Immutable; None where nothing was chosen."""

    filter_history: tuple[str, ...] = ()
    """Filters that were kept, the newest last; each once."""
    search_history: tuple[str, ...] = ()
    """Searches, in the same way."""
    target_history: tuple[str, ...] = ()
    """Names of targets that were tailed, in the same way."""
    theme: str | None = None
    columns: tuple[str, ...] | None = None
    time: str | None = None
    """How times are shown."""
    wrap: bool | None = None
    sidebar: bool | None = None
    timeline: bool | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    """Filters that were saved under a name."""
    views: Mapping[str, NamedView] = field(default_factory=dict)
    """Views that were saved under a name."""

    def remembering(self, history: str, text: str) -> State:
        """With a text as the newest of the history of that name."""
        changed: dict[str, Any] = {history: remember(getattr(self, history), [text])}
        return replace(self, **changed)


def remember(history: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """A history with further texts, the newest last, each once, and not too many."""
    kept = dict.fromkeys(history)
    for text in texts:
        kept.pop(text, None)
        kept[text] = None
    return tuple(kept)[-MOST_REMEMBERED:]


def merged(before: State, mine: State, theirs: State) -> State:
    """What another run kept, with what changed here.

    Args:
        before: what there was when this run last looked.
        mine: what became of it here.
        theirs: what the file holds by now.
    """
    values: dict[str, Any] = {}
    for name in (each.name for each in fields(State)):
        old, new, other = (getattr(state, name) for state in (before, mine, theirs))
        if name.endswith("_history"):
            values[name] = remember(other, _added(old, new))
        elif isinstance(old, Mapping):
            values[name] = _merged_names(old, new, other)
        else:
            values[name] = other if new == old else new
    return State(**values)


class StateFile:
    """Keeps the state in a file, and says once if that is impossible.

    Args:
        path: the file; None: nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.state = State()
        """What is to be kept; replace it, then `save`."""
        self.problem = ""
        """Why nothing is kept, in one sentence; empty while all is well."""
        self._readable = True
        self._saving = Lock()
        if path is not None:
            self._load(path)
        self._kept = self.state

    @classmethod
    def of_user(cls) -> StateFile:
        """The user's own file."""
        return cls(state_file())

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to save."""
        return self.path is not None and self._readable and self.state != self._kept

    def save(self) -> None:
        """Write what has changed over what the file holds by now.

        It may be called in a thread. A disk that is full or read-only is no error: `problem` says
        so, and what could not be written is written the next time.
        """
        with self._saving:
            if self.path is not None and self.has_changes:
                self._save(self.path)

    def _save(self, path: Path) -> None:
        mine = self.state
        try:
            with alone_with(path):
                theirs = _read(path)
                replace_private(path, _encoded(merged(self._kept, mine, theirs)))
        except _Unreadable as error:
            self._give_up(error)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self.problem = self.problem or f"What you choose cannot be kept in {path}: {why}."
        else:
            self._kept = mine

    def _load(self, path: Path) -> None:
        try:
            self.state = _read(path)
        except _Unreadable as error:
            self._give_up(error)

    def _give_up(self, error: _Unreadable) -> None:
        """Leave a file alone that another version may need."""
        self._readable = False
        self.problem = f"{self.path} {error}, and is left as it is: nothing is kept for next time."


class _Unreadable(Exception):
    """The file is there and cannot be understood; the message follows its name."""


def _read(path: Path) -> State:
    """What a file holds; nothing where there is none.

    Raises:
        _Unreadable: it cannot be read, is damaged, or was written by a newer mqtail.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise _Unreadable(f"cannot be read ({error.strerror})") from error
    try:
        version = msgspec.json.decode(data, type=dict[str, Any]).get("version")
        if isinstance(version, int) and version > VERSION:
            raise _Unreadable("was written by a newer mqtail")
        if version != VERSION:
            raise _Unreadable("is damaged")
        return msgspec.json.decode(data, type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Unreadable("is damaged") from error


def _encoded(state: State) -> bytes:
    values = msgspec.to_builtins(state)
    kept = {name: value for name, value in values.items() if value not in (None, (), {})}
    text = json.dumps({"version": VERSION, **kept}, ensure_ascii=False, indent=2)
    # Half a surrogate pair can come in by the command line.
    return text.encode("utf-8", "replace") + b"\n"


def _added(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The end of a history that came after what there was: the rest is in the old order."""
    for end in range(len(new), 0, -1):
        rest = iter(old)
        if all(text in rest for text in new[:end]):
            return new[end:]
    return new


def _merged_names(
    old: Mapping[str, _V], new: Mapping[str, _V], other: Mapping[str, _V]
) -> dict[str, _V]:
    """The other's entries, with those that were set or taken away here."""
    result = dict(other)
    for name in {*old, *new}:
        if name not in new:
            result.pop(name, None)
        elif new[name] != old.get(name):
            result[name] = new[name]
    return dict(sorted(result.items()))
