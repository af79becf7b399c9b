import hashlib
import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.identity.accounts import RefreshToken, Session, new_family
from maas.domain.ids import new_id


def _rule(refused: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    return refused.value.fields[0].field, refused.value.fields[0].rule


SESSION = Session(
    id="s",
    tenant_id="t",
    user_id="u",
    scopes=frozenset(),
    expires_at=datetime.max.replace(tzinfo=UTC),
    digest="",
    family=new_family(),
)
ALPHABET = string.ascii_letters + string.digits + "-_"


def test_a_refresh_token_survives_its_text_form() -> None:
    token = RefreshToken.fresh("the-session", new_family())
    assert RefreshToken.parse(str(token)) == token


def test_a_refresh_token_of_a_session_is_short_enough() -> None:
    token = RefreshToken.fresh(new_id(), new_family())
    assert RefreshToken.parse(str(token)) == token


def test_refresh_tokens_have_256_random_bits() -> None:
    randoms = {RefreshToken.fresh("s", "family").secret.partition(".")[0] for _ in range(100)}
    assert len(randoms) == 100
    assert all(len(random) == 43 for random in randoms)


def test_the_digest_is_the_sha256_of_the_secret_alone() -> None:
    assert RefreshToken("s", "secret").digest == hashlib.sha256(b"secret").hexdigest()


def test_a_session_knows_its_used_tokens_again() -> None:
    newest, used = (RefreshToken.fresh(SESSION.id, SESSION.family) for _ in range(2))
    session = replace(SESSION, digest=newest.digest)
    assert session.has_issued(newest)
    assert session.has_issued(used)


def test_a_session_never_issued_the_token_of_another_session_or_key() -> None:
    others = RefreshToken.fresh("other", SESSION.family), RefreshToken.fresh(SESSION.id, new_family())
    for other in others:
        assert not SESSION.has_issued(RefreshToken(SESSION.id, other.secret))


def test_a_session_never_issued_a_token_with_a_changed_character() -> None:
    token = RefreshToken.fresh(SESSION.id, SESSION.family)
    session = replace(SESSION, digest=token.digest)
    for place in range(len(token.secret)):
        for character in {*ALPHABET, ".", "=", " "} - {token.secret[place]}:
            changed = token.secret[:place] + character + token.secret[place + 1 :]
            assert not session.has_issued(RefreshToken(session.id, changed))


@pytest.mark.parametrize("respelled", [" {}", "{} ", "{}=", "{}==", "{}\n", "{}.", "{}A", ".{}", "{}%3D"])
def test_a_refresh_token_has_one_spelling(respelled: str) -> None:
    token = RefreshToken.fresh(SESSION.id, SESSION.family)
    session = replace(SESSION, digest=token.digest)
    assert not session.has_issued(RefreshToken(session.id, respelled.format(token.secret)))


def test_a_session_of_an_earlier_release_knows_its_newest_token_alone() -> None:
    newest, used = RefreshToken("s", "older"), RefreshToken("s", "oldest")
    session = replace(SESSION, digest=newest.digest, family="")
    assert session.has_issued(newest)
    assert not session.has_issued(used)
    assert not session.has_issued(RefreshToken.fresh("s", ""))
    assert not session.has_issued(RefreshToken.fresh("s", "-"))


def test_a_refreshed_session_of_an_earlier_release_knows_the_token_of_then() -> None:
    then = RefreshToken("s", "older")
    session = replace(SESSION, digest="newest", family=then.digest)
    assert session.has_issued(then)
    assert not session.has_issued(RefreshToken("s", "never"))


@pytest.mark.parametrize("text", ["", ".", "session.", ".secret", "no dot", "s." + "x" * 127, "s.gehéim", "s.\ud800"])
def test_a_text_that_is_not_a_refresh_token_parses_to_none(text: str) -> None:
    assert RefreshToken.parse(text) is None


def test_the_secret_is_in_no_repr() -> None:
    assert "hush" not in repr(RefreshToken("s", "hush"))
