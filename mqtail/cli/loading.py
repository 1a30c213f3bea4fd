"""Signing in while the modules that a command needs next are loaded."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from mqtail.unwaited import UnwaitedThread

if TYPE_CHECKING:
    from mqtail.aws.signin import SignIn
    from mqtail.settings import Settings


def sign_in_loading(settings: Settings, *modules: str) -> SignIn:
    """Sign in, and load modules while AWS is asked who we are: both take some tenths of a second.

    Raises:
        UsageError, CredentialsError: as of `mqtail.aws.signin.sign_in`.
    """
    from mqtail.aws.signin import sign_in

    loading = UnwaitedThread(lambda: _load(modules), name="loading")
    loading.start()
    signed_in = sign_in(settings)
    loading.join()
    return signed_in


def _load(modules: tuple[str, ...]) -> None:
    # What cannot be imported is told where it is needed.
    with suppress(Exception):
        for name in modules:
            import_module(name)
