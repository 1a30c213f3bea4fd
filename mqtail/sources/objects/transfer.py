"""One object as chunks of bytes, by ranges: no connection is held while they are worked on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from mqtail.aws.bounded import ANSWER_TIMEOUT_S
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import (
    NETWORK_ERRORS,
    Failure,
    Kind,
    UnreadableAnswer,
    failure_of,
    one_line,
)
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.outcomes import Outcomes
from mqtail.sources.objects.problems import ObjectProblem
from mqtail.sources.reader import Surroundings
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

RANGE = 512 * 1024
"""Bytes asked for at once."""

MOST_WHOLE = 64_000_000
"""Bytes that are taken of an object where ranges are not known: all of it comes at once."""

MOST_TRIES = 5
"""So often a request for an object fails before the object is put aside, less than `PATIENCE`..."""

LONG_S = 30
"""...or for so long, but not with the first."""

AGAIN_HINT = "It is tried again now and then; the other objects are read."
"""What is done about an object that was put aside."""

_OF_AN_OBJECT = frozenset({Kind.SERVER, Kind.NETWORK, Kind.UNEXPECTED})
_KMS_KEY = re.compile(r"arn:[\w-]+:kms:[\w:/-]+")
_GONE = frozenset({"NoSuchKey", "404"})
_CHANGED = frozenset({"PreconditionFailed", "InvalidRange", "412", "416"})
_REFUSED = frozenset({"InvalidRequest", "InvalidArgument"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled"})


class _Tries:
    """The tries of one request."""

    def __init__(self) -> None:
        self._count = 0
        self._began = asyncio.get_running_loop().time()

    def failed(self) -> None:
        self._count += 1

    @property
    def enough(self) -> bool:
        long = self._count > 1 and asyncio.get_running_loop().time() > self._began + LONG_S
        return long or self._count >= MOST_TRIES


class Transfer:
    """Gets objects of one bucket.

    Args:
        retries: waits after failed requests.
        outcomes: knows what became of other objects.
    """

    def __init__(
        self,
        bucket: str,
        *,
        around: Surroundings,
        status: ReaderStatus,
        retries: Retries,
        outcomes: Outcomes,
    ) -> None:
        self._bucket = bucket
        self._around = around
        self._status = status
        self._retries = retries
        self._outcomes = outcomes

    async def chunks(self, found: DeliveredObject) -> AsyncGenerator[bytes, None]:
        """The bytes of an object; what fails is asked for again from where it stopped.

        Raises:
            ObjectProblem: it is forbidden, archived, gone, or another object by now; or S3 fails
                to give it out, while the bucket can be read.
            ReadFailed: the bucket cannot be read, and the reading is to end.
        """
        what = f"reading {self._url(found)}"
        read = 0
        while read < found.size:
            tries = _Tries()

            async def request(begin: int = read, tries: _Tries = tries) -> bytes | ObjectProblem:
                try:
                    return await self._get(found, begin)
                except Exception as error:
                    failure = failure_of(error, what)
                    of_object = failure.passing or isinstance(error, ClientError)
                    if not of_object or not await self._is_its_own(found, failure, tries):
                        raise
                    return ObjectProblem(failure.sentence, AGAIN_HINT, aside=True)

            part = await self._retries.call(what, request)
            if isinstance(part, ObjectProblem):
                raise part
            yield part
            read += len(part)

    def _url(self, found: DeliveredObject) -> str:
        return f"s3://{self._bucket}/{found.key}"

    async def _get(self, found: DeliveredObject, begin: int) -> bytes | ObjectProblem:
        """At least one byte from `begin` on; or why none of the object can be had."""
        client: Any = await self._around.clients.s3()
        count = min(RANGE, found.size - begin)
        self._status.requests += 1
        try:
            answer = await client.get_object(
                Bucket=self._bucket,
                Key=found.key,
                Range=f"bytes={begin}-{begin + count - 1}",
                IfMatch=found.etag,
            )
        except ClientError as error:
            problem = await self._problem(found, error)
            if problem is None:
                raise
            return problem
        except ResponseParserError as error:
            raise UnreadableAnswer(str(error)) from error
        if begin and "ContentRange" not in answer:
            raise UnreadableAnswer("the whole object instead of a range")
        if "ContentRange" not in answer:
            count = min(found.size, MOST_WHOLE)
        return await self._body(answer["Body"], count)

    async def _is_its_own(self, found: DeliveredObject, failure: Failure, tries: _Tries) -> bool:
        """Whether an object is to be put aside, for the failure is that of this object alone."""
        tries.failed()
        if failure.kind not in _OF_AN_OBJECT:
            return False
        if self._outcomes.is_aside(found):
            return True
        enough = tries.enough or not failure.passing
        return enough and self._outcomes.may_put_aside and await self._can_be_listed(found)

    async def _can_be_listed(self, found: DeliveredObject) -> bool:
        client: Any = await self._around.clients.s3()
        self._status.requests += 1
        try:
            await client.list_objects_v2(Bucket=self._bucket, Prefix=found.key, MaxKeys=1)
        except CALL_ERRORS:
            return False
        return True

    async def _body(self, body: Any, most: int) -> bytes:
        """What arrives of an answer's body, if that is anything at all, up to so many bytes."""
        parts: list[bytes] = []
        left = most
        try:
            async with body, asyncio.timeout(ANSWER_TIMEOUT_S):
                # More than was asked for may come from what only answers in S3's place.
                while left >= 0 and (part := await body.read(RANGE)):
                    parts.append(part)
                    left -= len(part)
        except NETWORK_ERRORS:
            if not parts:
                raise
            self._status.retries += 1
        if not parts:
            raise UnreadableAnswer("no bytes")
        return b"".join(parts)[:most]

    async def _problem(self, found: DeliveredObject, error: ClientError) -> ObjectProblem | None:
        """What an error says of this object; None where it says nothing of it."""
        detail = error.response.get("Error", {})
        code, text = str(detail.get("Code", "")), one_line(detail.get("Message", ""))
        url = self._url(found)
        if code in _GONE:
            return ObjectProblem(
                f"{url} was deleted before it was read.", "A lifecycle rule may expire it too soon."
            )
        if code in _CHANGED:
            return ObjectProblem(f"{url} was replaced while it was read.")
        if code == "InvalidObjectState":
            return ObjectProblem(
                f"{url} is archived, so it cannot be read.", "Restore it, or read later objects."
            )
        if code in _REFUSED:
            return ObjectProblem(
                f"S3 does not give out {url}: {text or code}",
                "It may be encrypted with a key that only who wrote it has (SSE-C).",
            )
        if code.startswith("KMS.") and "Throttling" not in code:
            key = await self._kms_key(found, text) or "its KMS key"
            return ObjectProblem(
                f"{url} cannot be decrypted: {text or code}",
                f"See to {key}: it is disabled, about to be deleted, or not there.",
                denied=True,
            )
        if code in _DENIED:
            return await self._denial(found, text)
        return None

    async def _denial(self, found: DeliveredObject, text: str) -> ObjectProblem:
        """Which right is missing: that to read the object, or that to use its key."""
        url = self._url(found)
        if "s3:GetObject" in text:
            return ObjectProblem(
                f"Not permitted to read {url}: {text}",
                "Ask for the permission s3:GetObject.",
                denied=True,
            )
        key = await self._kms_key(found, text)
        if key or "kms:" in text:
            return ObjectProblem(
                f"Not permitted to decrypt {url}: {text}",
                f"Ask for the permission kms:Decrypt on {key or 'the key of the object'}.",
                denied=True,
            )
        return ObjectProblem(
            f"Not permitted to read {url}: {text}",
            "Ask for the permission s3:GetObject; an object under SSE-KMS needs kms:Decrypt, too.",
            denied=True,
        )

    async def _kms_key(self, found: DeliveredObject, text: str) -> str:
        """ARN of the key that an object is encrypted with, empty where nothing tells it."""
        if named := _KMS_KEY.search(text):
            return named[0]
        client: Any = await self._around.clients.s3()
        self._status.requests += 1
        try:
            answer = await client.head_object(Bucket=self._bucket, Key=found.key)
        except CALL_ERRORS:
            return ""
        return str(answer.get("SSEKMSKeyId", ""))
