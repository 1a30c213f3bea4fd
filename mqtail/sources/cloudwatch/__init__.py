"""Reading log groups of CloudWatch Logs."""

from mqtail.sources.cloudwatch.reader import CloudWatchReader

__all__ = ["CloudWatchReader"]
