"""Runs printed commands of the AWS CLI on the embedded AWS, by the CLI's own rules."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from mqtail.demo.server import EmbeddedAws

_SERVICES = {"s3api": "s3"}
"""Commands of the CLI that are not called as their service is."""
_END = ",]}"
_session = AioSession()


async def apply(aws: EmbeddedAws, commands: Sequence[str]) -> None:
    """Run commands, one after the other.

    Raises:
        ClientError: AWS refuses one.
        AssertionError: the CLI would not take one.
    """
    for command in commands:
        await run(aws, command)


async def run(aws: EmbeddedAws, command: str) -> dict[str, Any]:
    """Run one command; its answer.

    Raises:
        ClientError, AssertionError: see `apply`.
    """
    program, service, operation, *words = shlex.split(command)
    assert program == "aws", command
    options = _options(words)
    region = options.pop("region", [aws.region])
    for name in ("profile", "endpoint-url"):
        options.pop(name, None)
    create_client: Any = _session.create_client
    async with create_client(
        _SERVICES.get(service, service),
        region_name=region[0],
        endpoint_url=aws.url,
        config=AioConfig(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    ) as client:
        method = operation.replace("-", "_")
        assert method in client.meta.method_to_api_mapping, f"no such command: {command}"
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
        arguments = _arguments(model.input_shape, options)
        answer: dict[str, Any] = await getattr(client, method)(**arguments)
        return answer


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    """The values of each option."""
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            assert word[2:] not in options, f"{word} is given twice"
            values = options[word[2:]] = []
        else:
            assert options, f"{word} belongs to no option"
            values.append(word)
    return options


def _arguments(shape: Shape | None, options: dict[str, list[str]]) -> dict[str, Any]:
    """The parameters of an operation."""
    members = shape.members if isinstance(shape, StructureShape) else {}
    names = {xform_name(member, "-"): member for member in members}
    arguments = {}
    for option, values in options.items():
        negated = option.removeprefix("no-")
        if option not in names and negated in names:
            assert not values, f"--{option} takes no value"
            arguments[names[negated]] = False
            continue
        assert option in names, f"unknown option --{option}"
        arguments[names[option]] = _value(members[names[option]], option, values)
    return arguments


def _value(shape: Shape, option: str, values: list[str]) -> Any:
    if shape.type_name == "boolean":
        assert not values, f"--{option} takes no value"
        return True
    if isinstance(shape, ListShape):
        assert values, f"--{option} takes values"
        if len(values) == 1 and values[0].startswith("["):
            return json.loads(values[0])
        return [_parsed(shape.member, value) for value in values]
    assert len(values) == 1, f"--{option} takes one value"
    return _parsed(shape, values[0])


def _parsed(shape: Shape, text: str) -> Any:
    """A value of an option: a scalar, JSON, or the shorthand syntax."""
    if isinstance(shape, StructureShape | MapShape | ListShape):
        if text.startswith(("{", "[")):
            return json.loads(text)
        shorthand = _Shorthand(text)
        value = _typed(shape, shorthand.pairs(""))
        assert shorthand.at_end, f"not understood: {text}"
        return value
    return _typed(shape, text)


def _typed(shape: Shape, value: Any) -> Any:
    """A value of the shorthand syntax, where all scalars are texts, as its shape has it."""
    if isinstance(shape, StructureShape):
        assert value.keys() <= shape.members.keys(), value
        return {name: _typed(shape.members[name], member) for name, member in value.items()}
    if isinstance(shape, MapShape):
        return {name: _typed(shape.value, member) for name, member in value.items()}
    if isinstance(shape, ListShape):
        return [_typed(shape.member, item) for item in value]
    if shape.type_name == "boolean":
        assert value in ("true", "false"), value
        return value == "true"
    if shape.type_name in ("integer", "long"):
        return int(value)
    assert shape.type_name == "string", shape
    return value


class _Shorthand:
    """Reads the CLI's shorthand syntax: `Key=a,Other={Inner=b},List=[c,d],Bare=e,f`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether all of it was read."""
        return self._at == len(self._text)

    def pairs(self, end: str) -> dict[str, Any]:
        """Keys and values up to a bracket, or to the end."""
        found: dict[str, Any] = {}
        while not self._next(end):
            key = self._until("=")
            self._at += 1
            found[key] = self._member()
            self._take(",")
        return found

    def _member(self) -> Any:
        """A value; several without brackets are a list: `Key=a,b`."""
        values = [self._one()]
        while self._peek() == "," and not self._key_follows():
            self._at += 1
            values.append(self._one())
        return values if len(values) > 1 else values[0]

    def _one(self) -> Any:
        if self._take("{"):
            found = self.pairs("}")
            self._at += 1
            return found
        if self._take("["):
            items = []
            while not self._next("]"):
                items.append(self._one())
                self._take(",")
            self._at += 1
            return items
        quote = self._peek()
        if quote in ("'", '"'):
            self._at += 1
            text = self._until(quote)
            self._at += 1
            return text
        return self._until(_END)

    def _key_follows(self) -> bool:
        rest = self._text[self._at + 1 :]
        key, equals, _ = rest.partition("=")
        return bool(equals) and not any(mark in key for mark in _END)

    def _until(self, marks: str) -> str:
        start = self._at
        while not self.at_end and self._text[self._at] not in marks:
            self._at += 1
        return self._text[start : self._at]

    def _next(self, end: str) -> bool:
        return self.at_end or self._peek() == end

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, mark: str) -> bool:
        taken = self._peek() == mark
        self._at += taken
        return taken
