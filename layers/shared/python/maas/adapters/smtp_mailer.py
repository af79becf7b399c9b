"""Mail by SMTP, to a server on a trusted network: the local stack's."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from maas.domain.errors import Unavailable
from maas.domain.identity.mail import Mail
from maas.platform.observability import logger

# Seconds for each answer of the server.
TIMEOUT = 3.0
_LINE_MAX = 998


class SmtpMailer:
    """The Mailer port. `server` is host:port."""

    has_sender = True

    def __init__(self, server: str, sender: str, timeout: float = TIMEOUT) -> None:
        host, _, port = server.rpartition(":")
        self._server, self._sender, self._timeout = (host, int(port)), sender, timeout

    def check(self) -> None:
        with self._connected() as server:
            server.noop()

    def send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
        message.set_content(mail.text, cte=_encoding(mail.text))
        with self._connected() as server:
            server.send_message(message, self._sender, [mail.to])

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            with smtplib.SMTP(*self._server, timeout=self._timeout) as server:
                yield server
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("a mail can't be sent", reason=type(error).__name__)  # its text may name the recipient
            raise Unavailable("mail can't be sent just now; try again") from error


def _encoding(text: str) -> str:
    """Plain text where SMTP takes it (RFC 5321, 4.5.3.1.6), so that a token can be copied from the file."""
    is_plain = text.isascii() and max(map(len, text.splitlines()), default=0) <= _LINE_MAX
    return "7bit" if is_plain else "quoted-printable"
