"""Registrations that are finished with the token of a mail."""

import httpx2

from tests.support.client_api import USER, in_order


async def test_a_registration_that_waits_for_a_mail_returns_none() -> None:
    proven = {**USER, "email_verified": True}
    api = in_order(httpx2.Response(202, json={"status": "accepted"}), httpx2.Response(201, json=proven))
    async with api.client() as client:
        assert await client.auth.register("a@b.c", "p") is None
        made = await client.auth.register("a@b.c", "p", verification="t")
    assert made
    assert made.email_verified
    assert api.bodies()[1]["verification"] == "t"
