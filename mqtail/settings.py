"""What the user asked for, in one frozen record (flags > environment > config file > defaults)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from mqtail.events import Level

KINDS = ("general", "audit", "connection", "channel", "broker", "authorizer", "api")
"""Kinds of log that `--kind` takes."""

HISTORY_MS = 600_000
"""How far back the history goes where no start was asked for."""

DESTINATIONS = ("cloudwatch", "s3", "firehose")
"""Where Amazon MSK delivers logs, the fastest first; `--destination` takes these."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How logs are read. All times in ms.

    The defaults show an event of a busy log group within half a second of when it can be read, any
    other within three, find events that arrive up to an hour late, and stay below the service's
    quota.
    """

    poll_ms: int = 500
    """Pause between two polls of a busy log group: 7,200 requests an hour at most. Up to twice as
    long where several together would take more than half of the budget."""
    idle_poll_ms: int = 3_000
    """Pause between two polls of a log group where nothing happened for half a minute: 1,200
    requests an hour. Shorter where text and JSON output of busy ones waits for it, as far as all
    together take half of the budget."""
    overlap_ms: int = 15_000
    """Each poll reads at least this far back; more where the ingestion lag asks for it."""
    max_overlap_ms: int = 120_000
    sweeps_ms: tuple[tuple[int, int], ...] = ((300_000, 30_000), (3_600_000, 300_000))
    """Looks further back for what arrived late: (how far back, how often)."""
    relist_ms: int = 30_000
    """How often log groups and streams are listed anew."""
    object_poll_ms: int = 10_000
    """Pause between two looks for new S3 objects; they come once in minutes."""
    search_poll_ms: int = 5_000
    """Pause between two searches of an OpenSearch domain."""
    api_poll_ms: int = 15_000
    """Pause between two look-ups of API calls in CloudTrail."""
    api_overlap_ms: int = 1_200_000
    """Each look-up reads at least this far back: calls show there up to 15 minutes late."""
    api_pause_ms: int = 510
    """Pause after each of these requests; CloudTrail answers two a second, to all users of the
    account together."""
    reorder_ms: int = 2_000
    """How long text and JSON output hold an event back at most so that order can be restored; less
    where less was seen to be needed, none where events come in order."""
    object_reorder_ms: int = 30_000
    """The same for events that are delivered as objects: those of the other brokers of a cluster
    come within a minute."""
    backoff_ms: int = 1_000
    """First pause after a failed request; doubled with jitter up to `max_backoff_ms`."""
    max_backoff_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command needs to know. Built by `mqtail.cli`."""

    targets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Recordings that are shown; empty: AWS is read."""
    instances: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    """Where to read the logs of MSK clusters; empty: the fastest that each has."""
    trail: str = ""
    """Read API calls from the bucket of this trail (name, ARN or `s3://bucket/prefix`); empty:
    from CloudTrail's event history."""
    level: Level = Level.UNKNOWN
    """At least this level; UNKNOWN: all events, also those without a level."""
    filter: str = ""
    """Expression of the filter language."""
    filter_pattern: str = ""
    """CloudWatch Logs filter pattern, applied by the service."""
    since: int | None = None
    """Start of the history, ms since the epoch; None: ten minutes before the start."""
    since_ago: int | None = None
    """The same as how long ago it was by the service's clock, ms, where it was given so: this
    machine's clock, by which `since` was counted back, may be off."""
    until: int | None = None
    """End, ms since the epoch, exclusive; None: none."""
    follow: bool = True
    lines: int | None = None
    """At most the newest so many events of the history."""
    output: str = "text"
    """`tui`, `text`, `json` or `raw`."""
    record: str | None = None
    """File that events are recorded in as well; None: nothing is recorded."""
    summary: bool = False
    """Tell at the end what was read of each source, and how complete it is."""
    timezone: tzinfo = UTC
    buffer: int = 200_000
    max_requests: float = 4.0
    """CloudWatch Logs read requests per second, per account and region."""
    color: str = "auto"
    """`auto`, `always` or `never`."""
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    command: str = "mqtail"
    """The words that the user calls it by; `mqtail demo tail` on the embedded AWS."""
    pace: Pace = field(default_factory=Pace)

    def begin(self, now: int) -> int:
        """Start of the history, ms since the epoch, of what is begun at a moment (ms)."""
        if self.since_ago is not None:
            return now - self.since_ago
        return now - HISTORY_MS if self.since is None else self.since
