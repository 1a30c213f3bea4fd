"""How complete what was read is: figures, sentences, the table, and the JSON lines."""

from __future__ import annotations

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from mqtail.coverage import Gaps, complete, coverage, gap_sentence, together
from mqtail.events import LogEvent, Source
from mqtail.status import Interruption, ReaderStatus, State, StreamStatus
from mqtail.store import Store
from mqtail.tail_summary import as_json, as_text

NOW = 1_795_000_000_000
"""2026-11-18 11:06:40 UTC, ms."""
DOWN = "AWS is down."


def source(kind: str = "general", **members: object) -> ReaderStatus:
    """The status of a reader of a broker's log, which follows."""
    return ReaderStatus("orders", "mq", kind, f"/orders/{kind}", state=State.LIVE, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gap", "complete_to", "state", "said"),
    [
        ((90, 60), 59, State.LIVE, "could not be read from 11:05:10 to 11:05:40 (AWS is down); "
         "it was read afterwards."),
        ((90, 60), 61, State.LIVE, "could not be read from 11:05:10 to 11:05:40 (AWS is down); "
         "it has not been read afterwards so far."),
        ((90, 60), 300, State.ENDED, "could not be read from 11:05:10 to 11:05:40 (AWS is down); "
         "it was read afterwards."),
        ((90, None), 90, State.FAILING, "could not be read since 11:05:10 (AWS is down)."),
        ((86_400, 60), 0, State.LIVE, "could not be read from 2026-11-17 11:06:40 to 11:05:40 "
         "(AWS is down); it has not been read afterwards so far."),
    ],
    ids=["read", "not yet", "ended", "lasting", "since yesterday"],
)  # fmt: skip
def test_a_gap_in_a_sentence(
    gap: tuple[int, int | None], complete_to: int, state: State, said: str
) -> None:
    """It was read up on once everything is complete up to its end. Times: so many s before now."""
    begin, end = gap
    status = source()
    status.state, status.complete_to = state, complete_to and NOW - complete_to * 1000
    status.interruptions = [Interruption(NOW - begin * 1000, NOW - end * 1000 if end else 0, DOWN)]
    (found,) = coverage(status, NOW).gaps
    assert gap_sentence(found, NOW, UTC) == said


def test_a_source_lags_when_it_is_behind_for_long() -> None:
    """What is looked at less often may be behind longer; what has ended is not behind."""
    live, calls, ended = source(), source(destination="cloudtrail"), source()
    ended.state = State.ENDED
    for status in (live, calls, ended):
        status.complete_to = NOW - 120_000
    lags = [coverage(status, NOW).lags for status in (live, calls, ended)]
    assert lags == [True, False, False]
    zone = ZoneInfo("Asia/Kolkata")
    assert complete(coverage(live, NOW), NOW, zone) == "complete to 16:34:40, 2 min behind"
    assert not coverage(source(), NOW).lags


def test_sources_together_are_as_complete_as_the_least() -> None:
    """A look back counts as far as all have made it; the same gap counts once."""
    one, other = source(), source("audit")
    slept = Interruption(NOW - 90_000, NOW - 60_000, "mqtail was not running.")
    one.interruptions = [Interruption(NOW - 30_000, NOW - 20_000, DOWN), slept]
    other.interruptions = [slept]
    one.complete_to, other.complete_to = NOW - 1_000, NOW - 2_000
    one.swept_to, other.swept_to = {300_000: NOW, 3_600_000: NOW}, {300_000: NOW - 5_000}
    one.requests, other.requests = 3, 4
    both = together([coverage(one, NOW), coverage(other, NOW)])
    assert (both.complete_to, both.swept_to) == (NOW - 2_000, {300_000: NOW - 5_000})
    assert both.requests == 7
    assert [gap.reason for gap in both.gaps] == ["mqtail was not running.", DOWN]


def test_gaps_are_told_once_when_they_were_read_up_on() -> None:
    """One that all sources share in one sentence; at the end also what was not read up on."""
    readers, gaps = [source(), source("audit")], Gaps()
    slept = Interruption(NOW - 90_000, NOW - 60_000, "mqtail was not running.")
    for status in readers:
        status.interruptions, status.complete_to = [slept], NOW - 90_000

    def news(*, last: bool = False) -> list[str]:
        return gaps.news(readers, NOW, UTC, last=last)

    assert news() == []
    for status in readers:
        status.complete_to = NOW
    assert news() == [
        "2 sources: could not be read from 11:05:10 to 11:05:40 (mqtail was not running); "
        "it was read afterwards."
    ]
    readers[0].interruptions.append(Interruption(NOW - 9_000, NOW + 1_000, DOWN))
    readers[1].interruptions.append(Interruption(NOW - 9_000, 0, DOWN))
    assert news() == []
    assert news(last=True) == [
        "/orders/general: could not be read from 11:06:31 to 11:06:41 (AWS is down); "
        "it has not been read afterwards so far."
    ]
    assert news(last=True) == []


def test_the_table_has_what_is_read() -> None:
    """A row each, remarks below, nothing of what is only available; names cannot do harm."""
    general, audit = source(), source("\x1b[2J")
    general.history_to, general.complete_to = NOW - 600_000, NOW - 1_000
    general.swept_to = {3_600_000: NOW - 300_000}
    general.late, general.latest_ms, general.too_late = 12, 252_000, 1
    general.requests, general.throttles, general.retries = 1_234, 1, 2
    general.streams["s"] = StreamStatus(Source(0, "orders", "mq", "general"), events=4_711)
    general.interruptions = [Interruption(NOW - 90_000, NOW - 60_000, DOWN)]
    audit.state, audit.reason = State.FAILING, "Not allowed."
    readers = [general, audit, source("other")]
    readers[2].state = State.AVAILABLE
    store = Store(100)
    store.add([LogEvent(NOW + n, 0, Source(0, "t", "mq", "k"), n, "m") for n in range(103)])
    assert as_text(readers, store, NOW, UTC).splitlines() == [
        "source          state    complete from  complete to  events  late  by up to  requests  "
        "throttled  tried again",
        "orders general  live     10:56:40       11:06:39      4,711    12     4 min     1,234  "
        "        1            2",
        "orders ␛[2J     failing  -              -                 0     0         -         0  "
        "        0            0",
        "orders general: could not be read from 11:05:10 to 11:05:40 (AWS is down); "
        "it was read afterwards.",
        "orders general: complete up to 1 h late: to 11:01:40.",
        "orders general: 1 event came too late to be shown.",
        "orders ␛[2J: Not allowed.",
        "The buffer: 3 dropped before 11:06:40; --buffer sets how many events it holds.",
    ]


def test_a_json_line_for_each_source() -> None:
    """Everything there is to know, in UTC and in ASCII; null where there is nothing."""
    general, audit = source(), source("\u202eaudit")
    general.history_to, general.complete_to = NOW - 600_000, NOW - 1_000
    general.swept_to, general.latest_ms, general.late = {300_000: NOW - 2_000}, 252_000, 1
    general.interruptions = [Interruption(NOW - 90_000, 0, DOWN)]
    text = as_json([general, audit], NOW)
    assert text.isascii()
    first, second = map(json.loads, text.splitlines())
    assert first | {"events": 0} == {
        "source": "/orders/general",
        "target": "orders",
        "service": "mq",
        "kind": "general",
        "destination": "cloudwatch",
        "state": "live",
        "reason": None,
        "complete_from": "2026-11-18T10:56:40.000Z",
        "complete_to": "2026-11-18T11:06:39.000Z",
        "swept_to": {"300": "2026-11-18T11:06:38.000Z"},
        "events": 0,
        "errors": 0,
        "late": 1,
        "latest": 252.0,
        "too_late": 0,
        "passed_over": 0,
        "requests": 0,
        "throttles": 0,
        "retries": 0,
        "gaps": [
            {
                "begin": "2026-11-18T11:05:10.000Z",
                "end": None,
                "reason": DOWN,
                "read_afterwards": False,
            }
        ],
    }
    assert (second["complete_to"], second["latest"], second["gaps"]) == (None, None, [])


def test_nothing_is_read_yet() -> None:
    """Said in a sentence of its own; JSON lines need none."""
    said = as_text([], Store(100), NOW, UTC)
    assert said == "mqtail: No source has been read so far.\n"
    assert as_json([], NOW) == ""
