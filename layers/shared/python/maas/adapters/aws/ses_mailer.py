"""Mail by Amazon SES, API version 2."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maas.domain.errors import Unavailable
from maas.domain.identity.mail import Mail
from maas.platform.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import ContentTypeDef

# At most 8 s in all attempts.
_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


class SesMailer:
    """The Mailer port. `endpoint` empty: AWS itself. Nothing is sent before the first call."""

    has_sender = True

    def __init__(self, sender: str, endpoint: str = "") -> None:
        self._client = boto3.client("sesv2", endpoint_url=endpoint or None, config=_CONFIG)
        self._sender = sender

    def check(self) -> None:
        """Does nothing: SES can be asked whether it sends only once a second, for the whole account."""

    def send(self, mail: Mail) -> None:
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={"Simple": {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.text)}}},
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("a mail can't be sent", reason=_reason(error))
            raise Unavailable("mail can't be sent just now; try again") from error


def _utf8(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}


def _reason(error: BotoCoreError | ClientError) -> str:
    """The error's code: its text may name the recipient."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
