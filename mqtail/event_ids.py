"""Ids of many events in little memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

FEW = 4
"""Fewer are not worth packing."""
TOGETHER = 64
"""More are not packed together: an event keeps the ids of all those with it, also when it is the
only one that is still held."""


class EventIds(Struct, frozen=True, gc=False):
    """Ids of events that came together, 30 bytes each where a string of CloudWatch takes 105.

    Those are 56 digits (seen, not documented), so they can be read as hexadecimal.
    """

    packed: bytes
    """One after the other."""
    size: int
    """Bytes of each."""
    first: int
    """`LogEvent.order` of the first."""

    def of(self, order: int) -> str:
        """The id of the event with that `LogEvent.order`."""
        begin = (order - self.first) * self.size
        return self.packed[begin : begin + self.size].hex()


def packed(ids: Sequence[str], first: int) -> list[str | EventIds]:
    """What to keep of the ids of events that are numbered one after the other: `LogEvent.id`.

    It is the id itself where there are too few, or some near it differ in length or are not all of
    (lower-case) hexadecimal digits.

    Args:
        ids: of the events.
        first: `LogEvent.order` of the first of them.
    """
    kept: list[str | EventIds] = []
    for row in range(0, len(ids), TOGETHER):
        some = ids[row : row + TOGETHER]
        together = _together(some, first + row)
        kept += [together] * len(some) if together else some
    return kept


def _together(ids: Sequence[str], first: int) -> EventIds | None:
    """All these ids as one; None where that cannot be done without loss."""
    if len(ids) < FEW or len(set(map(len, ids))) > 1:
        return None
    text = "".join(ids)
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    # White space is no reason to fail, and an odd length may be even together.
    if found.hex() != text or len(ids[0]) % 2:
        return None
    return EventIds(found, len(ids[0]) // 2, first)
