"""What an explanation is, and the record of a known line that it is made from."""

from __future__ import annotations

from dataclasses import dataclass

from mqtail.events import Level

AMAZON_MQ = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/"
AMAZON_MSK = "https://docs.aws.amazon.com/msk/latest/developerguide/"
ACTIVEMQ = "https://activemq.apache.org/components/classic/documentation/"
RABBITMQ = "https://www.rabbitmq.com/docs/"
KAFKA = "https://kafka.apache.org/documentation/"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a log line means to an operator. All texts are printable and plain."""

    id: str
    """Stable name, kebab-case."""
    title: str
    """One line."""
    meaning: str
    """Two to four sentences: what happened, whether it is normal, what clients notice."""
    look_at: tuple[str, ...]
    """Next steps, one line each. Names of metrics, settings and filters stand in backquotes."""
    doc: str
    """Address of the official page."""
    engine: str
    """`activemq`, `rabbitmq`, `kafka` or `api`."""


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A kind of line that is explained. The first of a list whose pattern matches is the one."""

    id: str
    title: str
    meaning: str
    """`{name}` stands for what the pattern's group of that name found."""
    look_at: tuple[str, ...]
    doc: str
    pattern: str
    r"""Searched for in the message proper, with `^` at every line; begins with `^` or `\A`."""
    sample: str
    """An event as the broker writes it that this line, and no earlier one, explains."""
    level: Level | None = None
    """The only level that it has; None: any. An API call that failed has `WARN`."""
    logger: str = ""
    """The only logger that it has; empty: any. Of an API call it is the service."""
