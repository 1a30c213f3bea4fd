"""The reader for each kind of log."""

from __future__ import annotations

from mqtail.logs import ApiCalls, BucketLog, DeliveryStreamLog, Log
from mqtail.sources.cloudtrail import api_reader
from mqtail.sources.cloudwatch import CloudWatchReader
from mqtail.sources.firehose import FirehoseReader
from mqtail.sources.objects import msk_reader
from mqtail.sources.reader import Reader, Surroundings


def reader_of(log: Log, around: Surroundings) -> Reader:
    """A reader of a log. Nothing is asked of AWS yet."""
    if isinstance(log, BucketLog):
        return msk_reader(log, around)
    if isinstance(log, DeliveryStreamLog):
        return FirehoseReader(log, around)
    if isinstance(log, ApiCalls):
        return api_reader(log, around)
    return CloudWatchReader(log, around)
