"""The filter language, through `compile_filter`, `from_options` and `Filter`."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.errors import FilterError
from mqtail.events import Level, LogEvent, Source
from mqtail.filters import EVERYTHING, Filter, compile_filter, from_options, is_unfinished

NOW = 1_795_216_800_000
"""2026-11-20 23:20:00 UTC."""

GENERAL = (
    "2026-11-20 23:10:00,411 | WARN  | No space left on device | "
    "org.apache.activemq.broker.BrokerService | ActiveMQ Task-1"
)
AUDIT = (
    "INFO  | admin called org.apache.activemq.broker.jmx.QueueView.purge[] "
    "at 20-11-2026 23:26:23,744 | RMI TCP Connection(4)-127.0.0.1"
)


def source(**changes: Any) -> Source:
    """A log stream of instance 1 of the broker prod-orders."""
    values: dict[str, Any] = {
        "index": 0,
        "target": "prod-orders",
        "service": "mq",
        "kind": "general",
        "instance": "1",
        "log_group": "/aws/amazonmq/broker/b-1234/general",
        "log_stream": "activemq-b-1234-1.log",
    }
    return Source(**values | changes)


def event(message: str = GENERAL, *, level: Level = Level.WARN, **changes: Any) -> LogEvent:
    """An event ten minutes old; changes that no event has go to its source."""
    own = {"timestamp", "ingested", "late"} & changes.keys()
    values: dict[str, Any] = {"timestamp": NOW - 600_000, "ingested": NOW - 599_000}
    values |= {name: changes.pop(name) for name in own}
    return LogEvent(source=source(**changes), order=0, message=message, level=level, **values)


def made(text: str) -> Filter:
    """A filter compiled at `NOW`, in UTC."""
    return compile_filter(text, now=NOW, zone=UTC)


def outcome(text: str) -> Filter | FilterError:
    """The filter of a text, or why there is none."""
    try:
        return made(text)
    except FilterError as error:
        return error


def wanted(text: str, tested: LogEvent) -> bool:
    """Whether the filter of a text wants an event."""
    return made(text).matches(tested)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("space", True),
        ("SPACE", True),
        ("spaces", False),
        ('"No space left"', True),
        ('"no  space"', False),
        ('"left on device" warn', True),
        ("/space.*device/", True),
        ("/SPACE/", False),
        ("/SPACE/i", True),
        (r"/a\/b/", False),
        ("space device", True),
        ("space missing", False),
        ("space AND device", True),
        ("missing or space", True),
        ("missing Or absent", False),
        ("not space", False),
        ("NOT missing", True),
        ("-space", False),
        ("-missing", True),
        ("-(missing or absent)", True),
        ('-"no space"', False),
        ("-/space/", False),
        ("not not space", True),
        ("(missing or space) device", True),
        ("missing or space and absent", False),
        ("space or missing and absent", True),
        ("not missing and space", True),
        ("not space or device", True),
        ("broker.BrokerService", True),
        ("android", False),
        ("|", True),
        ('"and"', False),
    ],
)
def test_words_phrases_and_operators(text: str, expected: bool) -> None:
    """`not` binds closest, then `and` (or nothing between two terms), then `or`."""
    assert wanted(text, event()) is expected


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_a_blank_filter_wants_everything(text: str) -> None:
    """Nothing typed: every event, no highlights, and it says that it is empty."""
    blank = made(text)
    assert blank.is_empty
    assert blank.matches(event(level=Level.UNKNOWN))
    assert blank.highlights("anything") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.1:8161", "tcp://10.0.0.1:8161 refused"),
        ("http://x", "see http://x/y"),
        ("foo:bar", "foo:bar"),
        ("queue://orders", "queue://orders"),
        ("->", "10.0.21.1:60012 -> 10.0.21.53:5672"),
        ("a->b", "a->b"),
        ("--since", "use --since"),
        ("user'app'", "user'app'"),
        ('say"so"', 'say"so"'),
        ("it's", "it's"),
        ("[error]", "x [error] <0.1.0>"),
        ("{a,b}", "{a,b}"),
        (r'"a \"b\" \\ c"', r'a "b" \ c'),
        (r'"C:\temp"', r"C:\temp"),
        ("percentUsage=98%", "percentUsage=98%"),
        ("a*b", "a*b"),
        (".", "."),
    ],
)
def test_a_word_holds_any_character(text: str, message: str) -> None:
    """Colons, slashes, quotes inside and operators are part of words that are no fields."""
    assert wanted(text, event(message))
    assert not wanted(text, event("something else"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("STRASSE", "Hauptstraße 1"),
        ("straße", "HAUPTSTRASSE"),
        ("ΟΔΟΣ", "οδοσα"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
        ("ÜBER", "über"),
        ("エラー", "接続エラー"),
    ],
)
def test_case_is_ignored_beyond_ascii(text: str, message: str) -> None:
    """Comparison is by case folding, so a part of a text is found whatever follows it."""
    assert wanted(text, event(message))


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("level>=warn", "warn error fatal"),
        ("level>warn", "error fatal"),
        ("level<=info", "trace debug info"),
        ("level<info", "trace debug"),
        ("level:error", "error"),
        ("level=ERROR", "error"),
        ("level==err", "error"),
        ("level >= error", "error fatal"),
        ("LEVEL>=critical", "fatal"),
    ],
)
def test_levels(text: str, levels: str) -> None:
    """Comparisons of levels; an event without one fails all of them."""
    passed = {level.label for level in Level if wanted(text, event(level=level))}
    assert passed == set(levels.split())


def test_an_event_without_level_differs_from_every_level() -> None:
    """`!=` is the opposite of `:`."""
    assert wanted("level!=info", event(level=Level.UNKNOWN))
    assert not wanted("level!=info", event(level=Level.INFO))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("instance:1", True),
        ("instance:2", False),
        ("instance!=2", True),
        ("instance:[12]", True),
        ("kind:GENERAL", True),
        ("kind:gen*", True),
        ("kind:audit", False),
        ("target:prod-*", True),
        ("target:prod", False),
        ('target:"prod-orders"', True),
        ("target:PROD-?rders", True),
        ("source:s3", False),
        ("source:cloudwatch", True),
        ("stream:*-1.log", True),
        ("stream:*-2.log", False),
        ("group:/aws/amazonmq/*/general", True),
        ("-kind:audit instance:1", True),
    ],
)
def test_fields_of_the_source(text: str, expected: bool) -> None:
    """Shell patterns on the whole value, in any case."""
    assert wanted(text, event()) is expected


def test_a_missing_value_fits_no_pattern() -> None:
    """A stream without instance is neither instance 1 nor any."""
    without = event(instance=None)
    assert not wanted("instance:*", without)
    assert wanted("instance!=1", without)


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("logger:org.apache.activemq.*", GENERAL, True),
        ("logger:BrokerService", GENERAL, True),
        ("logger:org.apache.kafka.*", GENERAL, False),
        ('thread:"activemq task-*"', GENERAL, True),
        ("user:admin", AUDIT, True),
        ("user:adm*", AUDIT, True),
        ("user:root", AUDIT, False),
        ("user!=root", GENERAL, True),
        ("user:[ab]d?in", AUDIT, True),
        ("logger:*.BROKERservice", GENERAL, True),
        ("thread:*", GENERAL, True),
        ("user:*", GENERAL, False),
        ("logger:*", "no format at all", False),
    ],
)
def test_fields_of_the_message(text: str, message: str, expected: bool) -> None:
    """What a line format finds; a logger also by the last part of its name."""
    kind = "audit" if message == AUDIT else "general"
    assert wanted(text, event(message, kind=kind)) is expected


@pytest.mark.parametrize(
    ("text", "late", "expected"),
    [
        ("late:true", True, True),
        ("late:true", False, False),
        ("late:FALSE", False, True),
        ("late!=true", True, False),
        ("late!=false", True, True),
    ],
)
def test_late(text: str, late: bool, expected: bool) -> None:
    """Whether an event came out of order."""
    assert wanted(text, event(late=late)) is expected


@pytest.mark.parametrize(
    ("text", "lag_ms", "expected"),
    [
        ("lag>30s", 30_001, True),
        ("lag>30s", 30_000, False),
        ("lag>=30s", 30_000, True),
        ("lag<1m30s", 89_999, True),
        ("lag <= 500ms", 501, False),
        ("lag>30s", None, False),
        ("lag<30s", None, False),
    ],
)
def test_lag(text: str, lag_ms: int | None, expected: bool) -> None:
    """Comparisons of the ingestion lag; where it is not known, none holds."""
    ingested = 0 if lag_ms is None else NOW + lag_ms
    assert wanted(text, event(timestamp=NOW, ingested=ingested)) is expected


@pytest.mark.parametrize(
    ("text", "ago_s", "expected"),
    [
        ("time>10m", 599, True),
        ("time>10m", 601, False),
        ("time<10m", 601, True),
        ("time>=23:10 time<23:15", 600, True),
        ("time>=23:10 time<23:15", 601, False),
        ("time>=23:10 time<23:15", 300, False),
        ("time>=2026-11-20T23:10Z", 600, True),
        ("time>2026-11-20T23:10:00.000Z", 600, False),
        ('time>="2026-11-20 23:10"', 600, True),
    ],
)
def test_time(text: str, ago_s: int, expected: bool) -> None:
    """Times of day, ISO times and durations before now."""
    assert wanted(text, event(timestamp=NOW - ago_s * 1000)) is expected


def test_times_are_read_in_the_given_zone() -> None:
    """23:10 UTC is 01:10 two hours further east."""
    east = compile_filter("time>=01:10 time<01:11", now=NOW, zone=timezone(timedelta(hours=2)))
    assert east.matches(event(timestamp=NOW - 600_000))


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ('"abc', 1, "quote is not closed"),
        ('ab "c', 4, "quote is not closed"),
        ('user:"x', 6, "quote is not closed"),
        ('a "" b', 3, "nothing between the quotes"),
        ("a /bc", 3, "no closing /"),
        ("//", 1, "nothing between the slashes"),
        ("/a/x", 4, '"x" after'),
        ("/a/b.c", 4, "after a regular expression"),
        ("a /b[/", 5, "unterminated character set"),
        ("/a(b/", 3, "unterminated subpattern"),
        ("/a**/", 4, "multiple repeat"),
        ("/a{99999999999}/", 2, "too large"),
        ("(a", 1, "not closed"),
        ("a (b or (c)", 3, "not closed"),
        ("a\n(b", 3, "not closed"),
        ("a)", 2, "never opened"),
        ("()", 1, "nothing in the parentheses"),
        ("a ( )", 3, "nothing in the parentheses"),
        ("a and", 3, 'nothing follows "and"'),
        ("a or", 3, 'nothing follows "or"'),
        ("not", 1, 'nothing follows "not"'),
        ("(a or) b", 4, 'nothing follows "or"'),
        ("or a", 1, 'nothing stands before "or"'),
        ("a (and b)", 4, 'nothing stands before "and"'),
        ("level:loud", 7, '"loud" is no level'),
        ("a level>=x", 10, '"x" is no level'),
        ("level:", 1, "needs a value"),
        ("lag>30", 5, "no duration"),
        ("lag:30s", 1, "compared with"),
        ("time>=25:99", 7, "no time"),
        ("time>= later", 8, "no time"),
        ("time:10:15", 1, "compared with"),
        ("late:maybe", 6, "true or false"),
        ("kind>audit", 1, "cannot be compared"),
        ("instance:(1 or 2)", 1, "needs a value"),
        ("lvl:error", 1, 'no field "lvl"'),
        ("a -levle>=warn", 4, 'no field "levle"'),
    ],
)
def test_errors_say_where_and_what(text: str, column: int, words: str) -> None:
    """The column counts from 1 in the whole expression, line breaks included."""
    with pytest.raises(FilterError, match=f"^column {column}: ") as caught:
        made(text)
    assert caught.value.column == column
    assert words in caught.value.problem


def test_errors_list_what_is_valid() -> None:
    """A wrong level or a misspelt field comes with what would be right."""
    with pytest.raises(FilterError) as level:
        made("level:loud")
    assert "trace, debug, info, warn, error, fatal" in level.value.hint
    with pytest.raises(FilterError) as field:
        made("lvl:error")
    assert "did you mean level?" in field.value.hint


def test_deep_nesting_is_refused_and_long_lists_are_not() -> None:
    """No expression can exhaust the stack, neither when it is compiled nor when it is asked."""
    tested = event("a")
    assert wanted("(" * 500 + "a" + ")" * 500, tested)
    assert wanted("not " * 1000 + "a", tested)
    assert wanted(" or ".join(f"instance:x{i}" for i in range(2000)) + " or a", tested)
    with pytest.raises(FilterError, match="nested"):
        made("b (a or " * 100 + "c" + ")" * 100)


def test_a_regular_expression_sees_the_beginning_of_a_huge_message() -> None:
    """It looks at 64 Ki characters, a word at everything."""
    huge = event("x" * 65_536 + "needle")
    assert not wanted("/needle/", huge)
    assert wanted("needle", huge)


def test_line_ends_in_regular_expressions() -> None:
    """`^` and `$` mean each line of a message, `\\A` its beginning."""
    trace = event("first\n\tat a.b.C\nCaused by: x")
    assert wanted(r"/^\tat /", trace)
    assert wanted("/first$/", trace)
    assert not wanted(r"/\ACaused/", trace)


PATTERNS = st.lists(st.sampled_from([*"abIſKé.*+^$?|()[]", r"\d", ".*", "ab", "{2}"]), min_size=1)
SUBJECTS = st.text("abBiIkKſİıé1\n", max_size=12)


@pytest.mark.filterwarnings("ignore:Possible nested set")
@given(PATTERNS.map("".join), st.sampled_from(["", "i"]), st.lists(SUBJECTS, min_size=1))
def test_regular_expressions_decide_as_re_does(
    pattern: str, flags: str, messages: list[str]
) -> None:
    """Whatever is done to be fast, the outcome is that of a plain search."""
    compiled = outcome(f"/{pattern}/{flags}")
    if isinstance(compiled, Filter):
        plain = re.compile(pattern, re.MULTILINE | (re.IGNORECASE if flags else 0))
        for message in messages:
            assert compiled.matches(event(message)) == (plain.search(message) is not None)


@pytest.mark.parametrize(
    ("text", "shown", "spans"),
    [
        ("space", "No Space, no space", [(3, 8), (13, 18)]),
        ("a b", "xaxbx", [(1, 2), (3, 4)]),
        ("ab bc", "xabcx", [(1, 4)]),
        ("ab cd", "abcd", [(0, 4)]),
        ('"no space"', "No space", [(0, 8)]),
        ("/s.a/ c", "space", [(0, 4)]),
        ("/x*/", "abc", []),
        ("not space", "space", []),
        ("-(space or -left)", "space left", [(6, 10)]),
        ("level:warn kind:space", "space warn", []),
        ("strasse", "eine Straße!", [(5, 11)]),
        ("s", "ß", [(0, 1)]),
        ("b", "ßb", [(1, 2)]),
        ("ΟΔΟΣ", "οδος", [(0, 4)]),
    ],
)
def test_highlights(text: str, shown: str, spans: list[tuple[int, int]]) -> None:
    """Spans of what is looked for, not of what is excluded, counted in the text's characters."""
    assert made(text).highlights(shown) == spans


def test_and_fuses_two_filters() -> None:
    """Both have to want an event; both highlight; an empty one changes nothing."""
    both = made("space or missing").and_(made("level>=warn device"))
    assert both.matches(event())
    assert not both.matches(event(level=Level.INFO))
    assert not both.matches(event("no space"))
    assert both.highlights("space device") == [(0, 5), (6, 12)]
    assert made(both.text).matches(event())
    assert not made(both.text).matches(event("no space"))
    assert EVERYTHING.and_(both) is both
    assert both.and_(EVERYTHING) is both


def test_filters_of_the_command_line() -> None:
    """Instances and kinds are alternatives, the level is a minimum; the text says the same."""
    fused = from_options(["1", "3"], ["audit", "general"], Level.WARN)
    for tested in (fused, made(fused.text)):
        assert tested.matches(event())
        assert not tested.matches(event(instance="2"))
        assert not tested.matches(event(kind="connection"))
        assert not tested.matches(event(level=Level.INFO))
    assert from_options([], [], Level.UNKNOWN).is_empty
    odd = from_options(['a "b" (c)'])
    assert made(odd.text).matches(event(instance='a "b" (c)'))


def test_the_grammar_is_loaded_on_demand() -> None:
    """Importing the module, or an empty filter, does not load the parser generator."""
    code = (
        "import sys; from datetime import UTC; from mqtail.filters import compile_filter;"
        "compile_filter(' ', now=0, zone=UTC); print('lark' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


KEYWORDS = ["and", "or", "not", "level", "level>=", "warn", "time<", "lag>", "10m", "user:"]
PIECES = ["/a/i", '"a b"', "kind:", "[", "*", "lvl:", "late:true", "é", "\ud800", "\x00"]
FRAGMENTS = st.sampled_from([*'()"/-|:<>=\\ab \n', *KEYWORDS, *PIECES])


@given(st.lists(FRAGMENTS, max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_compiles_or_says_where_it_fails(text: str) -> None:
    """No other error leaves the compiler, and what compiles can be asked."""
    result = outcome(text)
    if isinstance(result, FilterError):
        assert 1 <= result.column <= len(text) + 1
        assert result.problem
    else:
        assert result.matches(event()) in (True, False)
        for start, end in result.highlights(GENERAL):
            assert 0 <= start < end <= len(GENERAL)


@dataclass(frozen=True)
class Term:
    """A generated term: its text, and what it means in plain Python."""

    text: str
    binding: int
    """2: stands anywhere; 1: a conjunction; 0: an alternative."""
    meaning: Any

    def within(self, binding: int) -> str:
        """The text, in parentheses where it has to bind more closely."""
        return self.text if self.binding >= binding else f"({self.text})"


WORDS = ["alpha", "Beta", "ga-mma", "x:1", "é"]


def word(text: str) -> Term:
    """A word: part of the message in any case."""
    return Term(text, 2, lambda e: text.lower() in e.message.lower())


def at_least(level: Level) -> Term:
    """A minimal level."""
    return Term(f"level>={level.label}", 2, lambda e: e.level >= level)


LEAVES = st.one_of(
    st.sampled_from(WORDS).map(word),
    st.sampled_from(WORDS).map(lambda w: Term(f'"{w}"', 2, word(w).meaning)),
    st.sampled_from(WORDS).map(lambda w: Term(f"/{w}/", 2, lambda e: w in e.message)),
    st.sampled_from(list(Level)[1:]).map(at_least),
    st.sampled_from("12").map(lambda i: Term(f"instance:{i}", 2, lambda e: e.source.instance == i)),
)


def negated(inner: Term, sign: str) -> Term:
    """The opposite of a term; two minus signs in a row would begin a word."""
    text = f"({inner.text})" if sign + inner.text[:1] == "--" else inner.within(2)
    return Term(sign + text, 2, lambda e: not inner.meaning(e))


def joined(inner: list[Term], between: str) -> Term:
    """Several terms as a conjunction, or with "or" between them as alternatives."""
    text = between.join(term.within(1 if between == " or " else 2) for term in inner)
    fold = any if between == " or " else all
    binding = 0 if between == " or " else 1
    return Term(text, binding, lambda e: fold(term.meaning(e) for term in inner))


TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(negated, inner, st.sampled_from(["not ", "-", "NOT "])),
        st.builds(
            joined,
            st.lists(inner, min_size=2, max_size=4),
            st.sampled_from([" ", " and ", " or "]),
        ),
    ),
    max_leaves=12,
)
EVENTS = st.builds(
    lambda words, level, instance: event(" ".join(words), level=level, instance=instance),
    st.lists(st.sampled_from([*WORDS, "ALPHA", "other"])),
    st.sampled_from(Level),
    st.sampled_from([None, "1", "2"]),
)


@given(TERMS, st.lists(EVENTS, min_size=1, max_size=5))
def test_expressions_mean_what_they_say(term: Term, events: list[LogEvent]) -> None:
    """A printed expression, parsed again, decides as plain evaluation of its parts does."""
    compiled = made(term.text)
    for tested in events:
        assert compiled.matches(tested) == term.meaning(tested)


@pytest.mark.parametrize(
    "text", ["l", "lev", "a level", "(lev", "-kind", "level>=", "level>=wa", '"No']
)
def test_what_looks_half_typed(text: str) -> None:
    """The bar waits a moment before it applies such an expression."""
    assert is_unfinished(text)


@pytest.mark.parametrize("text", ["", "time out", "timeout", "level>=warn", '"No"', "lev ", "/a/"])
def test_what_looks_whole(text: str) -> None:
    """It is applied at once."""
    assert not is_unfinished(text)
