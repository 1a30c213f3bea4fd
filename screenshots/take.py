"""Takes the pictures of the README: drives the real program over the embedded AWS.

The story is told at a fixed moment: unless the program changes, a picture differs from the last one
by a few seconds at most.
PNGs are made beside the SVGs where Chromium or `rsvg-convert` is at hand.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from mqtail.aws.signin import SignIn
from mqtail.checks.runner import Checkup
from mqtail.choice import Choice
from mqtail.clock import Clock
from mqtail.config import UiConfig
from mqtail.demo.serve import DEMO_ENVIRONMENT
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.settings import Settings
from mqtail.state import StateFile
from screenshots.look import FOLDER, keep_look
from tui.app import Launch, MqtailApp, Tailing
from tui.preferences import Preferences
from tui.screens.check import CHECKS, CheckScreen
from tui.screens.chooser import INVENTORY
from tui.sections import SECTIONS
from tui.theme import DARK
from widgets.states import at_work

SIZE = (140, 38)
TOLD_AT = int(datetime(2026, 3, 14, 10, 42, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000
PORT = 4599
"""Of the embedded AWS whose address the commands in a picture name: the same every time."""

Keys = tuple[str, ...]

PICTURES: dict[tuple[str, ...], dict[str, Keys]] = {
    ("orders-mq", "telemetry-mq"): {
        "main": (),
        # The failover, with the audit entry before it.
        "failover": ("slash", *"terminateJVM", "enter", *["down"] * 14),
        "filter": ("escape", "escape", "f", *"level>=warn and not /Transport/", "enter"),
    },
    ("orders-mq",): {
        # What instance 2 did while instance 1 went down.
        "split": ("v", "slash", *"terminateJVM", "enter", *["down"] * 8),
        "detail": ("v", "v", "escape", "slash", *"Failed to page", "enter", "enter"),
    },
    ("clicks-msk",): {
        # The reboot of a broker, and who called for it.
        "cluster": ("slash", *"RebootBroker", "enter", *["down"] * 14),
    },
}
"""By the targets that are tailed: the keys that lead from one picture to the next."""


async def take_all() -> list[Path]:
    """Take every picture; gives the files written."""
    clock, taken = story_clock(), []
    async with EmbeddedAws(story=True, clock=clock.now) as aws:
        for targets, pictures in PICTURES.items():
            app, tail = _tailing(aws, targets, clock)
            async with app.run_test(size=SIZE) as pilot:
                await _read_everything(pilot, tail)
                taken += [await _picture(pilot, name, *keys) for name, keys in pictures.items()]
    aws = EmbeddedAws(story=True, wrong_setups=True, clock=clock.now)
    await aws.start(port=PORT)
    try:
        async with _choosing(aws, clock).run_test(size=SIZE) as pilot:
            await _work_done(pilot, INVENTORY)
            taken.append(await _picture(pilot, "chooser", "down", "space", "down", "down", "space"))
        app, _ = _tailing(aws, (), clock)
        async with app.run_test(size=SIZE) as pilot:
            taken.append(await _check_picture(pilot))
    finally:
        await aws.stop()
    keep_look()
    return taken


def story_clock() -> Clock:
    """A clock that starts at the moment of the story."""
    start = time.monotonic()
    return Clock(lambda: TOLD_AT + int((time.monotonic() - start) * 1000))


def _sign_in(aws: EmbeddedAws) -> SignIn:
    identity = f"arn:aws:iam::{aws.account}:user/demo"
    return SignIn(aws.region, aws.account, identity, endpoint_url=aws.url)


def _settings(*targets: str) -> Settings:
    return Settings(targets, since=TOLD_AT - HOUR_MS, output="tui", max_requests=100)


def _tailing(aws: EmbeddedAws, targets: tuple[str, ...], clock: Clock) -> tuple[MqtailApp, Tail]:
    """The application on a tail of targets, and the tail."""
    settings, sign_in = _settings(*targets), _sign_in(aws)
    tail = Tail(settings, sign_in, clock=clock)

    def checkup(changed: Callable[[], None]) -> Checkup:
        return Checkup(settings, sign_in, changed=changed, clock=clock)

    tailing = Tailing(tail, settings, checkup)
    return MqtailApp(tailing, preferences=_preferences(), now=clock.now), tail


def _choosing(aws: EmbeddedAws, clock: Clock) -> MqtailApp:
    """The application with nothing chosen so far."""
    settings, sign_in = _settings(), _sign_in(aws)

    def tail(targets: tuple[str, ...]) -> Tailing:
        chosen = replace(settings, targets=targets)
        return Tailing(Tail(chosen, sign_in, clock=clock), chosen)

    launch = Launch(Choice(settings, sign_in, clock), tail)
    return MqtailApp(None, launch=launch, preferences=_preferences(), now=clock.now)


def _preferences() -> Preferences:
    """The usual colours, whatever the terminal has."""
    return Preferences(UiConfig(theme=DARK.name), StateFile(None), SECTIONS)


async def _check_picture(pilot: Pilot[None]) -> Path:
    """The setup check of everything, when it has ended."""
    await pilot.pause(2)
    if not isinstance(pilot.app.screen, CheckScreen):
        await pilot.press("c")
        await pilot.pause()
    await _work_done(pilot, CHECKS)
    return await _picture(pilot, "check")


async def _work_done(pilot: Pilot[None], group: str) -> None:
    """Wait for the workers of a group."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete(
        worker for worker in pilot.app.workers if worker.group == group
    )
    await pilot.pause(0.5)


async def _read_everything(pilot: Pilot[None], tail: Tail) -> None:
    """Wait until the history is in and the readers are live."""
    async with asyncio.timeout(30):
        while not at_work(tail.readers) or not all(
            reader.complete_to for reader in at_work(tail.readers)
        ):
            await pilot.pause(0.1)
    await pilot.pause(1)


async def _picture(pilot: Pilot[None], name: str, *keys: str) -> Path:
    await pilot.press(*keys)
    await pilot.pause(0.5)
    path = FOLDER / f"{name}.svg"
    pilot.app.save_screenshot(path.name, str(FOLDER))
    return path


def render(svg: Path) -> None:
    """Make a PNG beside an SVG, if anything at hand can."""
    png = svg.with_suffix(".png")
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text())[0]
    if browser := shutil.which("chromium") or shutil.which("google-chrome"):
        with tempfile.TemporaryDirectory() as profile:
            options = (
                "--headless --no-sandbox --disable-gpu --disable-background-networking "
                f"--hide-scrollbars --window-size={round(float(width))},{round(float(height))} "
                f"--user-data-dir={profile} --screenshot={png}"
            )
            command = [browser, *options.split(), svg.resolve().as_uri()]
            subprocess.run(command, check=True, capture_output=True)
    elif converter := shutil.which("rsvg-convert"):
        subprocess.run([converter, "--output", str(png), str(svg)], check=True)


def main() -> None:
    """Take the pictures and say where they are."""
    os.environ.update(DEMO_ENVIRONMENT)
    for path in asyncio.run(take_all()):
        render(path)
        print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
