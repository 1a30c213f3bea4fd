"""Which objects have been read, or are being read, remembered while they can be listed again."""

from __future__ import annotations

from msgspec import Struct

from mqtail.sources.objects.listing import DeliveredObject


class _Seen(Struct, gc=False):
    etag: str
    delivered: int
    lines: int = 0
    unfinished: bool = False


class SeenObjects:
    """Objects by key and ETag.

    An object that is delivered again under its key has another ETag and is read again, from behind
    the lines that were read before.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def is_new(self, found: DeliveredObject) -> bool:
        """Whether the object was not seen before; from now on it was."""
        seen = self._seen.get(found.key)
        if seen is not None and seen.etag == found.etag:
            return False
        lines = seen.lines if seen is not None else 0
        self._seen[found.key] = _Seen(found.etag, found.delivered, lines)
        return True

    def lines(self, key: str) -> int:
        """How many lines of an object were read; 0 where it is not known (any more)."""
        seen = self._seen.get(key)
        return seen.lines if seen is not None else 0

    def has_read(self, key: str, lines: int, *, unfinished: bool) -> None:
        """Note that an object was read up to a line.

        Args:
            key: the object's key.
            lines: number of the last line.
            unfinished: it will be read on, however late.
        """
        seen = self._seen.get(key)
        if seen is not None:
            seen.lines = max(seen.lines, lines)
            seen.unfinished = unfinished

    def forget(self, before: int) -> None:
        """Forget objects that were delivered before a moment (ms): they are not listed again."""
        old = [k for k, seen in self._seen.items() if seen.delivered < before]
        for key in old:
            if not self._seen[key].unfinished:
                del self._seen[key]
