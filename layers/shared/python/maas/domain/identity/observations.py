"""Observations: events about callers that change no record, and are worth a look by an organization's admins."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.identity.networks import wide_network

# The subject of whoever has shown no credential.
ANONYMOUS = "anonymous"
# An observation has at most so many characters of a text that comes from a caller.
_TEXT_MAX = 200


class ObservationType(StrEnum):
    """The `detail-type` on the bus."""

    SIGN_IN_FAILED = "SignInFailed"
    ACCESS_REFUSED = "AccessRefused"
    KEY_USED_FROM_NEW_NETWORK = "KeyUsedFromNewNetwork"
    TOKEN_NOT_TRUSTED = "TokenNotTrusted"  # noqa: S105 - the name of a type
    CAPTURES_READ = "CapturesRead"


class SignInFailure(StrEnum):
    """The reason of a failed sign-in: a wrong password or a disabled account, or too many failures before (429)."""

    WRONG = "wrong_credentials"
    LIMITED = "rate_limited"


def sign_in_failed(
    tenant_id: str, user_id: str, by: Actor, at: datetime, reason: SignInFailure = SignInFailure.WRONG, repeats: int = 0
) -> IdentityEvent:
    """Somebody has failed to sign in to an account, and `repeats` times more since this was observed last."""
    shown: Mapping[str, Any] = {"reason": str(reason), "repeats": repeats}
    return event_about(ObservationType.SIGN_IN_FAILED, tenant_id, f"user/{user_id}", by, at, after=shown)


def access_refused(
    tenant_id: str, what: str, action: str, reason: str, by: Actor, at: datetime, repeats: int = 0
) -> IdentityEvent:
    """A caller has asked for something that it has no right to. `action` is a route or an RPC.

    `repeats` says how often it has done so since this was observed last.
    """
    asked: Mapping[str, Any] = {"action": action[:_TEXT_MAX], "reason": reason[:_TEXT_MAX], "repeats": repeats}
    return event_about(ObservationType.ACCESS_REFUSED, tenant_id, what, by, at, after=asked)


def network_change(key: ApiKey, address: str) -> tuple[str, str] | None:
    """The networks of a key's last use (empty if there was none) and of one from `address`, if they differ."""
    before, after = wide_network(key.last_used_from), wide_network(address)
    return (before, after) if after not in ("", before) else None


def known_networks(key: ApiKey, address: str) -> tuple[str, ...]:
    """The networks of a key's last use and of one from `address`, the later one at the end."""
    return tuple(each for each in (wide_network(key.last_used_from), wide_network(address)) if each)


def key_used_from_new_network(
    tenant_id: str, key_id: str, before: str, after: str, by: Actor, at: datetime
) -> IdentityEvent:
    """A key was used from another network than before; `before` is empty for the first use."""
    return event_about(
        ObservationType.KEY_USED_FROM_NEW_NETWORK,
        tenant_id,
        f"key/{key_id}",
        by,
        at,
        changed=("network",),
        before={"network": before} if before else None,
        after={"network": after},
    )


def token_not_trusted(
    tenant_id: str, issuer_id: str, claimed_subject: str, reason: str, by: Actor, at: datetime
) -> IdentityEvent:
    """A token of a trusted issuer was not exchanged. Its subject is empty if nobody knows who has signed it."""
    shown: Mapping[str, Any] = {"token_subject": claimed_subject[:_TEXT_MAX] or None, "reason": reason[:_TEXT_MAX]}
    return event_about(ObservationType.TOKEN_NOT_TRUSTED, tenant_id, f"issuer/{issuer_id}", by, at, after=shown)


def captures_read(
    tenant_id: str, model_id: str, files: int, names: tuple[str, str], by: Actor, at: datetime
) -> IdentityEvent:
    """A caller has got URLs of files with captured predictions; `names` are those of the first and the last one."""
    shown: Mapping[str, Any] = {"files": files, "first": names[0], "last": names[1]}
    return event_about(ObservationType.CAPTURES_READ, tenant_id, f"model/{model_id}", by, at, after=shown)
