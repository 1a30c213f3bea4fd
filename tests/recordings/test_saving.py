"""Saving events: what the name says, whole or not at all, readable by its owner only."""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mqtail.recordings.saving import form_of, save_events, suggested_name, with_form
from tests.recordings.support import NOON, event, lines_of, messages, read
from tests.recordings.test_recording import largest_file

EVENTS = [event(n, "first\n\tsecond" if n == 1 else "") for n in range(1_200)]


async def save(path: Path) -> list[int]:
    """Save the events; gives the progress that was told."""
    told: list[int] = []
    await save_events(EVENTS, path, UTC, told.append)
    return told


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a", "a.jsonl.gz"])
async def test_json_lines_can_be_opened(tmp_path: Path, name: str) -> None:
    """A name that tells nothing means JSON lines."""
    assert await save(tmp_path / name) == [500, 1_000, 1_200]
    assert messages(read(tmp_path / name)[0]) == messages(EVENTS)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.txt", "a.log.gz"])
async def test_text_is_aligned_and_names_the_day(tmp_path: Path, name: str) -> None:
    """As `-o text` writes it."""
    await save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    lines = (gzip.decompress(data) if name.endswith(".gz") else data).decode().splitlines()
    assert lines[0] == "-- 2026-11-20 --"
    assert lines[1] == "12:00:00.000 1 gen  INFO  event 0"
    assert lines[3].strip() == "second"
    assert len(lines) == 1 + 1_200 + 1


async def test_raw_messages(tmp_path: Path) -> None:
    """The messages alone."""
    await save(tmp_path / "a.raw")
    assert (tmp_path / "a.raw").read_text().splitlines() == "\n".join(messages(EVENTS)).split("\n")


async def test_an_existing_file_is_replaced_and_a_link_stays_one(tmp_path: Path) -> None:
    """The file behind the link is the one that changes."""
    (tmp_path / "old.jsonl").write_text("before")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "old.jsonl")
    await save(tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "old.jsonl").read_bytes() == lines_of(EVENTS)


async def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Neither half a file nor a temporary one."""
    path = tmp_path / "a.jsonl"
    path.write_text("before")
    with largest_file(20_000), pytest.raises(OSError, match="File too large"):
        await save(path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["a.jsonl"]


async def test_stopped_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """As when escape is pressed."""
    begun = asyncio.Event()
    saving = asyncio.create_task(
        save_events(EVENTS, tmp_path / "a.jsonl", UTC, lambda _: begun.set())
    )
    await begun.wait()
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert os.listdir(tmp_path) == []


async def test_what_is_no_file_is_not_replaced() -> None:
    """A device would be gone for good."""
    with pytest.raises(OSError, match="Not a regular file"):
        await save(Path(os.devnull))


@pytest.mark.parametrize(
    ("name", "form", "compressed", "renamed"),
    [
        ("a.jsonl", "text", False, "a.txt"),
        ("a.log.gz", "json", True, "a.jsonl.gz"),
        ("dir.d/a", "raw", False, "dir.d/a.raw"),
        ("a.2026-11-18", "text", True, "a.2026-11-18.txt.gz"),
    ],
    ids=["other", "gzip", "none", "dots"],
)
def test_the_name_follows_the_form(name: str, form: str, compressed: bool, renamed: str) -> None:
    """And tells it again."""
    assert with_form(name, form, compressed=compressed) == renamed
    assert form_of(renamed) == form


def test_the_name_that_is_suggested() -> None:
    """Target and time; nothing in it that a shell or a file system could mind."""
    assert suggested_name(["orders-mq"], NOON, UTC) == "mqtail-orders-mq-2026-11-20-1200.jsonl"
    tokyo = ZoneInfo("Asia/Tokyo")
    assert suggested_name(["a", "b"], NOON, tokyo) == "mqtail-2026-11-20-2100.jsonl"
    assert suggested_name(["/aws/x y\x1b"], NOON, UTC) == "mqtail-aws-x-y-2026-11-20-1200.jsonl"
