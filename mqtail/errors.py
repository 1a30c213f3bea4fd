"""Errors that a user sees: one sentence, a hint, an exit code (cli.md, "Exit codes").

MqtailError
├── UsageError          2   options or expressions that make no sense
│   └── FilterError     2   a filter expression, with the column where it fails
├── TargetError         3   nothing could be read
│   └── NoSuchTarget    3   no such broker, cluster or log group
└── CredentialsError    4   no credentials, expired ones, or a failed sign-in
"""

from __future__ import annotations


class MqtailError(Exception):
    """Something a user can be told in one sentence.

    Args:
        message: one sentence that says what is wrong.
        hint: what to do about it, empty where nothing helps.
    """

    exit_code = 5

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.told = False
        """The user has read it already, when it came up."""


class UsageError(MqtailError):
    """Options, environment or configuration that make no sense."""

    exit_code = 2


class FilterError(UsageError):
    """A filter expression that does not parse.

    Args:
        column: where, counted from 1.
        message: what is wrong there.
        hint: what would be right.
    """

    def __init__(self, column: int, message: str, hint: str = "") -> None:
        super().__init__(f"column {column}: {message}", hint)
        self.column = column
        self.problem = message


class TargetError(MqtailError):
    """No such target, or nothing of it can be read."""

    exit_code = 3


class NoSuchTarget(TargetError):
    """Nothing has the name that was given."""


class CredentialsError(MqtailError):
    """No credentials, expired credentials, or a sign-in that failed."""

    exit_code = 4


def first_error(error: BaseException) -> BaseException:
    """The first error within groups of errors, mqtail's own before others."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    own = error.subgroup(MqtailError)
    return first_error((own or error).exceptions[0])
