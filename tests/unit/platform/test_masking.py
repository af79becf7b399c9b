"""Secrets in texts that get into a log."""

import io
import logging

import pytest

from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.invitations import InvitationToken
from maas.domain.ids import new_id
from maas.platform.masking import MASK, masked
from maas.platform.observability import _Formatter

KEY = str(KeySecret.fresh())
TOKEN = str(InvitationToken.fresh(new_id(), new_id()))


@pytest.mark.parametrize("secret", [KEY, TOKEN, "eyJhbGciOiJFUzI1NiJ9." + "x" * 40 + "." + "y" * 86])
def test_the_secret_of_a_credential_in_a_path_is_masked(secret: str) -> None:
    found = masked(f"/api/v1/api-keys/{secret}/rotate")
    assert MASK in found
    assert found.endswith("/rotate")
    assert secret[-40:] not in found


@pytest.mark.parametrize(
    "text", [f"/api/v1/models/{new_id()}/versions/1.2.0-rc.1", "a" * 64, "maas_registry_table", ""]
)
def test_ids_digests_and_names_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("secret", [KEY, TOKEN])
def test_no_log_line_has_a_secret_that_a_message_repeats(secret: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(utc=True))
    logger = logging.getLogger("masking")
    logger.addHandler(handler)
    logger.warning("no key %s", secret)
    logger.removeHandler(handler)
    assert MASK in stream.getvalue()
    assert secret[-40:] not in stream.getvalue()
