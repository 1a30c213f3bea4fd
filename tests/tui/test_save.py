"""The dialog that saves what is shown: name, form, overwriting, trouble, stopping."""

from __future__ import annotations

import gzip
import os
import stat
import threading
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from mqtail.recordings import saving
from tests.recordings.support import event, lines_of, messages, read, write
from tests.recordings.test_recording import largest_file
from tests.tui.support import until
from tui.screens.save import SaveScreen

SIZES = [(120, 35), (80, 24), (60, 15)]


class SavingApp(App[None]):
    """Opens the dialog for some events."""

    def __init__(self, count: int = 3, name: str = "a.jsonl") -> None:
        super().__init__()
        self.events = [event(n, "[b]x[/b] \x1b[31m" if n == 1 else "") for n in range(count)]
        self.file_name = name
        self.saved: list[Path | None] = []

    def on_mount(self) -> None:
        """Open it at once."""
        self.push_screen(SaveScreen(self.events, UTC, self.file_name), self.saved.append)

    @property
    def hint(self) -> str:
        """What the dialog says."""
        return str(self.screen.query_one("#save-hint", Static).render())


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the test's own."""
    monkeypatch.chdir(tmp_path)


def contents(name: str) -> bytes:
    """What is in a file."""
    return Path(name).read_bytes()


async def retype(pilot: Pilot[None], name: str) -> None:
    """Type another name."""
    pilot.app.screen.query_one(Input).value = name
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=["large", "usual", "small"])
async def test_enter_saves_under_the_name_that_stands_there(size: tuple[int, int]) -> None:
    """And says so; nobody else can read the file."""
    app = SavingApp()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        box = app.screen.query_one("#save-hint").region
        assert box.bottom <= size[1]
        assert box.right <= size[0]
        await pilot.press("enter")
        await until(pilot, lambda: app.saved == [Path("a.jsonl")])
    assert messages(read("a.jsonl")[0]) == messages(app.events)
    assert stat.S_IMODE(os.stat("a.jsonl").st_mode) == 0o600


async def test_keys_and_mouse_choose_the_form() -> None:
    """The ending of the name follows."""
    app = SavingApp(name="")
    async with app.run_test(size=(80, 24)) as pilot:
        name = app.screen.query_one(Input)
        await pilot.pause()
        assert name.value.startswith("mqtail-orders-mq-20")
        await retype(pilot, "a.jsonl")
        seen = []
        for key in ("tab", "tab", "shift+tab", "tab", "shift+tab"):
            await pilot.press(key)
            seen.append(name.value)
        assert seen == ["a.txt", "a.raw", "a.raw.gz", "a.jsonl.gz", "a.jsonl"]
        await pilot.click("#save-forms", offset=(18, 0))
        assert name.value == "a.txt"
        await pilot.click("#save-forms", offset=(35, 0))
        assert name.value == "a.txt.gz"
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.saved))
    assert gzip.decompress(contents("a.txt.gz")).startswith(b"-- 2026-11-20 --\n")


async def test_an_existing_file_is_replaced_only_when_that_is_said_twice(tmp_path: Path) -> None:
    """Escape takes the question back, and so does another name."""
    write(tmp_path / "a.jsonl", "before")
    app = SavingApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.hint.startswith("a.jsonl exists: enter replaces it")
        await pilot.press("escape")
        assert "exists" not in app.hint
        await pilot.press("enter", "x", "backspace", "enter")
        assert contents("a.jsonl") == b"before"
        assert app.saved == []
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.saved))
    assert contents("a.jsonl") == lines_of(app.events)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "It needs a name"),
        ("no/such.jsonl", "There is no directory no: nothing was saved"),
        (".", ". is a directory"),
        ("x" * 300, "File name too long: nothing was saved"),
    ],
    ids=["empty", "no-directory", "directory", "too-long"],
)
async def test_trouble_is_told_and_the_name_can_be_changed(name: str, said: str) -> None:
    """What was typed stays, and can be typed on."""
    app = SavingApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await retype(pilot, name)
        await pilot.press("enter")
        await until(pilot, lambda: app.hint.startswith(said))
        assert app.screen.query_one(Input).value == name
        await pilot.press("end", "y")
        assert app.screen.query_one(Input).value == f"{name}y"
        await pilot.press("escape")
        await until(pilot, lambda: app.saved == [None])
    assert os.listdir() == []


async def test_a_full_disk_is_told_and_leaves_nothing() -> None:
    """The dialog stays, for another place."""
    app = SavingApp(count=400)
    async with app.run_test(size=(80, 24)) as pilot:
        with largest_file(2_000):
            await pilot.press("enter")
            await until(pilot, lambda: "nothing was saved" in app.hint)
        assert app.hint.startswith("File too large")
        assert os.listdir() == []
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.saved))


async def test_escape_stops_a_long_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its progress shows; stopped, nothing is left behind, and it can be begun again."""
    monkeypatch.setattr(saving, "_SLICE", 1)
    put, stopped, written = saving._put, threading.Event(), iter(range(3))

    def put_three(*arguments: Any) -> None:
        """A disk that takes three lines and then no more for the time being."""
        if next(written, None) is None:
            stopped.wait(30)
        put(*arguments)

    monkeypatch.setattr(saving, "_put", put_three)
    app = SavingApp(count=3_000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: " of 3,000 (" in app.hint)
        await pilot.press("escape")
        stopped.set()
        await until(pilot, lambda: app.hint == "Stopped: nothing was saved")
        assert os.listdir() == []
        monkeypatch.undo()
        await pilot.press("escape")
        await until(pilot, lambda: app.saved == [None])


async def test_events_that_are_dropped_meanwhile_are_saved_all_the_same() -> None:
    """What is saved is what was shown when the dialog was opened."""
    app = SavingApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.events.clear()
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.saved))
    assert len(read("a.jsonl")[0]) == 3
