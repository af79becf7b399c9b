"""The texts of mails."""

from datetime import timedelta
from string import Template

from maas.domain.identity.mail import Mail

_PASSWORD_RESET = Template("""\
Somebody, probably you, has asked for a new password of your MaaS account.

Send this token and the new password to POST /api/v1/auth/password/reset within $minutes minutes:

$token

    {"token": "<the token>", "password": "<the new password>"}

The token works once. All sessions of the account end with it.
If you have not asked for it, ignore this mail: your password stays as it is.
""")


def password_reset(to: str, token: str, lifetime: timedelta) -> Mail:
    text = _PASSWORD_RESET.substitute(token=token, minutes=int(lifetime.total_seconds() // 60))
    return Mail(to, "A new password for MaaS", text)
