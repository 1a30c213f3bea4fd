"""The package as it is installed: dependencies that fit together, imports that stay lazy."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mqtail.clock import wall_clock_ms
from mqtail.demo.serve import environment
from mqtail.demo.server import EmbeddedAws
from mqtail.demo.thread import EmbeddedAwsThread

ROOT = Path(__file__).parent.parent

AWS_LIBRARIES = {"aiobotocore", "boto3", "botocore", "aiohttp"}


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running `code`."""
    told = "import sys, json; print(json.dumps([name.split('.')[0] for name in sys.modules]))"
    script = f"{code}\n{told}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def running(arguments: list[str]) -> str:
    """Code that runs the program to its end."""
    return (
        "import contextlib; from mqtail.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})"
    )


def test_boto3_has_the_range_of_botocore_that_aiobotocore_pins() -> None:
    """Otherwise pip tries one boto3 release after the other, for minutes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    theirs = {r.name: r.specifier for r in map(Requirement, requires("aiobotocore") or [])}
    assert ours["boto3"] == theirs["botocore"]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["tail", "--help"], ["check", "--help"], ["demo", "--help"]]
)
def test_help_loads_neither_aws_nor_ui_libraries(arguments: list[str]) -> None:
    """Help must come at once."""
    modules = loaded_after(
        "import click.testing; from mqtail.cli import cli; "
        f"assert click.testing.CliRunner().invoke(cli, {arguments!r}).exit_code == 0"
    )
    assert not modules & (AWS_LIBRARIES | {"textual", "lark", "dateparser"})


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAwsThread]:
    """An AWS with one log group."""
    with EmbeddedAwsThread(EmbeddedAws()) as server:
        server.run(server.aws.logs.put, "/app/a", "s", [(wall_clock_ms() - 9, "hello")])
        yield server


@pytest.mark.parametrize(
    "arguments",
    [["/app/a", "-n", "1", "--no-follow"], ["check", "/app/a", "--only", "log-group"], ["ls"]],
    ids=["tail", "check", "ls"],
)
def test_output_into_a_pipe_loads_no_ui_library(
    aws: EmbeddedAwsThread, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it runs, from its start to its end."""
    for name, value in environment(aws.url).items():
        monkeypatch.setenv(name, value)
    modules = loaded_after(running(arguments))
    assert "aiobotocore" in modules
    assert "textual" not in modules


def test_a_recording_into_a_pipe_loads_neither_aws_nor_ui_libraries(tmp_path: Path) -> None:
    """It needs neither."""
    log = tmp_path / "broker.log"
    log.write_text("2026-11-18 11:05:00,100 | INFO  | started | Broker | main\n")
    assert not loaded_after(running(["open", str(log)])) & (AWS_LIBRARIES | {"textual"})
