"""A mail server in memory, and the times of mails."""

from dataclasses import dataclass, field
from datetime import datetime

from maas.domain.errors import Unavailable
from maas.domain.identity.addresses import email_key
from maas.domain.identity.mail import Mail


@dataclass
class FakeMailer:
    """`is_down` fails both methods, `refuses` only mail to somebody. Without `has_sender` there is no mail at all."""

    sent: list[Mail] = field(default_factory=list)
    is_down: bool = False
    refuses: bool = False
    checked: int = 0
    has_sender: bool = True

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
    mailed: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def claim(self, email: str, kind: str, now: datetime, before: datetime) -> bool:
        last = self.mailed.get((email_key(email), kind))
        if last is not None and last > before:
            return False
        self.mailed[email_key(email), kind] = now
        return True
