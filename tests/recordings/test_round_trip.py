"""What is recorded is what is opened: any event, in either kind of file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail import formats
from mqtail.events import Level, LogEvent, Source
from mqtail.recordings.appending import RecordingFile
from tests.recordings.support import lines_of, read

TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "2026-11-20 12:00:00,411 | WARN  | Store is full | a.Broker | main\n\tat A.b(C.java)",
        "[2026-11-20 12:00:00,411] INFO [Partition a-1 broker=1] Shrinking ISR (kafka.Partition)",
        "a\x1b[2Jb\x00\x7f\r\n\t\u202e",
    ]
)
TIMES = st.integers(0, 253_402_214_400_000)
"""Up to the last day of the year 9999, the last that JSON lines name in every time zone."""
NAME = st.text(min_size=1, max_size=12)
SOURCES = st.builds(
    Source,
    index=st.just(0),
    target=NAME,
    service=st.sampled_from(["mq", "msk", "cloudtrail", "logs"]),
    kind=NAME,
    instance=st.none() | NAME,
    destination=st.sampled_from(["cloudwatch", "s3", "firehose", "cloudtrail"]),
    log_group=st.text(max_size=12),
    log_stream=st.text(max_size=12),
    bucket=st.text(max_size=12),
    format=st.sampled_from(["", *(format.name for format in formats.FORMATS)]),
)
EVENTS = st.lists(
    st.builds(
        LogEvent,
        timestamp=TIMES,
        ingested=TIMES,
        source=SOURCES,
        order=st.just(0),
        message=TEXT,
        level=st.sampled_from(Level),
        id=st.text(max_size=12),
        joined=st.integers(0, 5_000),
        late=st.booleans(),
        key=st.text(max_size=12),
        line=st.integers(0, 1_000_000),
    ),
    min_size=1,
    max_size=12,
)


def values(event: LogEvent) -> dict[str, Any]:
    """All that is to be the same; the numbers of event and source are those of a run."""
    own = {name: getattr(event, name) for name in LogEvent.__struct_fields__}
    origin = {name: getattr(event.source, name) for name in Source.__struct_fields__}
    for name in ("source", "order", "closed"):
        del own[name]
    del origin["index"]
    return own | {"source": origin}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@given(events=EVENTS, cut=st.integers(0, 12))
def test_every_event_comes_back_as_it_was(name: str, events: list[LogEvent], cut: int) -> None:
    """Also when it was written in two parts."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        file = RecordingFile(str(path))
        for part in (events[:cut], events[cut:]):
            if part:
                file.write(lines_of(part))
        file.close()
        found, notes = read(path)
    assert list(map(values, found)) == list(map(values, events))
    assert list(map(formats.parse, found)) == list(map(formats.parse, events))
    assert notes == []
