"""A mail server in memory, and the times of mails."""

from dataclasses import dataclass, field
from datetime import datetime

from maas.domain.errors import Unavailable
from maas.domain.identity.addresses import email_key
from maas.domain.identity.mail import Mail
from tests.fakes.identity import FakeIdentities


@dataclass
class FakeMailer:
    """`is_down` fails both methods, `refuses` only mail to somebody."""

    sent: list[Mail] = field(default_factory=list)
    is_down: bool = False
    refuses: bool = False
    checked: int = 0

    def check(self) -> None:
        self.checked += 1
        if self.is_down:
            raise Unavailable("mail can't be sent just now; try again")

    def send(self, mail: Mail) -> None:
        if self.is_down or self.refuses:
            raise Unavailable("mail can't be sent just now; try again")
        self.sent.append(mail)


@dataclass
class FakeMailPauses:
    identities: FakeIdentities
    mailed: dict[str, datetime] = field(default_factory=dict)

    def claim(self, email: str, now: datetime, before: datetime) -> bool:
        last = self.mailed.get(email_key(email))
        if email not in self.identities.by_email or (last is not None and last > before):
            return False
        self.mailed[email_key(email)] = now
        return True
