"""Reading API calls: CloudTrail's event history, or the objects of a trail."""

from mqtail.logs import ApiCalls
from mqtail.sources.cloudtrail.history import EventHistoryReader
from mqtail.sources.cloudtrail.trail import TrailReader
from mqtail.sources.reader import Reader, Surroundings

__all__ = ["api_reader"]


def api_reader(calls: ApiCalls, around: Surroundings) -> Reader:
    """A reader of API calls: from a trail's objects where one is named, else by looking them up."""
    return TrailReader(calls, around) if calls.trail else EventHistoryReader(calls, around)
