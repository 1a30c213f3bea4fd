"""What the keys of delivered objects mean: where to look for them, their time and their broker."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol
from zoneinfo import ZoneInfo

from mqtail.logs import BucketLog
from mqtail.sources.objects.prefixes import DAY_MS, HOUR_MS, Folder, TimedPrefix, milliseconds
from mqtail.targets import cluster_of_arn, instance_of

Below = Callable[[str], Awaitable[list[str]]]
"""Gives the folders directly below a prefix (ListObjectsV2 with Delimiter `/`)."""

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class Layout(Protocol):
    """How a destination names its objects."""

    disorder: int
    """By how many events, at the most, an event of an object may stand behind its place."""

    async def find(self, below: Below) -> None:
        """Find out by listing what is not known of the names beforehand.

        It is called before `folders`, every time, and asks nothing once all is known.
        """

    def folders(self, start: int, end: int) -> list[Folder]:
        """What to list, in time order, for objects delivered between two times (ms, inclusive)."""

    def holds(self, key: str) -> bool:
        """Whether a key is that of an object of the log."""

    def delivered(self, key: str, last_modified: int) -> int:
        """When the object was delivered, ms: the moment that its key tells, else LastModified."""

    def instance(self, key: str) -> str | None:
        """The broker whose log the object is; None where the key does not tell."""


class MskLayout:
    """Objects that Amazon MSK delivers.

    `<prefix>/AWSLogs/<account>/KafkaBrokerLogs/<region>/<cluster-name>-<cluster-uuid>/`
    `<YYYY-MM-DD-HH>/Broker-<id>_<HH-MM>_<hex>.log.gz`, times in UTC.

    Whether a prefix is followed by a slash of its own is not documented, nor what stands for
    `KafkaBrokerLogs` where the authorizer's logs are: both are found by listing.

    Args:
        log: the log; its prefix is with or without a slash at its end, or empty.
    """

    disorder = 200

    _TIME = re.compile(r"/(\d{4}-\d\d-\d\d)-(\d\d)/[^/]*?_(\d\d)-(\d\d)_[^/]*\Z")

    def __init__(self, log: BucketLog) -> None:
        cluster = cluster_of_arn(log.cluster_arn)
        if cluster is None:
            raise ValueError(f"{log.cluster_arn} is no ARN of an MSK cluster")
        # What is likelier comes first.
        separators = ("", "/") if log.prefix.endswith("/") else ("/", "")
        parents = [f"{log.prefix}{separator}" for separator in separators] if log.prefix else [""]
        self._accounts = [f"{parent}AWSLogs/{cluster.account}/" for parent in parents]
        self._region = f"{cluster.region}/"
        self._cluster = f"{cluster.directory}/"
        self._kind_known = log.kind != "authorizer"
        self._roots: list[str] = []
        self._prefixes: list[TimedPrefix] = []

    async def find(self, below: Below) -> None:
        """Find the folders of the cluster, which are there once something was delivered."""
        if self._roots:
            return
        for account in self._accounts:
            for kind in await self._kinds(account, below):
                root = f"{kind}{self._region}{self._cluster}"
                if root in await below(f"{kind}{self._region}"):
                    self._roots.append(root)
            if self._roots:
                break
        self._prefixes = [
            TimedPrefix(f"{root}!{{timestamp:yyyy-MM-dd-HH}}/") for root in self._roots
        ]

    async def _kinds(self, account: str, below: Below) -> list[str]:
        """The folders of an account that can hold this kind of log."""
        if self._kind_known:
            return [f"{account}KafkaBrokerLogs/"]
        return [kind for kind in await below(account) if "authorizer" in _last(kind).lower()]

    def folders(self, start: int, end: int) -> list[Folder]:
        """Hour folders, a day's or more of them by one listing."""
        return [folder for prefix in self._prefixes for folder in prefix.folders(start, end)]

    def holds(self, key: str) -> bool:
        """Whether it is in an hour folder of the cluster, and no folder itself."""
        return not key.endswith("/") and any(key.startswith(root) for root in self._roots)

    def delivered(self, key: str, last_modified: int) -> int:
        """The hour of the folder with the minutes of the name.

        A name may tell a minute just before or after the hour of its folder: the nearest within it
        stands for that, so that every object is in the folder of its time.
        """
        found = self._TIME.search(key)
        if found is None:
            return last_modified
        date, hour, name_hour, minute = found.groups()
        folder = milliseconds(f"{date} {hour}", "%Y-%m-%d %H")
        if folder is None or int(name_hour) > 23 or int(minute) > 59:
            return last_modified
        apart = (int(name_hour) - int(hour)) * HOUR_MS + int(minute) * 60_000
        if apart > DAY_MS // 2:
            apart -= DAY_MS
        elif apart < -DAY_MS // 2:
            apart += DAY_MS
        return folder + min(max(apart, 0), HOUR_MS - 1)

    def instance(self, key: str) -> str | None:
        """The id in `Broker-<id>`."""
        return instance_of("msk", _last(key))


class FirehoseLayout:
    """Objects that a Firehose stream delivers.

    `<prefix><stream>-<version>-YYYY-MM-DD-HH-mm-ss-<uuid><extension>`, the time that of the oldest
    record in UTC; a prefix without a time expression is followed by `yyyy/MM/dd/HH/`.

    Args:
        stream: name of the stream.
        prefix: S3 prefix of the destination, with its expressions.
        time_zone: the destination's custom time zone, for the prefix.
        error_prefix: S3 prefix of what could not be delivered, with its expressions.
    """

    disorder = 2_000

    def __init__(
        self, stream: str, prefix: str = "", *, time_zone: str = "UTC", error_prefix: str = ""
    ) -> None:
        if "!{timestamp:" not in prefix:
            prefix += "!{timestamp:yyyy/MM/dd/HH}/"
        self._prefix = TimedPrefix(prefix, ZoneInfo(time_zone))
        name = rf"{re.escape(stream)}-\d+-(\d{{4}}(?:-\d\d){{5}})-{_UUID}[^/]*"
        self._name = re.compile(f"{self._prefix.expression}{name}")
        failed = rf"{TimedPrefix(error_prefix).expression}(?:[a-z-]+-failed/)?(?:\d+/)*{name}"
        self._failed = re.compile(failed) if error_prefix else None

    async def find(self, below: Below) -> None:
        """Nothing: all is known."""

    def folders(self, start: int, end: int) -> list[Folder]:
        """What the prefix becomes, up to its first expression that is not known."""
        return self._prefix.folders(start, end)

    def holds(self, key: str) -> bool:
        """Whether the stream delivered it, and not for an error."""
        return self._name.fullmatch(key) is not None and not (
            self._failed and self._failed.fullmatch(key)
        )

    def delivered(self, key: str, last_modified: int) -> int:
        """When the oldest record in it arrived."""
        found = self._name.fullmatch(key)
        time = milliseconds(found[1], "%Y-%m-%d-%H-%M-%S") if found else None
        return last_modified if time is None else time

    def instance(self, key: str) -> str | None:
        """None: the records tell."""
        return None


class TrailLayout:
    """Objects that a trail of CloudTrail delivers.

    `<prefix>/AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/`
    `<account>_CloudTrail_<region>_<YYYYMMDDTHHmmZ>_<random>.json.gz`, times in UTC; the trail of an
    organisation has `<organisation-id>/` behind `AWSLogs/`.

    Args:
        prefix: S3 key prefix of the trail, may be empty.
        account: whose calls are wanted.
        region: where they were made.
    """

    disorder = 20_000
    """Records are in no order; an object has up to 50 MB of them."""

    def __init__(self, prefix: str, account: str, region: str) -> None:
        prefix = prefix.rstrip("/")
        self._logs = f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"
        self._account = account
        name = f"{account}_CloudTrail_{region}_"
        self._below = f"{account}/CloudTrail/{region}/"
        self._pattern = (
            f"{self._below}!{{timestamp:yyyy/MM/dd}}/{name}!{{timestamp:yyyyMMdd'T'HHmm}}"
        )
        self._name = re.compile(rf"/{re.escape(name)}(\d{{8}}T\d{{4}})Z[^/]*\.json(?:\.gz)?\Z")
        self._roots: list[str] = []
        self._prefixes: list[TimedPrefix] = []

    async def find(self, below: Below) -> None:
        """Find the account's folder, which may be below that of an organisation."""
        if self._roots:
            return
        folders = await below(self._logs)
        organisations = [folder for folder in folders if _last(folder).startswith("o-")]
        for parent in (self._logs, *organisations):
            known = folders if parent == self._logs else await below(parent)
            if f"{parent}{self._account}/" in known:
                self._roots.append(parent)
        self._prefixes = [TimedPrefix(f"{root}{self._pattern}") for root in self._roots]

    def folders(self, start: int, end: int) -> list[Folder]:
        """Day folders, of the first only what is named after the beginning."""
        return [folder for prefix in self._prefixes for folder in prefix.folders(start, end)]

    def holds(self, key: str) -> bool:
        """Whether it is one of the account's objects, and no digest."""
        return self._name.search(key) is not None and any(
            key.startswith(f"{root}{self._below}") for root in self._roots
        )

    def delivered(self, key: str, last_modified: int) -> int:
        """The minute in the name."""
        found = self._name.search(key)
        time = milliseconds(found[1], "%Y%m%dT%H%M") if found else None
        return last_modified if time is None else time

    def instance(self, key: str) -> str | None:
        """None: API calls are of no broker instance."""
        return None


def _last(key: str) -> str:
    """The last part of a key or folder."""
    return key.rstrip("/").rpartition("/")[2]
