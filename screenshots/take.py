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
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from mqtail.aws.signin import SignIn
from mqtail.checks.runner import Checkup
from mqtail.clock import Clock
from mqtail.demo.serve import DEMO_ENVIRONMENT
from mqtail.demo.server import EmbeddedAws
from mqtail.engine import Tail
from mqtail.settings import Settings
from tui.app import MqtailApp
from tui.screens.check import CHECKS, CheckScreen
from widgets.states import at_work

FOLDER = Path(__file__).parent
SIZE = (140, 38)
TOLD_AT = int(datetime(2026, 3, 14, 10, 42, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


def story_clock() -> Clock:
    """A clock that starts at the moment of the story."""
    start = time.monotonic()
    return Clock(lambda: TOLD_AT + int((time.monotonic() - start) * 1000))


async def take_all() -> list[Path]:
    """Take every picture; gives the files written."""
    clock, taken = story_clock(), []
    async with EmbeddedAws(story=True, clock=clock.now) as aws:
        for targets, pictures in PICTURES.items():
            settings = Settings(targets, since=TOLD_AT - HOUR_MS, output="tui", max_requests=100)
            app, tail = _app(aws, settings, clock)
            async with app.run_test(size=SIZE) as pilot:
                await _read_everything(pilot, tail)
                taken += [await _picture(pilot, name, *keys) for name, keys in pictures.items()]
    aws = EmbeddedAws(story=True, wrong_setups=True, clock=clock.now)
    await aws.start(port=PORT)
    try:
        app, _ = _app(aws, Settings(output="tui", max_requests=100), clock)
        async with app.run_test(size=SIZE) as pilot:
            taken.append(await _check_picture(pilot))
    finally:
        await aws.stop()
    return taken


PORT = 4599
"""Of the embedded AWS whose address the commands in a picture name: the same every time."""

PICTURES: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {
    ("orders-mq", "telemetry-mq"): {
        # The failover, with the audit entry before it.
        "main": ("slash", *"terminateJVM", "enter", *["down"] * 14),
        "detail": ("escape", "end", "slash", *"Failed to page", "enter", "enter"),
        "filter": ("escape", "escape", "f", *"level>=warn and not /Transport/", "enter"),
    },
    ("clicks-msk",): {
        # The reboot of a broker, and who called for it.
        "cluster": ("slash", *"RebootBroker", "enter", *["down"] * 14),
    },
}
"""By the targets that are tailed: the keys that lead from one picture to the next."""


def _app(aws: EmbeddedAws, settings: Settings, clock: Clock) -> tuple[MqtailApp, Tail]:
    """The application, and what it shows."""
    identity = f"arn:aws:iam::{aws.account}:user/demo"
    sign_in = SignIn(aws.region, aws.account, identity, endpoint_url=aws.url)
    tail = Tail(settings, sign_in, clock=clock)

    def checkup(changed: Callable[[], None]) -> Checkup:
        return Checkup(settings, sign_in, changed=changed, clock=clock)

    return MqtailApp(tail, settings, checkup, now=clock.now), tail


async def _check_picture(pilot: Pilot[None]) -> Path:
    """The setup check of everything, when it has ended."""
    await pilot.pause(2)
    if not isinstance(pilot.app.screen, CheckScreen):
        await pilot.press("c")
        await pilot.pause()
    await pilot.app.workers.wait_for_complete(
        worker for worker in pilot.app.workers if worker.group == CHECKS
    )
    return await _picture(pilot, "check")


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
