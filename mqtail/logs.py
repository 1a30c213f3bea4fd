"""The logs of a target: where each of them is delivered, and what names it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log in a log group of CloudWatch Logs."""

    name: str
    target: str
    service: str
    kind: str
    format: str = ""
    """Expected line format, see `mqtail.formats`."""
    arn: str = ""
    """Given where the group is in another (linked) account: its name alone does not find it."""
    shared_with: tuple[str, ...] = ()
    """Other MSK clusters that deliver to the same log group."""
    takes_unnamed: bool = True
    """Log streams that name none of these clusters count as this target's."""

    destination: ClassVar[str] = "cloudwatch"

    @property
    def place(self) -> str:
        """Where it is, as its users name it."""
        return self.name

    @property
    def identifier(self) -> str:
        """Tells it from all other logs of a run."""
        shared = f" {self.target}" if self.shared_with else ""
        return (self.arn or self.name) + shared

    @property
    def arguments(self) -> dict[str, str]:
        """What names the group in a request (logGroupName XOR logGroupIdentifier)."""
        return {"logGroupIdentifier": self.arn} if self.arn else {"logGroupName": self.name}

    def holds(self, log_stream: str) -> bool:
        """Whether a log stream of the group is of this target.

        Of a group that several clusters share, it is not where it names another of them.
        """
        names = [name for name in (self.target, *self.shared_with) if name in log_stream]
        return max(names, key=len) == self.target if names else self.takes_unnamed


@dataclass(frozen=True, slots=True)
class BucketLog:
    """A log of an MSK cluster that is delivered to an S3 bucket."""

    bucket: str
    prefix: str
    """As LoggingInfo names it, with or without a slash at its end; may be empty."""
    cluster_arn: str
    target: str
    kind: str
    format: str = ""
    service: str = "msk"

    destination: ClassVar[str] = "s3"

    @property
    def place(self) -> str:
        """Where it is, as its users name it."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def identifier(self) -> str:
        """Tells it from all other logs of a run."""
        return f"{self.place} {self.cluster_arn} {self.kind}"


@dataclass(frozen=True, slots=True)
class DeliveryStreamLog:
    """A log of an MSK cluster that is delivered to a Firehose stream, and by that elsewhere."""

    stream: str
    target: str
    kind: str
    format: str = ""
    service: str = "msk"

    destination: ClassVar[str] = "firehose"

    @property
    def place(self) -> str:
        """Where it is, as its users name it."""
        return f"Firehose stream {self.stream}"

    @property
    def identifier(self) -> str:
        """Tells it from all other logs of a run, but for what comes through the same stream.

        Records do not tell clusters and kinds apart.
        """
        return self.place


@dataclass(frozen=True, slots=True)
class ApiCalls:
    """The API calls that CloudTrail records of Amazon MQ and Amazon MSK."""

    owners: tuple[tuple[str, str], ...] = ()
    """Broker ids and cluster ARNs, each with its target's name: only calls that concern one of
    these are wanted; empty: all calls are."""
    names: tuple[tuple[str, str], ...] = ()
    """The same pairs of whatever there is, so that calls show by name where all are wanted."""
    trail: str = ""
    """Name, ARN or `s3://bucket/prefix` of a trail whose objects are read; empty: CloudTrail's
    event history is."""

    destination: ClassVar[str] = "cloudtrail"
    target: ClassVar[str] = "cloudtrail"
    service: ClassVar[str] = "cloudtrail"
    kind: ClassVar[str] = "api"
    format: ClassVar[str] = "cloudtrail"

    @property
    def place(self) -> str:
        """Where they are, as their users name it."""
        if not self.trail:
            return "CloudTrail event history"
        return self.trail if self.trail.startswith("s3://") else f"trail {self.trail}"

    @property
    def identifier(self) -> str:
        """Tells them from all other logs of a run."""
        return self.place


Log = LogGroup | BucketLog | DeliveryStreamLog | ApiCalls
