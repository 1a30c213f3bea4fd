"""How S3 tells of objects: lines of a listing, headers, parts of the bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from mqtail.demo.calls import ServiceError
from mqtail.demo.s3_buckets import S3Object

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def contents(found: S3Object, write: Callable[[str], str]) -> dict[str, Any]:
    """The line of an object in a listing; `write` spells its key."""
    modified = datetime.fromtimestamp(found.modified // 1000, UTC)
    return {
        "Key": write(found.key),
        "LastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "ETag": f'"{found.etag}"',
        "Size": len(found.body),
        "StorageClass": "STANDARD",
    }


def quoted(text: str) -> str:
    """A key as `encoding-type=url` writes it."""
    return quote(text, safe="/")


def byte_range(text: str, size: int) -> range | None:
    """The bytes that a Range header asks for; None: all, also where it makes no sense (RFC 9110).

    Raises:
        ServiceError: InvalidRange where it begins beyond the end.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        part = range(max(0, size - int(last)), size)
    else:
        part = range(int(first), min(size, int(last) + 1) if last else size)
        if last and int(last) < int(first):
            return None
    if not part:
        details = {"RangeRequested": text, "ActualObjectSize": size}
        reason = "The requested range is not satisfiable"
        raise ServiceError("InvalidRange", reason, 416, details=details)
    return part


def object_headers(found: S3Object) -> dict[str, str]:
    """The headers of a read object."""
    headers = {
        "Content-Type": "binary/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.etag}"',
        "Last-Modified": formatdate(found.modified // 1000, usegmt=True),
        "x-amz-server-side-encryption": "aws:kms" if found.kms_key else "AES256",
    }
    if found.kms_key:
        headers["x-amz-server-side-encryption-aws-kms-key-id"] = found.kms_key
    return headers
