"""The pane of the setup check: rows, details, folds, and what is copied."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from mqtail.checks.findings import Finding, Outcome, failed, passed, unknown, warned
from widgets.checks.detail import CheckDetail
from widgets.checks.list import CheckList
from widgets.checks.pane import CheckPane
from widgets.checks.rows import CheckRow, CheckState, TargetRows, tally
from widgets.status_line import StatusLine

NOW = 1_795_000_000_000
"""2026-11-18 11:06:40 UTC."""
FIX = ("aws logs create-log-group --log-group-name /x", "aws mq reboot-broker --broker-id b-1")
BROKEN = failed("There is no /x.", "Nobody made it.", *FIX)
FINDINGS: dict[str, Finding | None] = {
    "well": passed("STANDARD"),
    "left-out": Finding(Outcome.SKIP, "It does not apply."),
    "going-on": None,
    "hint": warned("Kept for ever.", "Cost grows."),
    "dark": unknown("logs:DescribeLogGroups denied.", "This could not be looked at."),
    "broken": BROKEN,
}


class PaneApp(App[None]):
    """The pane alone on the screen; counts the wishes for another run."""

    def __init__(self) -> None:
        super().__init__()
        self.wishes = 0

    def compose(self) -> ComposeResult:
        """The pane."""
        yield CheckPane()

    def on_check_pane_again(self) -> None:
        """Count."""
        self.wishes += 1


def _row(id: str, finding: Finding | None, **values: bool) -> CheckRow:
    title, doc = f"Title of {id}", f"https://docs.example/{id}"
    return CheckRow(id, "logging", title, doc, finding, **values)


def _target(name: str, findings: dict[str, Finding | None]) -> TargetRows:
    rows = tuple(_row(id, finding) for id, finding in findings.items())
    return TargetRows(("mq", name), name, "mq", rows)


def _fine(number: int) -> TargetRows:
    return _target(f"fine-{number}", {"one": passed("a"), "two": passed("b")})


def _show(pilot: Pilot[None], *targets: TargetRows, **values: object) -> None:
    state = replace(CheckState(targets), **values)  # type: ignore[arg-type]
    pilot.app.query_one(CheckPane).show(state)


def _list(pilot: Pilot[None]) -> CheckList:
    return pilot.app.query_one(CheckList)


def _rows(pilot: Pilot[None]) -> list[str]:
    """The rows that are not empty, words apart."""
    checks = _list(pilot)
    rows = [checks.render_line(y).text for y in range(checks.size.height)]
    return [" ".join(row.replace("▌", " ").split()) for row in rows if row.strip()]


def _cursor(pilot: Pilot[None]) -> tuple[str, str]:
    line = _list(pilot).cursor
    assert line is not None
    target, check = line
    return target.name, check.id if check else ""


def _detail(pilot: Pilot[None]) -> str:
    statics = pilot.app.query_one(CheckDetail).query(Static)
    return "\n".join(str(static.render()) for static in statics if static.display)


async def test_what_most_needs_attention_comes_first() -> None:
    """Targets and checks: failed, unknown, warnings, what runs, passed, skipped, each marked."""
    fine = _target("fine", {"one": passed("a")})
    async with PaneApp().run_test(size=(60, 40)) as pilot:
        _show(pilot, fine, _target("bad", FINDINGS))
        await pilot.pause()
        rows = _rows(pilot)
        assert rows == [
            "▾ × bad 1 failed · 1 unknown · 1 warning · 1 to go",
            "× Title of broken broken",
            "? Title of dark dark",
            "‼ Title of hint hint",
            "… Title of going-on going-on",
            "√ Title of well well",
            "- Title of left-out left-out",
            "▾ √ fine 1 passed",
            "√ Title of one one",
        ]
        assert _cursor(pilot) == ("bad", "broken")


async def test_the_details_hold_everything_that_was_found() -> None:
    """Title, id, outcome in words, evidence, cause, commands, and the page to read."""
    async with PaneApp().run_test(size=(120, 30)) as pilot:
        _show(pilot, _target("bad", FINDINGS))
        await pilot.pause()
        detail = _detail(pilot)
        for part in (
            "Title of broken", "× failed", "bad · logging · broken", "There is no /x.",
            "Nobody made it.", *FIX, "see https://docs.example/broken",
        ):  # fmt: skip
            assert part in detail
        await pilot.press("down")
        await pilot.pause()
        assert "unknown: it could not be looked at" in _detail(pilot)
        assert "fix" not in _detail(pilot)
        await pilot.press("home")
        await pilot.pause()
        assert _detail(pilot).splitlines()[-3:] == [
            "× Title of broken",
            "? Title of dark",
            "‼ Title of hint",
        ]


async def test_the_cursor_stays_on_its_check_while_others_are_done() -> None:
    """Until it is moved it is on the first one; what the details say follows."""
    findings = {"a": None, "b": passed("fine"), "c": None}
    async with PaneApp().run_test(size=(80, 20)) as pilot:
        _show(pilot, _target("orders", findings))
        await pilot.pause()
        assert _cursor(pilot) == ("orders", "a")
        _show(pilot, _target("orders", findings | {"c": BROKEN}))
        await pilot.pause()
        assert _cursor(pilot) == ("orders", "c")
        await pilot.press("down")
        assert _cursor(pilot) == ("orders", "a")
        _show(pilot, _target("orders", findings | {"c": BROKEN, "a": passed("a is well")}))
        await pilot.pause()
        assert _cursor(pilot) == ("orders", "a")
        assert "a is well" in _detail(pilot)


async def test_what_is_looked_at_does_not_move() -> None:
    """Rows that come above it push nothing down the screen."""
    targets = [_fine(number) for number in range(12)]
    async with PaneApp().run_test(size=(80, 20)) as pilot:
        _show(pilot, *targets)
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        before = _rows(pilot)
        targets[0] = _target("fine-0", {"one": BROKEN, "two": None, "three": None})
        _show(pilot, *targets)
        await pilot.pause()
        assert _rows(pilot) == before
        assert _cursor(pilot) == ("fine-11", "two")


async def test_targets_fold_by_key_and_mouse() -> None:
    """Left folds, right unfolds, enter and a click do either; the cursor goes to the target."""
    async with PaneApp().run_test(size=(80, 20)) as pilot:
        _show(pilot, _fine(1), _fine(2))
        await pilot.pause()
        await pilot.press("left")
        assert _rows(pilot)[0] == "▸ √ fine-1 2 passed"
        assert _cursor(pilot) == ("fine-1", "")
        assert len(_rows(pilot)) == 4
        await pilot.press("enter")
        assert len(_rows(pilot)) == 6
        await pilot.press("enter", "right")
        assert len(_rows(pilot)) == 6
        await pilot.click(CheckList, offset=(5, 0))
        assert len(_rows(pilot)) == 4
        await pilot.click(CheckList, offset=(5, 2))
        await pilot.pause()
        assert _cursor(pilot) == ("fine-2", "one")
        assert "Title of one" in _detail(pilot)


async def test_of_many_targets_those_that_are_well_begin_folded() -> None:
    """150 targets: what is wrong is unfolded at the top; only rows that are seen are painted."""
    targets = [_fine(number) for number in range(149)]
    async with PaneApp().run_test(size=(80, 20)) as pilot:
        _show(pilot, *targets, _target("bad", FINDINGS))
        await pilot.pause()
        assert _rows(pilot)[:2] == [
            "▾ × bad 1 failed · 1 unknown · 1 warning · 1 to go · 1 passed · 1 skipped",
            "× Title of broken broken",
        ]
        assert "▸ √ fine-0 2 passed" in _rows(pilot)
        assert len(_rows(pilot)) <= _list(pilot).size.height
        await pilot.press("end", "pageup", "pageup", "pagedown", "right", "down")
        assert _cursor(pilot)[1] == "one"


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_every_row_fits_the_width(width: int) -> None:
    """Names and titles that are too long are cut, not wrapped."""
    long = TargetRows(
        ("mq", "x"),
        "name-" * 30,
        "mq",
        (replace(_row("x" * 20, BROKEN), title="Long title " * 20),),
    )
    async with PaneApp().run_test(size=(width, 15)) as pilot:
        _show(pilot, long, running=True, done=3, total=7)
        await pilot.pause()
        checks = _list(pilot)
        room = checks.scrollable_content_region.width
        assert {checks.render_line(y).cell_length for y in range(checks.size.height)} == {room}
        assert "1 failed" in _rows(pilot)[0]
        assert "Long title" in _rows(pilot)[1]
        assert "3 of 7" in pilot.app.query_one(StatusLine).render_line(0).text


async def test_the_details_are_beside_the_checks_where_there_is_room() -> None:
    """And below them in a narrow terminal."""
    async with PaneApp().run_test(size=(120, 30)) as pilot:
        _show(pilot, _target("bad", FINDINGS))
        for width, beside in ((120, True), (60, False), (120, True)):
            await pilot.resize_terminal(width, 15)
            await pilot.pause()
            checks, detail = _list(pilot).region, pilot.app.query_one(CheckDetail).region
            assert (detail.x >= checks.right) is beside
            assert (detail.y >= checks.bottom) is not beside
            assert min(checks.height, detail.height) > 3


async def test_y_copies_the_commands() -> None:
    """All of them, a line each; where there are none, nothing is copied."""
    async with PaneApp().run_test(notifications=True) as pilot:
        await pilot.press("y")
        _show(pilot, _target("bad", FINDINGS))
        await pilot.pause()
        await pilot.press("y")
        assert pilot.app.clipboard == "\n".join(FIX)
        await pilot.press("end", "y")
        assert pilot.app.clipboard == "\n".join(FIX)


async def test_hostile_text_is_shown_and_not_copied() -> None:
    """Markup is text, escapes are shown; a command with control characters stays out of a paste."""
    hostile = "[bold]\x1b[2J\u202e[/nonsense]"
    finding = failed(hostile, hostile, f"aws x --name '{hostile}'", "aws y\x1b[201~")
    target = TargetRows(("mq", "x"), hostile, "mq", (replace(_row("x", finding), title=hostile),))
    async with PaneApp().run_test(size=(120, 30), notifications=True) as pilot:
        _show(pilot, target, notes=(hostile,), problem=hostile, hint=hostile)
        await pilot.pause()
        shown = "[bold]␛[2J\\u202e[/nonsense]"
        assert sum(shown in row for row in _rows(pilot)) == 2
        assert _detail(pilot).count(shown) == 5
        assert str(pilot.app.query_one(".check-pane--told Static").render()).count(shown) == 3
        await pilot.press("y")
        assert pilot.app.clipboard == ""


async def test_texts_without_end_are_bounded() -> None:
    """Megabytes in a policy do not fill the screen's memory."""
    finding = failed("e" * 2_000_000, "c", "aws " + "x" * 2_000_000)
    async with PaneApp().run_test(size=(120, 30)) as pilot:
        _show(pilot, _target("bad", {"long": finding}))
        await pilot.pause()
        assert len(_detail(pilot)) < 50_000


async def test_enter_goes_to_the_details_and_back() -> None:
    """They scroll by keys there."""
    finding = failed("line\n" * 100, "cause")
    async with PaneApp().run_test(size=(80, 20)) as pilot:
        _show(pilot, _target("bad", {"long": finding}))
        _list(pilot).focus()
        await pilot.pause()
        await pilot.press("enter")
        detail = pilot.app.query_one(CheckDetail)
        assert pilot.app.focused is detail
        for key in ("escape", "enter", "left"):
            await pilot.press(key)
            assert (pilot.app.focused is detail) is (key == "enter")


async def test_the_line_above_says_how_it_goes() -> None:
    """Progress; then the worst outcome, the counts, and when that was."""
    async with PaneApp().run_test(size=(120, 20)) as pilot:

        def line() -> str:
            return pilot.app.query_one(StatusLine).render_line(0).text

        _show(pilot, running=True)
        assert "finding out what there is to check" in line()
        _show(pilot, _target("bad", FINDINGS), running=True, done=5, total=10)
        assert "5 of 10 ━━━━━━──────" in line()
        _show(pilot, _target("bad", FINDINGS), done=6, total=6, ended=NOW)
        assert line().startswith(" × SETUP CHECK   checked 11:06:40: r checks again")
        assert "1 failed · 1 unknown · 1 warning · 1 passed · 1 skipped" in line()
        _show(pilot, problem="The token has expired.", hint="Sign in again.", ended=NOW)
        assert line().startswith(" ✖ SETUP CHECK   stopped 11:06:40")
        await pilot.pause()
        told = str(pilot.app.query_one(".check-pane--told Static").render())
        assert told == "✖ The token has expired.\n→ Sign in again."
        assert "Nothing was checked press r to check again" in " ".join(_rows(pilot))


async def test_notes_are_told_and_many_are_counted() -> None:
    """What could not be listed is said above the checks."""
    notes = tuple(f"note {number}" for number in range(10))
    async with PaneApp().run_test(size=(120, 20)) as pilot:
        _show(pilot, _fine(1), notes=notes)
        await pilot.pause()
        told = str(pilot.app.query_one(".check-pane--told Static").render()).splitlines()
        assert told == ["• note 0", "• note 1", "• note 2", "• and 7 more: mqtail check tells them"]


async def test_what_is_checked_again_shows_what_was_found_before() -> None:
    """It is marked as such, in its row and in the details."""
    again = TargetRows(("mq", "x"), "x", "mq", (_row("broken", BROKEN, running=True),))
    async with PaneApp().run_test(size=(120, 20)) as pilot:
        _show(pilot, again, running=True, total=1)
        await pilot.pause()
        assert _rows(pilot)[1] == "× Title of broken checking again"
        assert "× failed  checking again" in _detail(pilot)
        assert "There is no /x." in _detail(pilot)


async def test_r_asks_for_another_run() -> None:
    """From the checks and from the details."""
    app = PaneApp()
    async with app.run_test() as pilot:
        _show(pilot, _target("bad", FINDINGS))
        _list(pilot).focus()
        await pilot.press("r", "enter", "r")
        assert app.wishes == 2


def test_counts_have_their_number() -> None:
    """One warning, two warnings."""
    rows = [_row(str(number), warned("", "")) for number in range(2)]
    assert [text for _, text in tally(rows[:1])] == ["1 warning"]
    assert [text for _, text in tally(rows)] == ["2 warnings"]
