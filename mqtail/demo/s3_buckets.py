"""S3 buckets with their objects, in the order of their keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from msgspec import Struct

from mqtail.demo.s3_settings import SSE_S3, Encryption

_DAY_MS = 24 * 3600 * 1000
_LAST = chr(0x10FFFF)
"""Sorts after every character: keys are ordered by their UTF-8 bytes, as code points are."""


class S3Object(Struct, frozen=True, gc=False):
    """An object. Times in ms since the epoch."""

    key: str
    body: bytes
    etag: str
    """Without the quotes around it."""
    modified: int
    kms_key: str
    """ARN of the key that it is encrypted with; empty: by a key of S3's own."""
    visible: int
    """From when on it can be listed and read."""


class Listed(Struct, frozen=True, gc=False):
    """A line of a listing: an object, or a common prefix of several keys."""

    name: str
    object: S3Object | None

    @property
    def after(self) -> str:
        """What sorts just after it, and after all that a common prefix stands for."""
        return self.name + (_LAST if self.object is None else "\0")


class Bucket:
    """A bucket.

    Args:
        name: its name.
        region: where it is.
        expire_days: objects older than this are removed, as by a lifecycle rule; None: never.
        foreign: it belongs to another account.
        encryption: its default encryption; None: it has none.
        policy: its bucket policy, JSON; None: it has none.
    """

    def __init__(
        self,
        name: str,
        region: str,
        expire_days: int | None = None,
        *,
        foreign: bool = False,
        encryption: Encryption | None = SSE_S3,
        policy: str | None = None,
    ) -> None:
        self.name = name
        self.region = region
        self.expire_days = expire_days
        self.foreign = foreign
        self.encryption = encryption
        self.policy = policy
        self.denied: set[str] = set()
        """Keys that nobody may read."""
        self.denied_kms: set[str] = set()
        """Keys whose KMS key nobody may use."""
        self._objects: dict[str, list[S3Object]] = {}
        """What has been or will be behind a key, by the moment from which on it is visible."""
        self._keys: list[str] = []

    def put(self, stored: S3Object) -> None:
        """Take an object in; when it becomes visible it takes the place of what has its key."""
        if stored.key not in self._objects:
            insort(self._keys, stored.key)
        before = self._objects.get(stored.key, ())
        kept = [old for old in before if old.visible < stored.visible]
        self._objects[stored.key] = [*kept, stored]

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens if it is not there."""
        if self._objects.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def get(self, key: str, now: int) -> S3Object | None:
        """The object of a key that can be read now."""
        found = self._objects.get(key, ())
        return next((one for one in reversed(found) if one.visible <= now), None)

    def expire(self, now: int) -> None:
        """Remove what is too old."""
        if self.expire_days is None:
            return
        kept_from = now - self.expire_days * _DAY_MS
        for key in [k for k, found in self._objects.items() if found[-1].modified < kept_from]:
            self.delete(key)

    def list(self, prefix: str, delimiter: str, after: str, now: int) -> Iterator[Listed]:
        """What a listing shows, in order: the visible objects with a prefix, from `after` on.

        Keys that have the delimiter after the prefix are shown as one line for each common prefix.
        """
        keys = self._keys
        index = bisect_left(keys, max(prefix, after))
        end = bisect_right(keys, prefix + _LAST)
        while index < end:
            key = keys[index]
            index += 1
            found = self.get(key, now)
            if found is None:
                continue
            head, divided, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("",) * 3
            if divided:
                line = Listed(prefix + head + delimiter, None)
                index = bisect_left(keys, line.after)
            else:
                line = Listed(key, found)
            yield line
