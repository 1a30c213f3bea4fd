"""Line formats of broker logs: level, fields and continuation lines of what a broker wrote."""

from mqtail.formats.base import Fields, Format, Sample
from mqtail.formats.registry import (
    FORMATS,
    by_name,
    continues,
    expected,
    find,
    level,
    may_continue,
    parse,
)

__all__ = [
    "FORMATS",
    "Fields",
    "Format",
    "Sample",
    "by_name",
    "continues",
    "expected",
    "find",
    "level",
    "may_continue",
    "parse",
]
