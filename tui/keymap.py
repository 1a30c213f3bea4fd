"""Keys as `[keys]` of the configuration file wants them, in place of those that are built in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from textual.binding import Binding, BindingType, Keymap
from textual.keys import Keys, key_to_character

from mqtail.errors import UsageError
from mqtail.files import config_file

REQUIRED = ("help", "quit")
"""Ids of what always has a key: nobody shall be locked in."""

_UNSET = "no-key:"
"""Before the id: a key that there is not, as Textual's keymaps cannot take a key away."""
_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_NAMED_KEYS = sorted(
    {key.value for key in Keys if not set("+<-") & set(key.value)} - {Keys.Return.value}
)


@dataclass(frozen=True, slots=True)
class Section:
    """The keys of one part of the UI."""

    title: str
    bindings: Sequence[BindingType]
    place: str = ""
    """Where they work, as a path: those of `main` work in `main/log`, too; empty: everywhere."""

    def is_in(self, place: str) -> bool:
        """Whether it belongs to a place, or to a part of it."""
        return self.place.partition("/")[0] == place

    def meets(self, other: Section) -> bool:
        """Whether there is a place where the keys of both work."""
        mine, theirs = (section.place.split("/") for section in (self, other))
        if not self.place or not other.place:
            return True
        return all(a == b for a, b in zip(mine, theirs, strict=False))


def read_keymap(keys: Mapping[str, str], sections: Sequence[Section]) -> Keymap:
    """The keymap that `[keys]` means, for `App.set_keymap`.

    Args:
        keys: key, or several with commas between, by the id of a binding; empty: no key.
        sections: all bindings there are.

    Raises:
        UsageError: an id or a key that there is not, one key for two things in the same place, or
            something that needs a key has none.
    """
    ids = {binding.id for _, binding in _all(sections) if binding.id}
    for id in keys:
        if id not in ids:
            near = get_close_matches(id, ids, n=5, cutoff=0.5)
            hint = f"Do you mean {' or '.join(near)}?" if near else f"There are: {_listed(ids)}."
            raise _wrong(f"there is no {id}", hint)
    keymap = {id: _keys(id, text) for id, text in keys.items()}
    _check_clashes(keymap, sections)
    return keymap


def mapped(bindings: Iterable[BindingType], keymap: Keymap) -> list[Binding]:
    """Bindings with the keys that they have under a keymap, one for each key."""
    result: dict[tuple[str, str, str | None], Binding] = {}
    for binding in Binding.make_bindings(bindings):
        keys = keymap.get(binding.id or "")
        changed = [binding]
        if keys is not None:
            changed = [replace(binding, key=key, key_display=None) for key in keys.split(",")]
        for each in changed:
            result.setdefault((each.key, each.action, each.id), each)
    return list(result.values())


def has_key(binding: Binding) -> bool:
    """Whether there is a key for it; its `key` is no name of one if not."""
    return not binding.key.startswith(_UNSET)


def _all(sections: Iterable[Section]) -> Iterator[tuple[Section, Binding]]:
    for section in sections:
        for binding in Binding.make_bindings(section.bindings):
            yield section, binding


def _keys(id: str, text: str) -> str:
    """Keys with commas between, by the names that Textual has for them."""
    if not text.strip():
        if id in REQUIRED:
            raise _wrong(f"{id} needs a key", "It is the way out.")
        return _UNSET + id
    keys = ["comma"] if text.strip() == "," else text.split(",")
    return ",".join(_key(id, key.strip()) for key in keys)


def _key(id: str, key: str) -> str:
    (named,) = Binding.make_bindings([Binding(key, "", "")]) if len(key) == 1 else (None,)
    if named is not None:
        return named.key
    *modifiers, name = key.split("+")
    modifiers = [modifier.lower() for modifier in modifiers]
    if modifiers == ["shift"] and len(name) == 1 and name.upper() != name:
        # Terminals tell of the capital letter.
        return name.upper()
    if set(modifiers) <= _MODIFIERS and (name in _NAMED_KEYS or _is_character(name)):
        return "+".join([*modifiers, name])
    near = get_close_matches(name, _NAMED_KEYS, n=3, cutoff=0.4)
    hint = f"Do you mean {' or '.join(near)}? " if near else ""
    hint += "A key is a character, or a name as in ctrl+s, f5, space."
    raise _wrong(f'{id} = "{key}" is no key', hint)


def _is_character(name: str) -> bool:
    """Whether it names a character that can be seen: `s`, `question_mark`."""
    return (key_to_character(name) or "\n").isprintable()


def _check_clashes(keymap: Keymap, sections: Sequence[Section]) -> None:
    """See that what was given a key does not share it where both would work.

    Keys that are built in may share one: those of a part come before those of what it is in.
    """
    present = [
        (section, binding)
        for section in sections
        for binding in mapped(section.bindings, keymap)
        if has_key(binding)
    ]
    for section, binding in present:
        if binding.id not in keymap:
            continue
        for other_section, other in present:
            same = other.id == binding.id or other.action == binding.action
            if other.key != binding.key or same or not section.meets(other_section):
                continue
            key = _shown(binding.key)
            hint = f'"{other.description}" ({other_section.title}) has it'
            if other.id:
                none = "" if other.id in REQUIRED else ', or "" for no key'
                hint += f": give {other.id} another one{none}"
            name = other.id or other.description
            raise _wrong(f"{binding.id} and {name} are both on {key}", f"{hint}.")


def _shown(key: str) -> str:
    """A key as it is said: its character where that can be seen, else its name."""
    character = key_to_character(key) or ""
    return character if character.isprintable() and character.strip() else key


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids))


def _wrong(problem: str, hint: str) -> UsageError:
    return UsageError(f"{config_file()}, [keys]: {problem}.", hint)
