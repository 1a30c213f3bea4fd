"""Page tokens: they carry their place, belong to one query, and live for a while."""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from mqtail.demo.calls import ServiceError, invalid_parameter

TOKEN_LIFE_MS = 24 * 3600 * 1000
"""How long a token can be used (API reference of FilterLogEvents), ms."""

Position = tuple[int, int, str]
"""A place between events: time, ingestion time, event id, as they are ordered."""

_Item = TypeVar("_Item")
_INVALID = "The specified nextToken is invalid."


class Place(Struct, frozen=True):
    """Where the next page begins."""

    position: Position | None = None
    """None: at the edge of the range that is read."""
    backward: bool = False
    empty_pages: int = 0
    """How many empty pages were given at this place."""
    name: str = ""
    """In lists: the last name that was listed."""

    @property
    def waited(self) -> Place:
        """The same place, one more empty page given."""
        return msgspec.structs.replace(self, empty_pages=self.empty_pages + 1)


class _Token(Struct, frozen=True):
    query: str
    issued: int
    place: Place


class Tokens:
    """Makes page tokens and reads them back.

    Args:
        error: makes the service's error for a token that is of no use, from a sentence.

    Attributes:
        life_ms: how long a token can be used, ms.
    """

    def __init__(self, error: Callable[[str], ServiceError] = invalid_parameter) -> None:
        self.life_ms = TOKEN_LIFE_MS
        self._error = error
        self._secret = secrets.token_bytes(16)

    def make(self, query: Sequence[Any], place: Place, now: int) -> str:
        """The token of a place in a query's result, `now` in ms."""
        token = _Token(self._fingerprint(query), now, place)
        return urlsafe_b64encode(msgspec.msgpack.encode(token)).decode()

    def read(self, text: str, query: Sequence[Any], now: int) -> Place:
        """The place that a token stands for.

        Raises:
            ServiceError: the token is not of this query, too old, or none at all.
        """
        try:
            token = msgspec.msgpack.decode(urlsafe_b64decode(text.encode()), type=_Token)
        except (binascii.Error, msgspec.MsgspecError, ValueError):
            raise self._error(_INVALID) from None
        if token.query != self._fingerprint(query):
            raise self._error(_INVALID)
        if now - token.issued > self.life_ms:
            raise self._error("The specified nextToken has expired.")
        return token.place

    def list_page(
        self,
        items: Sequence[tuple[str, _Item]],
        query: Sequence[Any],
        token: str | None,
        limit: int,
        now: int,
    ) -> tuple[list[_Item], str | None]:
        """A page of named items, and the token of the next page where there is one.

        The page begins after the item that the token names, or where that was taken away since,
        at the beginning.
        """
        begin = 0
        if token is not None:
            last = self.read(token, query, now).name
            names = [name for name, _ in items]
            begin = names.index(last) + 1 if last in names else 0
        page = items[begin : begin + limit]
        more = begin + limit < len(items)
        following = self.make(query, Place(name=page[-1][0]), now) if more else None
        return [item for _, item in page], following

    def _fingerprint(self, query: Sequence[Any]) -> str:
        text = msgspec.json.encode(list(query))
        return blake2b(text, key=self._secret, digest_size=8).hexdigest()


def doubled(items: Sequence[_Item], count: int) -> list[_Item]:
    """The items, each of the last `count` twice in a row."""
    single = max(0, len(items) - count)
    return [*items[:single], *(item for item in items[single:] for _ in range(2))]
