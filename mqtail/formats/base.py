"""What a line format is, and what it finds in a line."""

from __future__ import annotations

from typing import ClassVar, Protocol

from msgspec import Struct

from mqtail.events import Level


class Fields(Struct, frozen=True, gc=False):
    """What a format found in the text of an event."""

    format: str
    """Name of the format, empty where none fits."""
    text: str
    """The message proper: without time, level, logger, thread; continuation lines included. Of a
    record (CloudTrail) the line that tells it."""
    level: Level = Level.UNKNOWN
    time: int | None = None
    """The time written in the text, ms since the epoch, read as UTC where it has no zone."""
    logger: str | None = None
    thread: str | None = None
    """Thread; of RabbitMQ the Erlang process."""
    user: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    """Further named values in the order to show them (operation, target, address, ...)."""


class Sample(Struct, frozen=True):
    """A line that a format must match, and what it must find in it."""

    message: str
    fields: Fields


class Format(Protocol):
    """One line format. Its samples are checked by the tests of the registry."""

    name: ClassVar[str]
    """Stable name, kebab-case."""
    title: ClassVar[str]
    """For people: `ActiveMQ general log`."""
    samples: ClassVar[tuple[Sample, ...]]

    def starts(self, line: str) -> bool:
        """Whether a line begins an event of this format."""

    def begins(self, line: str) -> Level:
        """The level of a line that begins an event of this format, whatever came before it.

        UNKNOWN where that is not certain. It spares most events the look at what came before.
        """

    def continues(self, message: str, line: str) -> bool:
        """Whether `line` belongs to the event whose text so far is `message`.

        `line` is one received log event: usually one line, but it can hold several.
        """

    def level(self, message: str) -> Level:
        """The level alone, found as cheaply as can be: it is asked of every event."""

    def time(self, message: str) -> int | None:
        """The time alone, ms since the epoch, found as cheaply as can be.

        It is asked of every line of an S3 object, and is the time that `parse` finds: None when the
        text is not of this format, or has no time or an impossible one.
        """

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """Everything that can be found in an event; None when it is not of this format.

        Args:
            message: text of the event.
            brief: leave out `time` and `details`, which take longest and no list of events shows.
        """
