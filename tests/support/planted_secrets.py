"""Secrets that a test plants through the API, and the search for them in all that a stack keeps or writes."""

import base64
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from tests.support.stacks import RunningStack

# Shorter parts of a token are ids, checksums or public words.
_PART_MIN = 40
_WEBHOOK = "whsec_"
_READERS = {"string": "get", "hash": "hgetall", "set": "smembers", "list": "lrange", "zset": "zrange"}


def forms(secret: str) -> set[bytes]:
    """The secret, and the texts that stand for it inside any base64, whichever byte it begins at."""
    found, text = {secret.encode()}, secret.encode()
    for shift in range(3):
        # The first and the last characters also depend on the bytes around the secret, so they are left out.
        encoded = base64.b64encode(b"\0" * shift + text)
        inner = encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def raw(secret: str) -> set[bytes]:
    """The key that a secret of a webhook is the text of."""
    return {base64.b64decode(secret.removeprefix(_WEBHOOK))} if secret.startswith(_WEBHOOK) else set()


def secret_parts(text: str) -> list[str]:
    """The parts of a token that nobody may read: those that are as long as 240 random bits."""
    if text.startswith(_WEBHOOK):
        return [text.removeprefix(_WEBHOOK).rstrip("=")]
    if text.startswith("maas_"):
        return [text.rpartition("_")[2][:43]]
    if text.count(".") == 2 and text.startswith("ey"):  # of a JWT, the signature
        return [text.rpartition(".")[2]]
    return [part for part in text.split(".") if len(part) >= _PART_MIN] or [text]


def found_in(contents: dict[str, bytes], secrets: dict[str, str]) -> list[str]:
    """The names of secrets that are in the contents in clear or in base64, with the places."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for part in secret_parts(secret)
        for place, content in contents.items()
        if any(form in content for form in forms(part) | raw(secret))
    ]


def signing_secrets(stack: RunningStack) -> dict[str, str]:
    """The random texts in Secrets Manager, of which the stack derives its keys."""
    client = stack.client("secretsmanager")
    found: dict[str, str] = {}
    for secret in client.list_secrets()["SecretList"]:
        text = client.get_secret_value(SecretId=secret["Name"])["SecretString"]
        values = re.findall(rf"[\w+/=-]{{{_PART_MIN},}}", text)
        found |= {f"{secret['Name']} {number}": value for number, value in enumerate(values)}
    return found


def dump(stack: RunningStack) -> dict[str, bytes]:
    """All items of all tables, messages, keys and values of Redis, and files with the logs, by place."""
    return {
        **{f"table {name}": content for name, content in _tables(stack)},
        "messages": _messages(stack),
        "redis": b"\n".join(_redis(stack)),
        **dict(_files(stack)),
    }


def _tables(stack: RunningStack) -> Iterator[tuple[str, bytes]]:
    client = stack.client("dynamodb")
    for name in client.list_tables()["TableNames"]:
        pages = client.get_paginator("scan").paginate(TableName=name)
        yield name, b"\n".join(_bytes(item) for page in pages for item in page["Items"])


def _bytes(value: Any) -> bytes:
    """All texts and bytes inside a value, one after the other."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        return b" ".join(_bytes(each) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set):
        return b" ".join(_bytes(each) for each in value)
    return str(value).encode()


def _messages(stack: RunningStack) -> bytes:
    """The messages that wait. Reading those for the validator would count as deliveries, so they are left out."""
    client, found = stack.client("sqs"), []
    for name, url in stack.ready["queues"].items():
        if name != "ValidationQueue":
            answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            found += answer.get("Messages", [])
    return _bytes(found)


def _files(stack: RunningStack) -> Iterator[tuple[str, bytes]]:
    """All files of the stack but its mailbox: logs, and what its servers have written to the disk."""
    mailbox = Path(stack.ready["mailbox"])
    for path in Path(stack.ready["logs"]).parent.rglob("*"):
        if path.is_file() and mailbox not in path.parents:
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                yield str(path.relative_to(mailbox.parent)), path.read_bytes()


def _redis(stack: RunningStack) -> Iterator[bytes]:
    if stack.ready["redis"] is None:
        return
    with redis.Redis.from_url(stack.ready["redis"]) as client:
        for key in client.scan_iter():
            yield key
            kind = client.type(key).decode()
            if kind != "none":  # expired meanwhile
                arguments = (0, -1) if kind in {"list", "zset"} else ()
                yield _bytes(getattr(client, _READERS[kind])(key, *arguments) or b"")
