"""The dialog that saves what is shown, when keys come faster than they are worked on."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key

from tests.recordings.support import messages, read, write
from tests.tui.support import until
from tests.tui.test_save import SavingApp, contents


def type_at_once(app: SavingApp, text: str) -> None:
    """Keys all at once, as when something is pasted; a newline is enter."""
    for character in text:
        key = {"\n": "enter", ".": "full_stop", "-": "minus"}.get(character, character)
        app.post_message(Key(key, character if character != "\n" else "\r"))


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the test's own."""
    monkeypatch.chdir(tmp_path)


async def test_enter_right_after_a_name_saves_under_the_whole_name() -> None:
    """Not under what of it had arrived."""
    app = SavingApp(name="report-")
    async with app.run_test() as pilot:
        await pilot.pause()
        type_at_once(app, "of-the-morning.jsonl\n")
        await until(pilot, lambda: app.saved == [Path("report-of-the-morning.jsonl")])
    assert messages(read("report-of-the-morning.jsonl")[0]) == messages(app.events)


async def test_the_question_about_an_existing_file_stays_until_it_is_answered() -> None:
    """The name that was typed just before does not take it back."""
    write(Path("report-a.jsonl"), "mine")
    app = SavingApp(name="report-")
    async with app.run_test() as pilot:
        await pilot.pause()
        type_at_once(app, "a.jsonl\n")
        await until(pilot, lambda: "exists: enter replaces it" in app.hint)
        await pilot.pause()
        assert "exists: enter replaces it" in app.hint
        assert contents("report-a.jsonl") == b"mine"
        await pilot.press("enter")
        await until(pilot, lambda: app.saved == [Path("report-a.jsonl")])
