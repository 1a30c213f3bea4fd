"""Which objects of a log are read by whom: the history, live reading, or older history."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from mqtail.sources.objects.brokers import Brokers
from mqtail.sources.objects.layouts import Layout
from mqtail.sources.objects.listing import EARLIEST_MS, DeliveredObject, Listing
from mqtail.sources.objects.ordering import AROUND_MS
from mqtail.sources.objects.prefixes import HOUR_MS
from mqtail.sources.objects.seen import SeenObjects
from mqtail.sources.reader import Surroundings

LOOK_BACK_MS = HOUR_MS // 2
"""Each look lists the folder of this long ago, too, in the first half of an hour therefore that of
the hour before: objects can be delivered late."""

DEEP_LOOK_BACK_MS = 3 * HOUR_MS
"""Now and then one looks further back."""

Objects = AsyncGenerator[list[DeliveredObject], None]
"""Objects in lists, each from old to new."""


class Claims:
    """Lists the objects of a log, each for one reading.

    Args:
        brokers: whose objects are wanted.
        seen: which objects have been read, or are being read.
    """

    def __init__(
        self,
        listing: Listing,
        layout: Layout,
        brokers: Brokers,
        seen: SeenObjects,
        around: Surroundings,
    ) -> None:
        self.listed_from = around.since - AROUND_MS
        """Objects that were delivered before, ms, have nothing that was asked for."""
        self.any = False
        """Something was delivered."""
        self._listing = listing
        self._layout = layout
        self._brokers = brokers
        self._seen = seen
        self._around = around
        self._early: set[str] = set()
        """Keys of objects from before `listed_from` that live reading has read."""
        self._oldest: int | None = None

    async def recent(self) -> list[DeliveredObject]:
        """The objects that live reading could find, too: from now on they are the history's."""
        return self._new(await self._listing.objects(self._recent_from))

    async def history(self, recent: list[DeliveredObject], *, newest_first: bool) -> Objects:
        """The objects of the history.

        Args:
            recent: what `recent` gave.
        """
        if newest_first:
            yield recent
        windows = self._listing.windows(
            self.listed_from, self._recent_from, newest_first=newest_first
        )
        async for start, end in windows:
            found = await self._listing.objects(start, end)
            self.any |= bool(found)
            yield self._wanted(found)
        if not newest_first:
            yield recent

    async def arrived(self, good_to: int, back_ms: int) -> list[DeliveredObject]:
        """What was delivered since the last look.

        Args:
            good_to: when that was, ms.
            back_ms: how far back from there to look.
        """
        found = self._new(await self._listing.objects(_look_from(good_to, back_ms)))
        # Without what was there before the beginning and has nothing that was asked for.
        begin, started = self.listed_from, self._around.started
        new = [one for one in found if one.delivered >= begin or one.modified >= started]
        self._early |= {one.key for one in new if one.delivered < begin}
        return new

    async def older(self, start: int, end: int, again: frozenset[str]) -> Objects:
        """The objects of a time that were not read before, the newest first.

        Args:
            start: when they were delivered, ms, inclusive.
            end: exclusive.
            again: keys of those that are wanted although they were read.
        """
        async for window in self._listing.windows(start, end, newest_first=True):
            found = await self._listing.objects(*window)
            self.any |= bool(found)
            yield self._wanted([one for one in found if one.key in again or self._is_older(one)])

    async def oldest(self) -> int:
        """A moment (ms) before which nothing was delivered; after now: nothing was at all."""
        if self._oldest is None:
            last = self._around.clock.now() + HOUR_MS
            self._oldest = last
            async with aclosing(self._listing.windows(EARLIEST_MS, last)) as windows:
                async for start, _ in windows:
                    self._oldest = start
                    break
        return self._oldest

    def forget(self, good_to: int) -> None:
        """Forget objects that no look will list again.

        Args:
            good_to: when the last look was, ms.
        """
        self._seen.forget(_look_from(good_to, DEEP_LOOK_BACK_MS) - HOUR_MS)

    def _is_older(self, found: DeliveredObject) -> bool:
        """Whether an object is of a time that was not asked for so far, and was not read."""
        if found.delivered >= self.listed_from or found.key in self._early:
            return False
        # Live reading leaves it alone.
        self._seen.is_new(found)
        return True

    @property
    def _recent_from(self) -> int:
        """From when on objects can be found by live reading, and were asked for, ms."""
        return max(self.listed_from, _look_from(self._around.started, DEEP_LOOK_BACK_MS))

    def _new(self, found: list[DeliveredObject]) -> list[DeliveredObject]:
        """The objects that were not seen before, and are wanted."""
        self.any |= bool(found)
        return self._wanted([listed for listed in found if self._seen.is_new(listed)])

    def _wanted(self, found: list[DeliveredObject]) -> list[DeliveredObject]:
        """The objects of brokers and times that were asked for."""
        wanted = []
        for listed in found:
            instance = self._layout.instance(listed.key)
            if self._around.ends_before(listed.delivered - AROUND_MS):
                continue
            if instance is None or self._brokers.wants(instance):
                wanted.append(listed)
        return wanted


def _look_from(moment: int, back_ms: int) -> int:
    """The full hour from which on a look at a moment lists."""
    start = moment - back_ms
    return start - start % HOUR_MS
