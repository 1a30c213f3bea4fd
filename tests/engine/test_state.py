"""What is kept between runs: written whole, merged with what others wrote, never in the way."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.files import alone_with, state_file
from mqtail.named_views import NamedView
from mqtail.state import MOST_REMEMBERED, State, StateFile, merged, remember

texts = st.text(alphabet="abcdef", min_size=1, max_size=1)
histories = st.lists(texts, max_size=8).map(lambda typed: remember((), typed))
names = st.dictionaries(texts, texts, max_size=4)
states = st.builds(
    State,
    filter_history=histories,
    theme=st.none() | texts,
    wrap=st.none() | st.booleans(),
    filters=names,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is kept; the folder is not there yet."""
    return tmp_path / "state" / "mqtail" / "state.json"


def _saved(path: Path, **values: object) -> None:
    file = StateFile(path)
    file.state = replace(file.state, **values)  # type: ignore[arg-type]
    file.save()
    assert file.problem == ""


def test_it_comes_back(path: Path) -> None:
    """Everything, as it was; the file is the user's alone."""
    state = State(
        filter_history=("a", "[b] \x1b[31m 'ü\N{PILE OF POO}"),
        search_history=("c",),
        target_history=("orders-mq",),
        theme="mqtail-light",
        columns=("time",),
        time="since",
        wrap=False,
        sidebar=True,
        timeline=False,
        filters={"slow": "level>=warn"},
        views={
            "audit": NamedView("x", "warn", ("audit",), ("2",), "audit", ("time",), True, False)
        },
    )
    file = StateFile(path)
    assert (file.state, file.has_changes) == (State(), False)
    file.state = state
    file.save()
    assert StateFile(path).state == state
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]


def test_a_wide_open_file_is_closed(path: Path) -> None:
    """Filters can hold what is nobody else's business."""
    _saved(path, theme="a")
    path.chmod(0o644)
    _saved(path, theme="b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_written_without_a_change(path: Path) -> None:
    """Starting and leaving leaves no trace."""
    file = StateFile(path)
    file.save()
    assert not path.exists()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """Whoever keeps such files elsewhere keeps them there."""
    path.parent.mkdir(parents=True)
    (tmp_path / "kept.json").write_text('{"version": 1}')
    path.symlink_to(tmp_path / "kept.json")
    _saved(path, theme="a")
    assert path.is_symlink()
    assert json.loads((tmp_path / "kept.json").read_text())["theme"] == "a"


def test_half_a_character_does_no_harm(path: Path) -> None:
    """A command line that is no UTF-8 can bring one in."""
    _saved(path, filter_history=("a\udc80",))
    assert StateFile(path).state.filter_history == ("a?",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (b"[]", "is damaged"),
        (b"\xff", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b"{}", "is damaged"),
        (b'{"version": "1"}', "is damaged"),
        (b'{"version": 1, "theme": 5}', "is damaged"),
        (b'{"version": 1, "views": {"a": 1}}', "is damaged"),
        (b'{"version": 2, "theme": {}}', "was written by a newer mqtail"),
    ],
    ids=["empty", "cut", "list", "binary", "deep", "bare", "text", "type", "view", "newer"],
)
def test_a_file_that_cannot_be_understood_is_left_alone(
    path: Path, content: bytes, why: str
) -> None:
    """It is told, and nothing is written over it."""
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    file = StateFile(path)
    assert file.state == State()
    assert str(path) in file.problem
    assert why in file.problem
    file.state = State(theme="a")
    file.save()
    assert path.read_bytes() == content


def test_a_file_that_breaks_meanwhile_is_left_alone(path: Path) -> None:
    """A newer mqtail may have written it while this one ran."""
    _saved(path, theme="a")
    file = StateFile(path)
    path.write_text('{"version": 2}')
    file.state = State(theme="b")
    file.save()
    assert "newer" in file.problem
    assert path.read_text() == '{"version": 2}'


def test_unknown_fields_are_no_damage(path: Path) -> None:
    """A later mqtail may add some without making the rest unreadable."""
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1, "theme": "a", "sound": "loud"}')
    assert StateFile(path).state == State(theme="a")


def test_a_folder_in_its_place(path: Path) -> None:
    """Told, and no error."""
    path.mkdir(parents=True)
    file = StateFile(path)
    assert "cannot be read" in file.problem


def test_a_disk_that_takes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One notice, no half file, and the change is written when that works again."""
    _saved(path, theme="a")
    file = StateFile(path)
    file.state = State(theme="b")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        file.save()
        assert file.problem == f"What you choose cannot be kept in {path}: No space left on device."
        assert StateFile(path).state.theme == "a"
        assert os.listdir(path.parent) == [path.name]
    file.save()
    assert StateFile(path).state.theme == "b"


def test_many_that_end_at_the_same_moment(path: Path) -> None:
    """As when all windows are closed at once: each change is there, and no other file."""
    _saved(path, theme="a")

    def keep(name: int) -> None:
        file = StateFile(path)
        for number in range(10):
            file.state = file.state.remembering("search_history", f"{name}.{number}")
            file.save()

    with ThreadPoolExecutor(3) as runs:
        list(runs.map(keep, range(3)))
    assert len(StateFile(path).state.search_history) == 30
    assert os.listdir(path.parent) == [path.name]


def test_another_that_does_not_end_is_not_waited_for_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen is written all the same."""
    monkeypatch.setattr("mqtail.files.LOCK_PAUSE_S", 0)
    _saved(path, theme="a")
    with alone_with(path):
        _saved(path, theme="b")
    assert StateFile(path).state.theme == "b"


def test_two_at_once(path: Path) -> None:
    """Each keeps what it changed; what both changed is what the last one made of it."""
    _saved(path, theme="a", filter_history=("old",), filters={"x": "1", "y": "1"})
    one, other = StateFile(path), StateFile(path)
    one.state = replace(
        one.state.remembering("filter_history", "one"), wrap=True, filters={"x": "2", "y": "1"}
    )
    other.state = replace(
        other.state.remembering("filter_history", "other"), theme="b", filters={"z": "1", "x": "1"}
    )
    one.save()
    other.save()
    assert StateFile(path).state == State(
        theme="b",
        wrap=True,
        filter_history=("old", "one", "other"),
        filters={"x": "2", "z": "1"},
    )
    one.state = one.state.remembering("filter_history", "old")
    one.save()
    assert StateFile(path).state.filter_history == ("one", "other", "old")


@given(states, states)
def test_merging_with_one_who_changed_nothing(before: State, mine: State) -> None:
    """The other's changes are taken whole, whoever made them."""
    assert merged(before, before, mine) == mine
    both = merged(before, mine, before)
    assert (both.theme, both.wrap, both.filters) == (mine.theme, mine.wrap, mine.filters)


@given(histories, st.lists(texts, max_size=5), st.lists(texts, max_size=5))
def test_histories_lose_nothing(old: tuple[str, ...], mine: list[str], theirs: list[str]) -> None:
    """What both typed is there, each once, and what is new here comes last, in its order."""
    before = State(filter_history=old)
    changed = [State(filter_history=remember(old, typed)) for typed in (mine, theirs)]
    result = merged(before, *changed).filter_history
    assert set(result) == {*old, *mine, *theirs}
    assert len(result) == len(set(result))
    new = [text for text in remember((), mine) if text not in old]
    assert [text for text in result if text in new] == new
    assert not mine or mine[-1] in (*old, result[-1])


def test_histories_are_bounded() -> None:
    """The newest stay."""
    history = remember((), map(str, range(MOST_REMEMBERED + 5)))
    assert (len(history), history[0]) == (MOST_REMEMBERED, "5")
    assert remember(history, ["7"])[-1] == "7"


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """MQTAIL_STATE names another file; empty: nothing is kept, and nobody minds."""
    monkeypatch.setenv("MQTAIL_STATE", str(tmp_path / "other.json"))
    assert state_file() == tmp_path / "other.json"
    monkeypatch.setenv("MQTAIL_STATE", "")
    file = StateFile.of_user()
    file.state = State(theme="a")
    file.save()
    assert (file.path, file.problem, file.has_changes) == (None, "", False)
    monkeypatch.delenv("MQTAIL_STATE")
    named = state_file()
    assert named is not None
    assert named.name == "state.json"
