"""Notes what an organization's admins may want to look at, beside the request that it is about.

No request fails or waits because of it: an observation that can't be stored is logged and counted.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from maas.domain.clock import now as wall_clock
from maas.domain.errors import Unavailable
from maas.domain.identity.accounts import Credentials
from maas.domain.identity.actors import Actor
from maas.domain.identity.addresses import email_key
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.networks import wide_network
from maas.domain.identity.observations import (
    ANONYMOUS,
    ObservationType,
    SignInFailure,
    access_refused,
    key_used_from_new_network,
    sign_in_failed,
    token_not_trusted,
)
from maas.domain.identity.pauses import KNOWN_MAX, NETWORK_PAUSE, Pauses, Shares
from maas.domain.identity.principals import Principal
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.platform.observability import count, logger
from maas.platform.request_context import actor_of
from maas.services.ports.observations import ObservationLog

# So many wait to be stored at once. More of them are lost.
WAITING_MAX = 100
# Seconds that an answer waits for observations: Lambda stops the process when it has answered, until the next request.
PATIENCE = 0.005


class Observations:
    """Stores observations in a thread, each at most once a minute for one caller, action and object."""

    def __init__(self, log: ObservationLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._pauses, self._shares = Pauses(), Shares()
        self._networks, self._key_shares = Pauses(NETWORK_PAUSE), Shares()
        self._failed: dict[str, tuple[str, str]] = {}  # by address: organization and id of the account
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="observations")
        self._waiting: set[Future[None]] = set()

    def refused(self, by: Principal, action: str, what: str, reason: str) -> None:
        """A caller has no right to an action on the object `what`."""
        repeats = self._pauses.repeats((by.subject, action, what), self._clock())
        if repeats is None:
            return
        event = access_refused(by.tenant_id, what, action, reason, actor_of(by), wall_clock(), repeats)
        if self._shares.has_room(by.subject, self._clock()):
            self._store(event)
        else:
            self._lose(event, "the caller was refused too much")

    def sign_in_failed(self, email: str, known: Credentials | None) -> None:
        """A sign-in to an address has failed.

        For an address without an account the same work is done for no organization, so that time tells nothing.
        """
        account = email_key(email)
        if len(self._failed) >= KNOWN_MAX:
            self._failed.clear()
        self._failed[account] = (known.tenant_id, known.user_id) if known else ("", "")
        self._note_failure(account, SignInFailure.WRONG)

    def sign_in_limited(self, email: str) -> None:
        """A sign-in was refused after too many failures.

        No account is looked up for it: it is noted if this process has seen one of the failures.
        """
        if (account := email_key(email)) in self._failed:
            self._note_failure(account, SignInFailure.LIMITED)

    def key_used(self, by: Principal, key_id: str, known: Sequence[str], address: str) -> None:
        """A caller has used a key. It is noted if the address is in another network than those in `known`."""
        network, now = wide_network(address), self._clock()
        if network in ("", *known) or not self._networks.is_due((key_id, network), now):
            return
        event = key_used_from_new_network(by.tenant_id, key_id, known[-1], network, actor_of(by), wall_clock())
        if self._key_shares.has_room(key_id, now):
            self._store(event)
        else:
            self._lose(event, "the key was used from too many networks")

    def token_not_trusted(self, trusted: TrustedIssuer, token_subject: str, reason: str) -> None:
        """A token of a trusted issuer was not exchanged."""
        if self._pauses.is_due((ObservationType.TOKEN_NOT_TRUSTED, trusted.id, reason), self._clock()):
            tenant_id, by = trusted.tenant_id, _anonymous(trusted.tenant_id)
            self._store(token_not_trusted(tenant_id, trusted.id, token_subject, reason, by, wall_clock()))

    def _note_failure(self, account: str, reason: SignInFailure) -> None:
        repeats = self._pauses.repeats((reason, account), self._clock())
        if repeats is not None:
            tenant_id, user_id = self._failed[account]
            self._store(sign_in_failed(tenant_id, user_id, _anonymous(tenant_id), wall_clock(), reason, repeats))

    def settle(self, seconds: float = PATIENCE) -> None:
        """Waits a little for what is not stored yet."""
        if self._waiting:
            wait([*self._waiting], seconds)

    def _store(self, event: IdentityEvent) -> None:
        if len(self._waiting) >= WAITING_MAX:
            return self._lose(event, "too many others wait")
        stored = self._thread.submit(self._append, event)
        self._waiting.add(stored)
        stored.add_done_callback(self._waiting.discard)
        return None

    def _append(self, event: IdentityEvent) -> None:
        try:
            self._log.append(event)
        except Unavailable as error:
            self._lose(event, error.message)
        except Exception:  # noqa: BLE001 - nobody waits for the thread's result
            logger.exception("unexpected error")
            self._lose(event, "unexpected error")

    def _lose(self, event: IdentityEvent, reason: str) -> None:
        logger.warning("an observation is lost", type=event.type, tenant=event.tenant_id, reason=reason)
        count("ObservationsLost")


def _anonymous(tenant_id: str) -> Actor:
    """Whoever sends the current request without a credential, to an account or an issuer of the organization."""
    return actor_of(Principal(ANONYMOUS, tenant_id, frozenset(), frozenset()))
