"""The filter bar completes what is typed, and never leaves the line by itself."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from mqtail.errors import FilterError
from tests.widgets.conftest import OneWidget
from widgets.filter.bar import FilterBar
from widgets.filter.completion import Candidates

SIZE = (80, 24)
VALUES = {
    "kind": ["general", "audit", "api"],
    "logger": [f"org.apache.activemq.broker.region.policy.Number{number}" for number in range(40)],
    "target": ["[b]orders[/b] \u4e2d\u6587"],
}


def _bar(text: str = "") -> FilterBar:
    return FilterBar(text, vocabulary=lambda field: VALUES.get(field, ()))


def _candidates(bar: FilterBar) -> str:
    """The line of candidates, empty while there is none."""
    line = bar.query_one(Candidates)
    return line.render_line(0).text.strip() if line.display else ""


async def test_tab_takes_the_only_candidate_and_goes_on_to_its_values() -> None:
    """`tar` becomes `target:`, and that the value, with the quotes that it needs."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*"tar")
        assert _candidates(bar).startswith("target: ")
        await pilot.press("tab")
        await pilot.pause()
        assert bar.text == "target:"
        assert "orders" in _candidates(bar)
        await pilot.press("tab")
        await pilot.pause()
        assert bar.text == 'target:"[[]b]orders[[]/b] \u4e2d\u6587"'
        assert bar.size.height == 2


async def test_tab_goes_through_several_candidates_and_back() -> None:
    """Each stands in the line as it is chosen; what is typed then goes on from there."""
    bar = _bar()
    app = OneWidget(bar)
    async with app.run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*"x -kind:")
        texts = []
        for key in ("tab", "tab", "tab", "tab", "shift+tab", "shift+tab"):
            await pilot.press(key)
            await pilot.pause()
            texts.append(bar.text.removeprefix("x -kind:"))
        assert texts == ["general", "audit", "api", "general", "api", "audit"]
        assert "2 of 3" in _candidates(bar)
        assert app.typed[-1] == "x -kind:audit"
        await pilot.press("space", "n")
        await pilot.pause()
        assert _candidates(bar).startswith("not ")
        await pilot.press("enter")
        await pilot.pause()
        assert bar.text == "x -kind:audit n"
        assert app.closed == [True]
        assert _candidates(bar) == ""


async def test_the_right_arrow_takes_the_chosen_name() -> None:
    """Where there are several, its values are shown next."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press("l", "tab", "tab", "right", "tab")
        await pilot.pause()
        assert bar.text == "level>=trace"


async def test_completion_in_the_middle_leaves_the_rest() -> None:
    """What stands behind the cursor stays there."""
    bar = _bar("level: and b")
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*["left"] * 6, "tab", "tab")
        await pilot.pause()
        assert bar.text == "level:debug and b"


async def test_tab_never_leaves_the_line() -> None:
    """A newcomer who types on does not give commands; all there is is shown when asked for."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*"zz", "tab", "shift+tab")
        await pilot.pause()
        assert "nothing to complete" in str(bar.query_one(".filter-bar--help", Static).render())
        await pilot.press("space", "tab")
        await pilot.pause()
        assert bar.text == "zz "
        assert _candidates(bar).startswith("level: level>= instance:")
        await pilot.press("tab", "x")
        assert bar.text == "zz level:x"


async def test_a_click_takes_a_candidate() -> None:
    """And goes on to what can follow."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press("l")
        await pilot.pause()
        column = bar.query_one(Candidates).render_line(0).text.index("level>=")
        await pilot.click(Candidates, offset=(column + 2, 0))
        await pilot.pause()
        assert bar.text == "level>="
        assert _candidates(bar).startswith("trace debug")


async def test_a_page_of_candidates_holds_the_chosen_one() -> None:
    """Long ones are cut, and marks say that there are more."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*"logger:")
        for number in range(3):
            await pilot.press("tab")
            await pilot.pause()
            line = bar.query_one(Candidates).render_line(0)
            assert f"Number{number}" in line.text
            assert line.text.rstrip().endswith(f"{number + 1} of 40")
            assert line.cell_length == SIZE[0]
        assert line.text.split()[0] == "…"


@pytest.mark.parametrize("height", [15, 24], ids=["low", "high"])
async def test_the_log_moves_by_one_line_at_most(height: int) -> None:
    """On a low screen it does not move before tab is pressed."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=(60, height)) as pilot:
        heights = [bar.size.height]
        bar.edit()
        for key in ("l", "e", "x", "backspace", "tab"):
            await pilot.press(key)
            await pilot.pause()
            heights.append(bar.size.height)
        assert heights == ([1, 1, 1, 1, 1, 2] if height < 20 else [1, 2, 2, 2, 2, 2])
        await pilot.press("escape")
        await pilot.pause()
        assert bar.size.height == 1


async def test_candidates_come_before_the_error_that_they_mend() -> None:
    """`level:` is wrong as it stands; the error is told once nobody types any more."""
    bar = _bar()
    async with OneWidget(bar).run_test(size=SIZE) as pilot:
        bar.edit()
        await pilot.press(*"level:")
        bar.show_error(FilterError(1, "level needs a value"))
        await pilot.pause()
        error = bar.query_one(".filter-bar--error", Static)
        assert _candidates(bar)
        assert not error.display
        await pilot.press("enter")
        await pilot.pause()
        assert error.display
