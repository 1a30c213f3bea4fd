"""Formats of broker logs and of API records: level, time, fields and continuation lines."""

from mqtail.formats.base import Fields, Format, Sample
from mqtail.formats.registry import (
    FORMATS,
    by_name,
    continues,
    continues_in,
    expected,
    find,
    identify,
    level,
    may_continue,
    parse,
    parse_briefly,
    starts,
    time,
)

__all__ = [
    "FORMATS",
    "Fields",
    "Format",
    "Sample",
    "by_name",
    "continues",
    "continues_in",
    "expected",
    "find",
    "identify",
    "level",
    "may_continue",
    "parse",
    "parse_briefly",
    "starts",
    "time",
]
