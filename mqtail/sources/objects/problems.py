"""Why an object could not be read, or not to its end."""

from __future__ import annotations


class Damage(Exception):
    """What is wrong with the bytes of an object, as the end of a sentence: `its gzip data ...`."""


class ObjectProblem(Exception):
    """An object that cannot be read, or not to its end; the others can.

    Args:
        sentence: what is wrong; it names the object.
        hint: what to do about it, empty where nothing helps.
        denied: a right is missing, so that it may be read once a person has granted it.
        aside: S3 fails to give it out, which may pass; it was put aside for the others.
    """

    def __init__(
        self, sentence: str, hint: str = "", *, denied: bool = False, aside: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.denied = denied
        self.aside = aside
