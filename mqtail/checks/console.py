"""`mqtail check`: runs the checks, shows how far they are, and prints what they found."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from mqtail.aws.signin import SignIn
from mqtail.checks.model import Outcome
from mqtail.checks.report import TextReport, as_json, count, encodable, exit_code
from mqtail.checks.runner import CheckedTarget, Checkup
from mqtail.errors import TargetError, first_error
from mqtail.pipe import ended_by_signals
from mqtail.printable import printable
from mqtail.settings import Settings
from mqtail.stdio import (
    discard_stdout,
    is_coloured,
    is_pipe,
    is_terminal,
    notice,
    terminal_width,
    unwritable,
)
from mqtail.writing import Writer, to_the_end

AGAIN_S = 5.0
"""Pause between two runs with `--wait`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of `mqtail check`, beside what every command is asked."""

    only: tuple[str, ...] = ()
    """Ids of checks; empty: all."""
    principal: str = ""
    """ARN of who creates or reboots the brokers; empty: it is looked up."""
    wait_ms: int | None = None
    """Check again until nothing fails, for so long; None: check once."""
    strict: bool = False
    """Warnings are failures."""
    ascii: bool = False
    """Marks of ASCII characters."""
    quiet: bool = False
    """Leave out what passed or was skipped."""


async def check(settings: Settings, sign_in: SignIn, wanted: Wanted) -> int:
    """Run the checks, print what they found, and give the exit code.

    SIGINT, SIGTERM and a closed pipe end it; what was found until then decides on the exit code.

    Raises:
        MqtailError: nothing can be checked, or stdout takes no more.
    """
    console = _Console(settings, sign_in, wanted)
    running = asyncio.create_task(console.run())
    with ended_by_signals(running, TargetError.exit_code):
        try:
            await running
        except asyncio.CancelledError:
            try:
                await console.tell_early_end()
            except BrokenPipeError:
                discard_stdout()
        except BrokenPipeError:
            discard_stdout()
    return console.exit_code


class _Console:
    """One run of the command."""

    def __init__(self, settings: Settings, sign_in: SignIn, wanted: Wanted) -> None:
        self._settings = settings
        self._sign_in = sign_in
        self._wanted = wanted
        self._json = settings.output == "json"
        self._writer = Writer(sys.stdout.buffer)
        self._encoding = sys.stdout.encoding
        self._progress = _Progress(sys.stderr)
        terminal = is_terminal(sys.stdout)
        self._report = TextReport(
            color=is_coloured(settings.color, terminal=terminal),
            ascii=wanted.ascii or not encodable(self._encoding),
            width=terminal_width(sys.stdout) if terminal else None,
            quiet=wanted.quiet,
        )
        self._checkup = self._new_checkup(lambda: None)

    @property
    def counts(self) -> Counter[Outcome]:
        """What the last run found."""
        return count(self._checkup.targets)

    @property
    def exit_code(self) -> int:
        """What the last run found, as an exit code; what it did not come to is not known."""
        checkup = self._checkup
        unfinished = checkup.done < checkup.total or not checkup.total
        counts = self.counts + Counter({Outcome.UNKNOWN: int(unfinished)})
        return exit_code(counts, strict=self._wanted.strict)

    async def run(self) -> None:
        """Check, once or until nothing fails; print what was found.

        Raises:
            MqtailError: nothing can be checked, or stdout takes no more.
            BrokenPipeError: nobody reads stdout any more.
        """
        if self._wanted.wait_ms is None:
            await self._once(streaming=not self._json)
        else:
            await self._until_nothing_fails(self._wanted.wait_ms)
        for note in self._checkup.notes:
            notice(note)
        if not self._checkup.total:
            raise TargetError(
                "None of these checks is made of these targets.",
                "See `mqtail check --list`.",
            )
        if self._json:
            await self._print(as_json(self._checkup.targets, self._sign_in))
        else:
            if self._wanted.wait_ms is not None:
                await self._print("".join(map(self._report.target, self._checkup.targets)))
            await self._print(self._summary)

    async def tell_early_end(self) -> None:
        """Print what is known, and tell how far it came.

        Raises:
            BrokenPipeError, MqtailError: see `run`.
        """
        checkup = self._checkup
        if not self._json:
            known = [target for target in checkup.targets[self._printed :] if target.results]
            text = "".join(map(self._report.target, known))
            await self._print(text + self._summary if checkup.done else text)
        notice(f"Ended after {checkup.done:,} of {checkup.total:,} checks.")

    @property
    def _summary(self) -> str:
        return self._report.summary(self._checkup.targets, strict=self._wanted.strict)

    async def _until_nothing_fails(self, wait_ms: int) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_ms / 1000
        while True:
            await self._once(streaming=False)
            left = end - loop.time()
            if exit_code(self.counts, strict=self._wanted.strict) != 1 or left <= 0:
                return
            pause = min(AGAIN_S, left)
            failing = self._what_fails(self._checkup.targets)
            notice(f"{failing} Checking again in {pause:.0f} s, for {left:.0f} s more.")
            await asyncio.sleep(pause)

    def _what_fails(self, targets: Sequence[CheckedTarget]) -> str:
        """The first checks of these targets that fail, in a sentence; empty where none does."""
        bad = {Outcome.FAIL, Outcome.WARN} if self._wanted.strict else {Outcome.FAIL}
        failing = [
            f"{check.id} of {target.name}"
            for target in targets
            for check, finding in target.results
            if finding.outcome in bad
        ]
        if not failing:
            return ""
        more = f" and {len(failing) - 3:,} more" if len(failing) > 3 else ""
        return f"Failing: {', '.join(failing[:3])}{more}."

    async def _once(self, *, streaming: bool) -> None:
        """One run, with its progress; a target that is complete is printed when `streaming`."""
        changed = asyncio.Event()
        self._checkup = self._new_checkup(changed.set)

        async def run() -> None:
            try:
                await self._checkup.run()
            finally:
                watching.cancel()

        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(self._watch(changed, streaming=streaming))
                tasks.create_task(run())
        except BaseExceptionGroup as errors:
            raise first_error(errors) from None
        finally:
            self._progress.erase()
        if streaming:
            await self._print_complete()

    def _new_checkup(self, changed: Callable[[], None]) -> Checkup:
        self._printed = 0
        return Checkup(
            self._settings,
            self._sign_in,
            only=self._wanted.only,
            principal=self._wanted.principal,
            changed=changed,
        )

    async def _watch(self, changed: asyncio.Event, *, streaming: bool) -> None:
        """Show how far a run is, and what is complete, until cancelled."""
        while True:
            self._progress.show(self._checkup)
            await changed.wait()
            changed.clear()
            if streaming:
                await self._print_complete()

    async def _print_complete(self) -> None:
        """Print the next targets, in their order, as long as they are complete."""
        targets = self._checkup.targets
        while self._printed < len(targets) and targets[self._printed].done:
            self._progress.erase()
            if is_pipe(sys.stdout):
                # What reads it may be `less`, which has the terminal from now on.
                self._progress.end()
            text = self._report.target(targets[self._printed])
            self._printed += 1
            await self._print(text)

    async def _print(self, text: str) -> None:
        """Write text to stdout; cancelled, it is written to the end nevertheless.

        Raises:
            BrokenPipeError: nobody reads any more.
            MqtailError: it takes no more for another reason.
        """
        await to_the_end(self._writer.write(text.encode(self._encoding, "backslashreplace")))
        problem = self._writer.problem
        if isinstance(problem, BrokenPipeError):
            raise problem
        if problem is not None:
            raise unwritable("The report", problem)


class _Progress:
    """One line on a terminal that tells how far the checks are."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream if is_terminal(stream) else None
        self._shown = False

    def show(self, checkup: Checkup) -> None:
        """Show how far they are."""
        if self._stream is None:
            return
        text = "looking for brokers and clusters"
        if checkup.total:
            text = f"checked {checkup.done:,} of {checkup.total:,}"
            current = next((target for target in checkup.targets if not target.done), None)
            if current is not None:
                text += f", {printable(current.name)}"
        width = terminal_width(self._stream) - 1
        self._write(f"\r\x1b[K{set_cell_size(text, min(width, cell_len(text)))}")
        self._shown = True

    def end(self) -> None:
        """Show nothing any more."""
        self._stream = None

    def erase(self) -> None:
        """Leave an empty line where it was."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _write(self, text: str) -> None:
        with suppress(OSError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
