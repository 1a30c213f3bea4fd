"""Every format finds in its own samples exactly what they say, and no other format claims them."""

from __future__ import annotations

import pytest
from msgspec import structs

from mqtail.events import LogEvent, Source
from mqtail.formats import (
    FORMATS,
    Format,
    Sample,
    by_name,
    continues,
    find,
    level,
    parse,
    parse_briefly,
)

NAMES = [format.name for format in FORMATS]


all_samples = pytest.mark.parametrize(
    ("format", "sample"),
    [
        pytest.param(format, sample, id=f"{format.name}-{number}")
        for format in FORMATS
        for number, sample in enumerate(format.samples, 1)
    ],
)
any_expectation = pytest.mark.parametrize("expected", ["", *NAMES])


def test_names_are_unique_and_found() -> None:
    """A format is found by its name, which no other has."""
    assert len(set(NAMES)) == len(FORMATS)
    assert all(by_name(format.name) is format for format in FORMATS)
    assert all(format.samples and format.title for format in FORMATS)


@all_samples
def test_parse_gives_the_sample_s_fields(format: Format, sample: Sample) -> None:
    """Parsing a sample gives its fields, every one of them."""
    assert format.parse(sample.message) == sample.fields


@all_samples
@any_expectation
def test_a_brief_parse_leaves_out_time_and_details_only(
    format: Format, sample: Sample, expected: str
) -> None:
    """Everything else is as in the sample."""
    source = Source(0, "shop", "mq", "general", format=expected)
    brief = parse_briefly(LogEvent(0, 0, source, 0, sample.message))
    assert brief == structs.replace(sample.fields, time=None, details=())


@all_samples
@any_expectation
def test_sample_is_recognised_whatever_is_expected(
    format: Format, sample: Sample, expected: str
) -> None:
    """A line of another format than the expected one still gives all its fields."""
    source = Source(0, "shop", "mq", "general", format=expected)
    assert find(sample.message, expected) is format
    assert parse(LogEvent(0, 0, source, 0, sample.message)) == sample.fields
    assert level(sample.message, expected) is sample.fields.level


@all_samples
def test_no_other_format_claims_a_sample(format: Format, sample: Sample) -> None:
    """A sample begins an event of one format only, and only that one parses it."""
    line = sample.message.partition("\n")[0]
    assert [other.name for other in FORMATS if other.starts(line)] == [format.name]
    assert [other.name for other in FORMATS if other.parse(sample.message)] == [format.name]


@all_samples
def test_lines_of_a_sample_join_to_it(format: Format, sample: Sample) -> None:
    """Received line by line, a sample becomes the one event that it is."""
    lines = sample.message.split("\n")
    for end in range(1, len(lines)):
        assert continues("\n".join(lines[:end]), lines[end], format.name)


@all_samples
def test_sample_does_not_continue_another_event(format: Format, sample: Sample) -> None:
    """A whole event that follows another, of whatever format, is not joined to it."""
    for other in FORMATS:
        for before in other.samples:
            for expected in ("", format.name, other.name):
                if before.message != sample.message:
                    assert not continues(before.message, sample.message, expected)
