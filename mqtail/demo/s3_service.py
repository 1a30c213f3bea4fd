"""S3 in memory: listing buckets and reading objects, with path-style addresses.

Objects come from tests and stories; clients only read. Every call is checked against the bucket's
region, as S3 does: one for another region is redirected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from hashlib import md5
from typing import Any
from urllib.parse import quote

from mqtail.demo.calls import (
    Call,
    Payload,
    Permission,
    ServiceError,
    access_denied,
    unknown_operation,
)
from mqtail.demo.paging import Place, Tokens
from mqtail.demo.s3_buckets import Bucket, Listed, S3Object
from mqtail.demo.service import Service
from mqtail.demo.wire import RestXmlWire, Route

MAX_KEYS = 1000
"""A page of a listing holds at most so many lines (API reference of ListObjectsV2)."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_ACTIONS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
}


class S3Service(Service):
    """Buckets of one account.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of buckets that are made without one.
        caller_arn: gives the ARN behind an access key.
    """

    wire = RestXmlWire(
        (
            Route("GET", "/{Bucket}", "ListObjectsV2", "list-type"),
            Route("GET", "/{Bucket}", "GetBucketLocation", "location"),
            Route("HEAD", "/{Bucket}", "HeadBucket"),
            Route("GET", "/{Bucket}/{Key+}", "GetObject"),
            Route("HEAD", "/{Bucket}/{Key+}", "HeadObject"),
        ),
        namespace="http://s3.amazonaws.com/doc/2006-03-01/",
        roots={"ListObjectsV2": "ListBucketResult", "GetBucketLocation": "LocationConstraint"},
        headers=("Range", "If-Match"),
    )

    def __init__(
        self,
        clock: Callable[[], int],
        account: str,
        region: str,
        caller_arn: Callable[[str], str],
    ) -> None:
        super().__init__(clock, account, region)
        self._caller_arn = caller_arn
        self._buckets: dict[str, Bucket] = {}
        self._tokens = Tokens(_invalid_argument)
        self._operations: dict[str, Callable[[Call, Bucket], Any]] = {
            "ListObjectsV2": self._list_objects,
            "GetBucketLocation": self._location,
            "HeadBucket": self._head_bucket,
            "GetObject": self._get_object,
            "HeadObject": self._get_object,
        }

    # For tests and stories.

    def create_bucket(
        self, name: str, region: str | None = None, *, expire_days: int | None = None
    ) -> Bucket:
        """Make a bucket; the one of this name where there is one already."""
        return self._buckets.setdefault(name, Bucket(name, region or self.region, expire_days))

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        modified: int | None = None,
        kms_key: str = "",
        visible: int | None = None,
    ) -> S3Object:
        """Put an object into a bucket, which is made if it is not there. Times in ms.

        Args:
            bucket: name of the bucket.
            key: the object's key.
            body: its bytes, which are not copied.
            modified: its LastModified; None: when it becomes visible.
            kms_key: ARN of the key that it is encrypted with; empty: SSE-S3.
            visible: it is neither listed nor read before; None: it is at once.
        """
        visible = self.clock() if visible is None else visible
        # The ETag of an object under SSE-KMS is no MD5 of its bytes (API reference of Object).
        salt = kms_key.encode() + str(visible).encode() if kms_key else b""
        digest = md5(body, usedforsecurity=False)
        digest.update(salt)
        modified = visible if modified is None else modified
        stored = S3Object(key, body, digest.hexdigest(), modified, kms_key, visible)
        self.create_bucket(bucket).put(stored)
        return stored

    def delete_object(self, bucket: str, key: str) -> None:
        """Remove an object; nothing happens if it is not there."""
        self.create_bucket(bucket).delete(key)

    def objects(self, bucket: str, prefix: str = "") -> list[S3Object]:
        """The objects of a bucket that a reader can see now, in the order of their keys."""
        found = self.create_bucket(bucket)
        now = self.clock()
        found.expire(now)
        return [line.object for line in found.list(prefix, "", "", now) if line.object]

    def deny_object(self, bucket: str, key: str) -> None:
        """Let nobody read an object any more: AccessDenied."""
        self.create_bucket(bucket).denied.add(key)

    def deny_kms(self, bucket: str, key: str) -> None:
        """Let nobody use the KMS key of an object any more: AccessDenied for kms:Decrypt."""
        self.create_bucket(bucket).denied_kms.add(key)

    def allow_object(self, bucket: str, key: str) -> None:
        """End both denials of an object."""
        self.create_bucket(bucket).denied.discard(key)
        self.create_bucket(bucket).denied_kms.discard(key)

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The object or the bucket."""
        parts = (call.parameters.get("Bucket", "*"), call.parameters.get("Key", ""))
        action = _ACTIONS.get(call.operation, f"s3:{call.operation}")
        return Permission(action, "arn:aws:s3:::" + "/".join(filter(None, parts)))

    def answer(self, call: Call) -> Any:
        """The result of a call: members for XML, or a `Payload`."""
        if call.operation not in self._operations:
            raise unknown_operation(call.operation)
        bucket = self._buckets.get(call.parameters["Bucket"])
        if bucket is None:
            details = {"BucketName": call.parameters["Bucket"]}
            text = "The specified bucket does not exist"
            raise ServiceError("NoSuchBucket", text, 404, details=details)
        if bucket.region != call.region and call.operation != "GetBucketLocation":
            raise _redirect(bucket)
        bucket.expire(call.time)
        return self._operations[call.operation](call, bucket)

    def _location(self, call: Call, bucket: Bucket) -> str:
        # A bucket in us-east-1 has none (API reference of GetBucketLocation).
        return "" if bucket.region == "us-east-1" else bucket.region

    def _head_bucket(self, call: Call, bucket: Bucket) -> Payload:
        return Payload(b"", {"x-amz-bucket-region": bucket.region})

    def _list_objects(self, call: Call, bucket: Bucket) -> dict[str, Any]:
        parameters = call.parameters
        prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
        start_after, token = parameters.get("start-after", ""), parameters.get("continuation-token")
        wanted = parameters.get("max-keys", str(MAX_KEYS))
        if not wanted.isdecimal() or len(wanted) > 9:
            raise _invalid_argument("Provided max-keys not an integer or within integer range")
        limit = min(int(wanted), MAX_KEYS)
        bound = ("list", bucket.name, prefix, delimiter)
        # What S3 starts after does not count any more once there is a token.
        after = self._tokens.read(token, bound, call.time).name if token else start_after + "\0"
        lines = bucket.list(prefix, delimiter, after if token or start_after else "", call.time)
        page: list[Listed] = []
        more = False
        for line in lines:
            if len(page) == limit:
                more = limit > 0
                break
            page.append(line)
        encoded = parameters.get("encoding-type") == "url"
        write = _quoted if encoded else str
        told: dict[str, Any] = {
            "Name": bucket.name,
            "Prefix": write(prefix),
            "KeyCount": len(page),
            "MaxKeys": limit,
            "IsTruncated": more,
            "Contents": [_contents(line.object, write) for line in page if line.object],
            "CommonPrefixes": [{"Prefix": write(line.name)} for line in page if not line.object],
        }
        if delimiter:
            told["Delimiter"] = write(delimiter)
        if encoded:
            told["EncodingType"] = "url"
        if start_after:
            told["StartAfter"] = write(start_after)
        if token:
            told["ContinuationToken"] = token
        if more:
            place = Place(name=page[-1].after)
            told["NextContinuationToken"] = self._tokens.make(bound, place, call.time)
        return told

    def _get_object(self, call: Call, bucket: Bucket) -> Payload:
        """The object or a range of it; the bytes are a view of what is stored."""
        key = call.parameters["Key"]
        found = bucket.get(key, call.time)
        if found is None:
            text = "The specified key does not exist."
            raise ServiceError("NoSuchKey", text, 404, details={"Key": key})
        self._check_access(call, bucket, found)
        condition = call.parameters.get("If-Match", "*").strip('"')
        if condition not in ("*", found.etag):
            text = "At least one of the pre-conditions you specified did not hold"
            raise ServiceError("PreconditionFailed", text, 412, details={"Condition": "If-Match"})
        headers = {
            "Content-Type": "binary/octet-stream",
            "Accept-Ranges": "bytes",
            "ETag": f'"{found.etag}"',
            "Last-Modified": formatdate(found.modified // 1000, usegmt=True),
            "x-amz-server-side-encryption": "aws:kms" if found.kms_key else "AES256",
        }
        if found.kms_key:
            headers["x-amz-server-side-encryption-aws-kms-key-id"] = found.kms_key
        view, size = memoryview(found.body), len(found.body)
        part = _range(call.parameters.get("Range", ""), size)
        if part is None:
            return Payload(view, headers)
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return Payload(view[part.start : part.stop], headers, 206)

    def _check_access(self, call: Call, bucket: Bucket, found: S3Object) -> None:
        caller = self._caller_arn(call.access_key)
        if found.key in bucket.denied:
            raise access_denied(caller, self.permission(call))
        if found.key in bucket.denied_kms:
            # The KMS key of the denial; what stands in for an object that names none is made up.
            stand_in = f"arn:aws:kms:{bucket.region}:{self.account}:key/"
            key = found.kms_key or f"{stand_in}0d330000-0000-4000-8000-0000000000a1"
            raise access_denied(caller, Permission("kms:Decrypt", key))


def _contents(found: S3Object, write: Callable[[str], str]) -> dict[str, Any]:
    modified = datetime.fromtimestamp(found.modified // 1000, UTC)
    return {
        "Key": write(found.key),
        "LastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "ETag": f'"{found.etag}"',
        "Size": len(found.body),
        "StorageClass": "STANDARD",
    }


def _quoted(text: str) -> str:
    """A key as `encoding-type=url` writes it."""
    return quote(text, safe="/")


def _range(text: str, size: int) -> range | None:
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


def _redirect(bucket: Bucket) -> ServiceError:
    return ServiceError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint."
        " Please send all future requests to this endpoint.",
        301,
        details={"Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.region},
    )


def _invalid_argument(message: str) -> ServiceError:
    return ServiceError("InvalidArgument", message)
