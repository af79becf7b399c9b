"""Registrations that are finished with the token of a mail."""

import json

import httpx2

from tests.support.client_api import FakeApi

_USER = {
    "id": "u",
    "email": "a@b.c",
    "email_verified": True,
    "name": "A",
    "tenant_id": "t",
    "organization": "O",
    "roles": ["admin"],
    "created_at": "2027-01-01T00:00:00Z",
}


async def test_a_registration_that_waits_for_a_mail_returns_none() -> None:
    answers = [httpx2.Response(202, json={"status": "accepted"}), httpx2.Response(201, json=_USER)]
    api = FakeApi(lambda _: answers[len(api.requests) - 1])
    async with api.client() as client:
        assert await client.auth.register("a@b.c", "p") is None
        made = await client.auth.register("a@b.c", "p", verification="t")
    assert made
    assert made.email_verified
    assert json.loads(api.requests[1].content)["verification"] == "t"
