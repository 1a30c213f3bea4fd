"""The package as it is installed: dependencies that fit together, imports that stay lazy."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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


@pytest.mark.parametrize("module", ["mqtail.engine", "mqtail.checks.console"])
def test_output_into_a_pipe_loads_no_ui_library(module: str) -> None:
    """What `mqtail tail -o text` and `mqtail check` need, without running them."""
    modules = loaded_after(f"import {module}, mqtail.pipe, mqtail.aws.signin")
    assert "textual" not in modules
