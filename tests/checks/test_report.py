"""What the checks found as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from rich.cells import cell_len

from mqtail.aws.signin import SignIn
from mqtail.checks.model import (
    Check,
    Finding,
    Outcome,
    Subject,
    check,
    failed,
    passed,
    unknown,
    warned,
)
from mqtail.checks.report import TextReport, as_json, count, encodable, exit_code, listing
from mqtail.checks.runner import CheckedTarget

DOC = "https://docs.aws.amazon.com/page.html"
COMMAND = "aws logs put-resource-policy --policy-document '" + "x" * 200 + " y'"
FINDINGS = {
    "passes": passed("DescribeBroker: it is there, " + "and there " * 20),
    "warns": warned("It is old.", "It costs."),
    "fails": failed("It was asked for. " * 20, "There is none.", COMMAND, "aws mq reboot-broker"),
    "unknown": unknown("Not permitted.", "This could not be looked at."),
    "skips": Finding(Outcome.SKIP, "It does not apply."),
}


def made(id: str, category: str = "logging") -> Check[Any]:
    """A check that nobody runs."""

    @check(id, category, f"Title of {id}", doc=DOC)
    async def run(subject: Subject) -> Finding:
        raise AssertionError

    return run


def target(findings: dict[str, Finding], name: str = "orders-mq", **options: str) -> CheckedTarget:
    """A target with these findings, by the checks' ids."""
    subject = Subject(options.get("service", "mq"), "b-1", name, None)  # type: ignore[arg-type]
    category = options.get("category", "logging")
    return CheckedTarget(subject, [made(id, category) for id in findings], dict(findings))


def lines(
    *findings: str, color: bool = False, ascii: bool = False, width: int | None = None
) -> list[str]:
    """The text of a target with some of the findings."""
    report = TextReport(color=color, ascii=ascii, width=width)
    return report.target(target({id: FINDINGS[id] for id in findings})).splitlines()


def test_a_target_as_text() -> None:
    """A heading, the category, and of each check what a person needs."""
    assert lines("passes", "warns", "skips") == [
        "orders-mq  (Amazon MQ, b-1)",
        "  logging",
        "    √ Title of passes  passes",
        "        DescribeBroker: it is there, " + " ".join(["and there"] * 20),
        "    ‼ Title of warns  warns",
        "        It is old.",
        "        It costs.",
        f"        see: {DOC}",
        "    - Title of skips  skips",
        "        It does not apply.",
        "",
    ]


def test_checks_are_grouped_by_category() -> None:
    """Each category once, in the order in which the first of its checks comes."""
    checks = [made("a", "one"), made("b", "two"), made("c", "one")]
    subject = Subject("mq", "b-1", "", None)  # type: ignore[arg-type]
    done = CheckedTarget(subject, checks, dict.fromkeys("abc", passed("")))
    text = TextReport(color=False, ascii=True, width=None).target(done)
    shown = " ".join(text.split())
    assert shown == "b-1 (Amazon MQ) one + Title of a a + Title of c c two + Title of b b"


def test_checks_that_are_skipped_for_one_reason() -> None:
    """Side by side they tell it once."""
    skipped = {id: Finding(Outcome.SKIP, "No S3.") for id in ("a", "b")}
    others = {"c": Finding(Outcome.SKIP, "No Firehose."), "d": passed("It is."), "e": skipped["a"]}
    report = TextReport(color=False, ascii=False, width=None)
    assert report.target(target(skipped | others)).splitlines()[2:-1] == [
        "    - 2 checks: a, b",
        "        No S3.",
        "    - Title of c  c",
        "        No Firehose.",
        "    √ Title of d  d",
        "        It is.",
        "    - Title of e  e",
        "        No S3.",
    ]


def test_commands_are_never_wrapped() -> None:
    """They are there to be copied, each in a line of its own below `fix:`."""
    shown = lines("fails", width=50)
    fix = shown.index("        fix:")
    assert [line.strip() for line in shown[fix + 1 : fix + 3]] == [COMMAND, "aws mq reboot-broker"]
    assert shown[fix + 3] == f"        see: {DOC}"


@pytest.mark.parametrize("width", [50, 80, 200])
def test_text_is_wrapped_to_the_terminal(width: int) -> None:
    """Evidence and cause below the title, what passed in one line that is cut off."""
    shown = lines("passes", "fails", "unknown", width=width)
    fix = shown.index("        fix:")
    assert all(cell_len(line) <= width for line in shown[:fix])
    evidence = " ".join(line.strip() for line in shown if "asked for" in line)
    assert evidence.count("It was asked for.") >= 1
    assert shown[3].endswith("…")
    assert len([line for line in shown if "and there" in line]) == 1
    narrow = lines("fails", width=5)
    assert max(map(len, narrow[3 : narrow.index("        fix:")])) > 20


def test_ascii() -> None:
    """No other character is mqtail's own."""
    shown = "\n".join(lines(*FINDINGS, ascii=True, width=60))
    assert shown.isascii()
    marks = [line[4] for line in shown.splitlines() if line.startswith("    ") and line[4] != " "]
    assert "".join(marks) == "+!x?-"


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [("utf-8", True), (None, True), ("latin-1", False), ("ascii", False), ("no-such", False)],
)
def test_encodings_that_have_the_marks(encoding: str | None, marks: bool) -> None:
    """Where they cannot be written, others are."""
    assert encodable(encoding) is marks


def test_colours() -> None:
    """Each outcome has its own; the text is the same."""
    shown = lines(*FINDINGS, color=True, width=60)
    plain = lines(*FINDINGS, width=60)
    styles = {line.partition("m")[0] for line in shown if "Title" in line}
    assert len(styles) == len(Outcome)
    for style in ("\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[1m", "\x1b[2m", "\x1b[0m"):
        shown = [line.replace(style, "") for line in shown]
    assert shown == plain


def test_hostile_text() -> None:
    """Nothing from AWS acts on the terminal, or is of endless length."""
    evil = "\x1b[2J\u202e\x9b31m\r\n" + "x" * 100_000
    found = {outcome.value: Finding(outcome, evil, evil, (f"aws {evil}",)) for outcome in Outcome}
    report = TextReport(color=False, ascii=False, width=80)
    text = report.target(target(found, name=evil))
    assert all(character.isprintable() or character == "\n" for character in text)
    body = [line for line in text.splitlines()[1:] if "aws " not in line]
    assert max(map(len, body)) < 5_000


def summary_of(*outcomes: Outcome, strict: bool = False, fix: bool = True) -> list[str]:
    """The summary of one target's checks, `c0`, `c1`..."""
    commands = (COMMAND,) if fix else ()
    found = {f"c{n}": Finding(one, "", "", commands) for n, one in enumerate(outcomes)}
    report = TextReport(color=False, ascii=False, width=None)
    return report.summary([target(found)], strict=strict).splitlines()


def test_the_summary() -> None:
    """Counts of what there was, what failed, and what to do next."""
    outcomes = [Outcome.FAIL] * 2 + [Outcome.WARN] + [Outcome.PASS] * 1_000 + [Outcome.UNKNOWN] * 2
    told, failing, step = summary_of(*outcomes, Outcome.SKIP)
    assert told == "2 failed, 1 warning, 1,000 passed, 2 unknown, 1 skipped"
    assert failing == "  × orders-mq: c0, c1"
    assert "fix:" in step
    assert "fix:" not in summary_of(Outcome.FAIL, fix=False)[-1]
    told, step = summary_of(Outcome.WARN, Outcome.WARN, Outcome.UNKNOWN)
    assert told == "2 warnings, 1 unknown"
    assert "mqtail check --print-policy" in step
    assert "fix:" in summary_of(Outcome.WARN, strict=True)[-1]
    assert summary_of(Outcome.WARN)[-1] == summary_of(Outcome.PASS)[-1] == "No check failed."
    assert "Nothing was looked at" in summary_of(Outcome.SKIP)[-1]


def test_the_summary_names_some_targets_of_many() -> None:
    """A screen full at most."""
    failing = [target({"c": Finding(Outcome.FAIL, "")}) for _ in range(12)]
    report = TextReport(color=False, ascii=True, width=None)
    lines = report.summary(failing, strict=False).splitlines()
    assert lines[1:-1] == ["  x orders-mq: c"] * 10 + ["  and 2 more"]


def test_quiet_leaves_out_what_is_well() -> None:
    """One line is left of a target where all is."""
    report = TextReport(color=False, ascii=False, width=None, quiet=True)
    well = {"a": passed("It is."), "b": Finding(Outcome.SKIP, "No S3.")}
    assert report.target(target(well)).splitlines()[1:] == ["  2 checks passed or skipped", ""]
    shown = report.target(target(well | {"c": Finding(Outcome.WARN, "Odd.", "So.")}))
    assert "Title of c" in shown
    assert "Title of a" not in shown
    assert "No S3" not in shown


@pytest.mark.parametrize(
    ("outcomes", "code", "strict_code"),
    [
        ([Outcome.PASS, Outcome.SKIP], 0, 0),
        ([Outcome.PASS, Outcome.WARN], 0, 1),
        ([Outcome.FAIL, Outcome.UNKNOWN], 1, 1),
        ([Outcome.UNKNOWN, Outcome.PASS], 3, 3),
        ([Outcome.UNKNOWN, Outcome.WARN], 3, 1),
    ],
)
def test_exit_codes(outcomes: list[Outcome], code: int, strict_code: int) -> None:
    """What failed decides, then what is not known."""
    assert exit_code(Counter(outcomes), strict=False) == code
    assert exit_code(Counter(outcomes), strict=True) == strict_code


def test_json() -> None:
    """Everything, whole and as it came."""
    long = {"fails": FINDINGS["fails"], "skips": Finding(Outcome.SKIP, "\x1b[2J")}
    targets = [target(long), target({"passes": FINDINGS["passes"]}, "clicks", service="msk")]
    sign_in = SignIn("us-east-1", "111122223333", "arn:aws:iam::111122223333:user/demo")
    text = as_json(targets, sign_in)
    assert text.isascii()
    assert text.startswith('{\n  "schema_version": 1,\n')
    plain = json.loads(text)
    summary = {"pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 1}
    assert plain.pop("summary") == summary
    assert [one["target"] for one in plain["targets"]] == ["orders-mq", "clicks"]
    assert [one["service"] for one in plain["targets"]] == ["mq", "msk"]
    assert plain["targets"][0]["checks"][0] == {
        "id": "fails",
        "category": "logging",
        "title": "Title of fails",
        "outcome": "fail",
        "evidence": FINDINGS["fails"].evidence,
        "cause": "There is none.",
        "fix": [COMMAND, "aws mq reboot-broker"],
        "doc": DOC,
    }
    assert plain["targets"][0]["checks"][1]["evidence"] == "\x1b[2J"
    del plain["targets"]
    assert plain == {
        "schema_version": 1,
        "account": "111122223333",
        "region": "us-east-1",
        "identity": "arn:aws:iam::111122223333:user/demo",
    }


def test_unfinished_targets_count_what_is_known() -> None:
    """A target that is not complete shows the checks that were made."""
    unfinished = target(FINDINGS)
    del unfinished.findings["fails"]
    assert count([unfinished])[Outcome.FAIL] == 0
    assert sum(count([unfinished]).values()) == len(FINDINGS) - 1


def test_the_list_of_checks() -> None:
    """Ids and titles in columns, or more of them as JSON."""
    checks = [made("a"), made("much-longer")]
    assert listing(checks, "text") == (
        "a            Title of a\nmuch-longer  Title of much-longer\n"
    )
    assert json.loads(listing(checks, "json"))[0] == {
        "id": "a",
        "category": "logging",
        "title": "Title of a",
        "doc": DOC,
    }
