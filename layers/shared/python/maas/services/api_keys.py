"""Use cases of API keys: making, listing, changing, rotating and revoking them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import Contended, NotFound, PermissionDenied, WrongState
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.api_keys import ApiKey, KeySecret, is_key_id, key_id_of
from maas.domain.identity.credentials import KEY, parsed_credential
from maas.domain.identity.key_terms import KEYS_MAX, KeyTerms, check_within_maker, grace
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.races import settled
from maas.domain.identity.standing import session_ended
from maas.domain.ids import known_id
from maas.domain.pages import Page
from maas.platform.request_context import effect_id, kept_member
from maas.services.pages import one_more, page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.identity import ApiKeys, Identities


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key, and its text, which is shown this once."""

    key: ApiKey
    secret: KeySecret


class ApiKeyService:
    """The use cases of API keys. Callers manage their own keys; those with `users:admin` manage all of them.

    A key of a service account outlives the admin who has made it.

    Each method raises PermissionDenied without `keys:manage`, and NotFound for a key that the caller must not see.
    """

    def __init__(
        self, keys: ApiKeys, members: Identities, cursors: Cursors, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._keys = keys
        self._members = members
        self._cursors = cursors
        self._clock = clock

    def create(self, by: Principal, terms: KeyTerms, service_account_id: str = "") -> NewKey:
        """Makes a key of the caller or, for an admin, of a service account.

        Raises:
            InvalidInput
            NotFound: there is no such service account.
            PermissionDenied: the key could be used for more than the caller or its owner.
            QuotaExceeded: the organization has KEYS_MAX keys.
        """
        by.require_in_tenant(Scope.KEYS_MANAGE)
        owner_id = self._service_account(by, service_account_id).id if service_account_id else by.subject
        now, secret = self._clock(), KeySecret.fresh(key_id_of(effect_id()))
        made = self._keys.key(secret.key_id) if effect_id() else None
        if made:
            return self._shown_at_last(by, made, secret)
        blank = ApiKey(
            id=secret.key_id,
            tenant_id=by.tenant_id,
            user_id=owner_id,
            name="",
            scopes=frozenset(),
            digest=secret.digest,
            created_by=by.subject,
            created_at=now,
        )
        key = terms.applied(blank, now)
        self._check(by, key)
        self._keys.add(key, KEYS_MAX)
        return NewKey(key, secret)

    def _shown_at_last(self, by: Principal, made: ApiKey, secret: KeySecret) -> NewKey:
        """The key that an earlier attempt of the request has made, with a new secret: nobody has seen the first one.

        The caller may have lost rights since then, or use another credential.
        """
        self._check(by, made)
        if not self._keys.rotate(made, made.reissued(secret)):
            raise Contended("another request has changed the key meanwhile; try again")
        return NewKey(self.get(by, made.id), secret)

    def page(self, by: Principal, *, limit: int, cursor: str) -> Page[ApiKey]:
        """A page of the keys that the caller manages, newest first."""
        by.require_in_tenant(Scope.KEYS_MANAGE)
        own = "" if _manages_all(by) else by.subject
        read = one_more(partial(self._keys.listed, by.tenant_id, own), lambda key: key.entry.position)
        return page_of(self._cursors, list_of(by, "api-keys", own), read, limit=limit, cursor=cursor)

    def get(self, by: Principal, key_id: str) -> ApiKey:
        """A key that the caller manages."""
        by.require_in_tenant(Scope.KEYS_MANAGE)
        key = self._keys.key(key_id) if is_key_id(key_id) else None
        if key is None or key.tenant_id != by.tenant_id or not (_manages_all(by) or key.user_id == by.subject):
            raise NotFound.of("key_id", "API key", key_id)
        return key

    def change(self, by: Principal, key_id: str, terms: KeyTerms) -> ApiKey:
        """Changes what `terms` sets. Raises InvalidInput, PermissionDenied (as for a new key)."""

        def attempt() -> ApiKey:
            before = self.get(by, key_id)
            after = terms.applied(before, self._clock())
            if replace(after, name=before.name) != before:
                self._check(by, after)
            if after != before:
                self._keys.change(before, after)
            return after

        return settled(attempt)

    def rotate(self, by: Principal, key_id: str, grace_seconds: int) -> NewKey:
        """Gives a key a new secret. The one before is accepted for `grace_seconds` more.

        A request with a key that is repeated after a crash has rotated it already, to a secret that nobody has seen.
        The repeat shows another one, and the secret before keeps its grace.

        Raises:
            InvalidInput
            PermissionDenied: the key is another person's, or could be used for more than the caller.
            Contended: another caller has rotated it meanwhile.
            WrongState: the request is repeated, and another one has rotated the key after it.
        """
        key, until = self.get(by, key_id), self._clock() + grace(grace_seconds)
        if key.user_id != by.subject and not self._is_service_account(by, key.user_id):
            raise PermissionDenied.of("key_id", "the key acts for another person, who alone may rotate it")
        self._check(by, key)
        secret, effect = KeySecret.fresh(key.id), effect_id()
        again = bool(effect) and effect in key.rotations
        if again and key.rotations[-1] != effect:
            raise WrongState.of("key_id", "the key was rotated by this request, and by another one after it")
        rotated = key.reissued(secret) if again else key.rotated(secret, until, effect)
        if not self._keys.rotate(key, rotated):
            raise Contended("another caller has rotated or deleted the key meanwhile; read it again")
        return NewKey(self.get(by, key_id), secret)

    def revoke(self, by: Principal, key_id: str) -> None:
        """Deletes a key, which ends it."""
        if not self._keys.remove(self.get(by, key_id)):
            raise NotFound.of("key_id", "API key", key_id)

    def _service_account(self, by: Principal, account_id: str) -> User:
        by.require_in_tenant(Scope.USERS_ADMIN)
        account = self._members.user(by.tenant_id, known_id("service_account_id", "service account", account_id))
        if account is None or account.kind is not MemberKind.SERVICE:
            raise NotFound.of("service_account_id", "service account", account_id)
        return account

    def _is_service_account(self, by: Principal, user_id: str) -> bool:
        owner = self._members.user(by.tenant_id, user_id)
        return owner is not None and owner.kind is MemberKind.SERVICE

    def _check(self, by: Principal, key: ApiKey) -> None:
        """Raises PermissionDenied if the key could be used for more than the caller or its owner."""
        own = kept_member(by) if key.user_id == by.subject else None
        owner = own or self._members.user(by.tenant_id, key.user_id)
        check_within_maker(key, by, self._shown(by), owner.roles if owner else frozenset())

    def _shown(self, by: Principal) -> ApiKey | None:
        """The key that the caller itself uses; None if it uses a session. Raises Unauthenticated if it was revoked."""
        kind, credential_id = parsed_credential(by.credential)
        if kind != KEY:
            return None
        shown = self._keys.key(credential_id)
        if shown is None:
            raise session_ended()
        return shown


def _manages_all(by: Principal) -> bool:
    return Scope.USERS_ADMIN in by.tenant_scopes
