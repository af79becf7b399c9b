"""The mailer that the settings name."""

from maas.adapters.aws.ses_mailer import SesMailer
from maas.adapters.smtp_mailer import SmtpMailer
from maas.domain.errors import Unavailable
from maas.domain.identity.mail import Mail
from maas.platform.settings.webhooks import MailSettings


class NoMailer:
    """The Mailer port without a sender: nothing is sent."""

    has_sender = False

    def check(self) -> None:
        raise Unavailable("this service sends no mail, because its operator has set no sender")

    def send(self, mail: Mail) -> None:  # noqa: ARG002
        self.check()


def mailer_of(settings: MailSettings, endpoint: str = "") -> SesMailer | SmtpMailer | NoMailer:
    """SES if there is a sender, or the SMTP server if one is named. `endpoint` is that of AWS's APIs."""
    if not settings.sender:
        return NoMailer()
    return SmtpMailer(settings.smtp, settings.sender) if settings.smtp else SesMailer(settings.sender, endpoint)
