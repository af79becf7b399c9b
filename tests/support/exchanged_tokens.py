"""Access tokens of a stack that were exchanged for those of an issuer on loopback, and changes that end them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.demo.client import Api
from tests.support.ending_access import ACCOUNTS, SCOPES, Access
from tests.support.oidc_issuer import OidcIssuer, oidc_issuer
from tests.support.stack_users import User

ISSUERS, TOKEN = "/api/v1/trusted-issuers", "/api/v1/auth/token"
_TYPES = "urn:ietf:params:oauth:token-type"
SUBJECT = "repo:acme/app:ref:refs/heads/main"


@dataclass(frozen=True)
class Trust:
    """A trusted issuer and its service account; `api` has an exchanged token."""

    api: Api
    path: str
    account: str


def exchange(api: Api, id_token: str, **values: str) -> Any:
    """The response to an exchange."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": f"{_TYPES}:id_token",
        "subject_token": id_token,
        **values,
    }
    return api.http.post(f"{api.url}{TOKEN}", data=form)


def made_trust(admin: User, issuer: OidcIssuer, **fields: Any) -> Any:
    """Trusts the issuer for a new service account."""
    account = admin.api.post(ACCOUNTS, {"name": secrets.token_hex(4), "roles": ["developer"]})["id"]
    body = {
        "name": "ci",
        "issuer": issuer.url,
        "conditions": {"sub": "repo:acme/app:*"},
        "service_account_id": account,
        "scopes": SCOPES,
        **fields,
    }
    return admin.api.post(ISSUERS, body)


def trusted(admin: User, issuer: OidcIssuer, **fields: Any) -> Trust:
    """Trusts the issuer for a new service account, and exchanges a token."""
    made = made_trust(admin, issuer, **fields)
    answer = exchange(admin.api, issuer.token("ES256", aud=made["audience"], sub=SUBJECT))
    assert answer.status_code == 200, answer.text
    api = replace(admin.api, token=answer.json()["access_token"])
    return Trust(api, f"{ISSUERS}/{made['id']}", made["service_account_id"])


def _ending(admin: User, method: str, body: Mapping[str, Any] | None = None, status: int = 401) -> Access:
    with oidc_issuer("ES256") as issuer:
        trust = trusted(admin, issuer)
    return Access((trust.api,), lambda: admin.api.success(method, trust.path, body), status)


def deleted_issuer(admin: User, _: str) -> Access:
    return _ending(admin, "DELETE")


def disabled_issuer(admin: User, _: str) -> Access:
    return _ending(admin, "PATCH", {"disabled": True})


def narrower_conditions(admin: User, _: str) -> Access:
    return _ending(admin, "PATCH", {"conditions": {"sub": "repo:acme/app:environment:production"}})


def cut_scopes_of_an_issuer(admin: User, _: str) -> Access:
    return _ending(admin, "PATCH", {"scopes": ["uploads:write"]}, 403)


def deleted_account_of_an_issuer(admin: User, _: str) -> Access:
    with oidc_issuer("ES256") as issuer:
        trust = trusted(admin, issuer)
    return Access((trust.api,), lambda: admin.api.success("DELETE", f"{ACCOUNTS}/{trust.account}"))
