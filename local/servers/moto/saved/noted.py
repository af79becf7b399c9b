"""Notes which objects of a bucket have changed, because there may be too many to compare all."""

import time
from collections.abc import Callable
from typing import Any, cast

from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.utils import _VersionedKeyStore

# moto sets an object's fields after the object is in its bucket. So an object stays noted for longer than that takes.
_SETTLED = 60.0  # seconds

_make_bucket = FakeBucket.__init__


class NotedKeys(_VersionedKeyStore):
    """A bucket's objects. `noted` has the names of those that were changed, with the time of the last change."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: dict[str, float] = {}

    def note(self, key: str) -> None:
        """Notes a change of the object `key`."""
        self.noted[key] = time.monotonic()

    def settle(self, now: float) -> None:
        """Forgets the changes that were complete when a save began at `now`."""
        for key, changed in [*self.noted.items()]:
            if changed < now - _SETTLED:
                self.noted.pop(key, None)

    def __setitem__(self, key: str, value: Any) -> None:
        self.note(key)
        super().__setitem__(key, value)

    def setlist(self, key: str, list_: Any) -> None:
        self.note(key)
        super().setlist(key, list_)

    def pop(self, key: str) -> None:  # type: ignore[override]
        self.note(key)
        super().pop(key)


def noted_keys(bucket: FakeBucket) -> NotedKeys:
    """The objects of a bucket."""
    return cast("NotedKeys", bucket.keys)


def apply() -> None:
    """Makes each bucket note its changed objects, also those that get other tags."""
    FakeBucket.__init__ = _make_noting_bucket  # type: ignore[method-assign, assignment]
    S3Backend.put_object_tagging = _noting(S3Backend.put_object_tagging)  # type: ignore[method-assign]
    S3Backend.delete_object_tagging = _noting_name(S3Backend.delete_object_tagging)  # type: ignore[method-assign]


def _make_noting_bucket(bucket: FakeBucket, *args: Any, **kwargs: Any) -> None:
    _make_bucket(bucket, *args, **kwargs)
    bucket.keys = NotedKeys()


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    def tag(backend: S3Backend, key: FakeKey, *args: Any, **kwargs: Any) -> Any:
        noted_keys(backend.get_bucket(str(key.bucket_name))).note(key.name)
        return original(backend, key, *args, **kwargs)

    return tag


def _noting_name(original: Callable[..., Any]) -> Callable[..., Any]:
    def untag(backend: S3Backend, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        noted_keys(backend.get_bucket(bucket_name)).note(key_name)
        return original(backend, bucket_name, key_name, *args, **kwargs)

    return untag
