"""Who may try to register or to sign in, decided before any password is hashed (docs/decisions/0051)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime

from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidCredentials, MaasError, RateLimited
from maas.domain.identity import addresses
from maas.domain.identity.attempts import KNOWN, Tally, Window, network
from maas.domain.identity.registration import AdmissionRules
from maas.services.ports.attempts import Attempts

# Failures for one account from one network.
ACCOUNT_NETWORK = Window("sign_in_account_network", 10, 15 * 60)
# Failures for one account from everywhere. It stops networks alone that have not signed in to the account before.
ACCOUNT = Window("sign_in_account", 100, 24 * 60 * 60)
NETWORK_SECONDS = 15 * 60
REGISTRATION_SECONDS = 60 * 60
# Invitations that an organization mails. Its admins choose whom strangers get a mail from.
INVITATION_MAILS = Window("invitation_mails", 200, 24 * 60 * 60)
# Of these, mails to one address, so that an organization can't fill a stranger's mailbox.
INVITATION_MAILS_ADDRESS = Window("invitation_mails_address", 5, 24 * 60 * 60)

_Counted = tuple[Window, str]


class Admission:
    """Counts attempts by account and network. Known and unknown addresses count alike.

    `limited` takes the address of each attempt that is refused before the password is looked at.
    """

    def __init__(
        self,
        attempts: Attempts,
        rules: AdmissionRules,
        clock: Callable[[], datetime] = wall_clock,
        limited: Callable[[str], None] = lambda _email: None,
    ) -> None:
        self._attempts = attempts
        self._registration = rules.registration
        self._network = Window("sign_in_network", rules.failures, NETWORK_SECONDS)
        self._exchanges = Window("exchange_network", rules.failures, NETWORK_SECONDS)
        self._registrations = Window("registration_network", rules.registrations, REGISTRATION_SECONDS)
        self._clock = clock
        self._limited = limited

    @contextmanager
    def registration(self, email: str, source: str, *, invited: bool) -> Iterator[None]:
        """Lets a person at address `source` register. With an invitation it counts as a sign-in too, as it may be one.

        Raises:
            RegistrationClosed: nobody may register, or only invited people.
            RateLimited: too many registrations or, with an invitation, failures to sign in.
        """
        self._registration.check(invited=invited)
        self.mail_request(source)
        with self.sign_in(email, source) if invited else nullcontext():
            yield

    def mail_request(self, source: str) -> None:
        """Counts a registration, or the request of a mail to any address, from the network. Raises RateLimited."""
        self._count_use((self._registrations, f"registrations from {network(source)}"))

    def invitation_mail(self, tenant_id: str, email: str) -> None:
        """Counts a mail of the organization to the address. Raises RateLimited."""
        to = addresses.email_key(email)
        self._count_use((INVITATION_MAILS_ADDRESS, f"invitation mails of {tenant_id} to {to}"))
        self._count_use((INVITATION_MAILS, f"invitation mails of {tenant_id}"))

    def _count_use(self, counted: _Counted) -> None:
        window, name = counted
        (tally,) = self._attempts.read([name])
        self._check(window, tally)
        if window.limit:
            after = self._count(counted, tally)
            if window.attempts(after, self._clock()) > window.limit:
                self._check(window, after)

    @contextmanager
    def sign_in(self, email: str, source: str, wrong: type[MaasError] = InvalidCredentials) -> Iterator[None]:
        """Lets somebody at address `source` try the password of an account. The error `wrong` is counted as a failure.

        Of attempts at once, those after the last allowed failure get the answer RateLimited too, right or wrong.

        Raises:
            RateLimited: too many failures for the account or from the network.
        """
        counted = self._counted(addresses.email(email), network(source))
        tallies = self._attempts.read([name for _, name in counted])
        try:
            self._check_all(counted, tallies)
        except RateLimited:
            self._limited(email)
            raise
        try:
            yield
        except wrong:
            self._fail(counted, tallies)
            raise
        except MaasError:  # such as a scope beyond the roles, which tells that the password was right
            self._check(counted[0][0], self._attempts.read([counted[0][1]])[0])
            raise
        (window, name), now = counted[0], self._clock()
        after = self._attempts.remember(name, int(now.timestamp()), int((now + KNOWN).timestamp()))
        self._check(window, after)

    @contextmanager
    def exchange(self, source: str, wrong: type[MaasError]) -> Iterator[None]:
        """Lets somebody at address `source` exchange a token. The error `wrong` is counted as a failure.

        Raises:
            RateLimited: too many failures from the network.
        """
        counted = [(self._exchanges, f"exchanges from {network(source)}")]
        tallies = self._attempts.read([name for _, name in counted])
        self._check_all(counted, tallies)
        try:
            yield
        except wrong:
            self._fail(counted, tallies)
            raise

    def _counted(self, email: str, source: str) -> Sequence[_Counted]:
        account = addresses.email_key(email)
        return (
            (ACCOUNT_NETWORK, f"sign-ins to {account} from {source}"),
            (ACCOUNT, f"sign-ins to {account}"),
            (self._network, f"sign-ins from {source}"),
        )

    def _check_all(self, counted: Sequence[_Counted], tallies: Sequence[Tally]) -> None:
        known = tallies[0].is_known(self._clock())
        for (window, _), tally in zip(counted, tallies, strict=True):
            if not (known and window is ACCOUNT):
                self._check(window, tally)

    def _fail(self, counted: Sequence[_Counted], tallies: Sequence[Tally]) -> None:
        """Counts a failure. Raises RateLimited if others were counted meanwhile, up to the limit."""
        now, known = self._clock(), tallies[0].is_known(self._clock())
        after = [self._count(each, tally) for each, tally in zip(counted, tallies, strict=True)]
        for (window, _), tally in zip(counted, after, strict=True):
            if window.limit and window.attempts(tally, now) > window.limit and not (known and window is ACCOUNT):
                self._check(window, tally)

    def _count(self, counted: _Counted, before: Tally) -> Tally:
        (window, name), now = counted, self._clock()
        expires = window.expires(now)
        if before.signed_in is not None:
            expires = max(expires, before.signed_in + int(KNOWN.total_seconds()))
        dropped = [part for part in before.counts if part < window.first(now)]
        return self._attempts.count(name, window.part(now), expires, dropped)

    def _check(self, window: Window, tally: Tally) -> None:
        if wait := window.wait(tally, self._clock()):
            raise RateLimited.by(window.name, wait, _MESSAGES[window.name])


_MESSAGES = {
    ACCOUNT_NETWORK.name: "too many failed sign-ins to this account from this network",
    ACCOUNT.name: "too many failed sign-ins to this account",
    "sign_in_network": "too many failed sign-ins from this network",
    "exchange_network": "too many tokens from this network that are not trusted",
    "registration_network": "too many registrations from this network",
    INVITATION_MAILS.name: "the organization has mailed too many invitations",
    INVITATION_MAILS_ADDRESS.name: "the organization has mailed too many invitations to this address",
}
