"""Notes which objects a call changes, because there may be too many to compare all.

The notes belong to the thread, and a server thread serves one call. So a call saves its own changes after it has made
all of them: moto sets an object's fields after the object is in its bucket.
"""

import threading
from collections.abc import Callable
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.utils import _VersionedKeyStore

Objects = set[tuple[str, str]]  # bucket and key

_CALL = threading.local()
_make_bucket = FakeBucket.__init__


class _NotedKeys(_VersionedKeyStore):
    """The objects of a bucket."""

    def __init__(self, bucket: str) -> None:
        super().__init__()
        self._bucket = bucket

    def __setitem__(self, key: str, value: Any) -> None:
        of_call().add((self._bucket, key))
        super().__setitem__(key, value)

    def setlist(self, key: str, list_: Any) -> None:
        of_call().add((self._bucket, key))
        super().setlist(key, list_)

    def pop(self, key: str) -> None:  # type: ignore[override]
        of_call().add((self._bucket, key))
        super().pop(key)


def of_call() -> Objects:
    """The objects that the thread's call has changed so far."""
    found: Objects = vars(_CALL).setdefault("objects", set())
    return found


def apply() -> None:
    """Makes each bucket note its changed objects, also those that get other tags."""
    FakeBucket.__init__ = _make_noting_bucket  # type: ignore[method-assign, assignment]
    S3Backend.put_object_tagging = _noting(S3Backend.put_object_tagging)  # type: ignore[method-assign]
    S3Backend.delete_object_tagging = _noting_name(S3Backend.delete_object_tagging)  # type: ignore[method-assign]


def _make_noting_bucket(bucket: FakeBucket, *args: Any, **kwargs: Any) -> None:
    _make_bucket(bucket, *args, **kwargs)
    bucket.keys = _NotedKeys(bucket.name)


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    def tag(backend: S3Backend, key: FakeKey, *args: Any, **kwargs: Any) -> Any:
        of_call().add((str(key.bucket_name), key.name))
        return original(backend, key, *args, **kwargs)

    return tag


def _noting_name(original: Callable[..., Any]) -> Callable[..., Any]:
    def untag(backend: S3Backend, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        of_call().add((bucket_name, key_name))
        return original(backend, bucket_name, key_name, *args, **kwargs)

    return untag
