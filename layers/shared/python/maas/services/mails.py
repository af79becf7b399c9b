"""The texts of mails. A token is a line of its own."""

import re
from datetime import timedelta
from string import Template

from maas.domain.identity.mail import Mail
from maas.domain.webhooks.subscriptions import Webhook

_PASSWORD_RESET = Template("""\
Somebody, probably you, has asked for a new password of your MaaS account.

Send this token and the new password to POST /api/v1/auth/password/reset within $minutes minutes:

$token

    {"token": "<the token>", "password": "<the new password>"}

The token works once. All sessions of the account end with it.
If you have not asked for it, ignore this mail: your password stays as it is.
""")
_REGISTRATION = Template("""\
Somebody, probably you, wants to register this address with MaaS.

To make the account, send the registration to POST /api/v1/auth/register again within $minutes minutes, with this token:

$token

    {"email": "<this address>", "password": "<the password>", "verification": "<the token>"}

If this was not you, ignore this mail: there is no account.
""")
_VERIFICATION = Template("""\
This address has an account with MaaS. It is not known yet whether the account's owner reads this mail.

If you have registered it, send this token and your password to POST /api/v1/auth/email/verify within $minutes minutes:

$token

    {"token": "<the token>", "password": "<your password>"}

If you have not registered it, ask for a new password with POST /api/v1/auth/password/forgot. It ends the sessions and
API keys of whoever has.
""")
_KNOWN_ADDRESS = """\
Somebody, probably you, wants to register or verify this address with MaaS. It has an account already, and is verified.

Log in with POST /api/v1/auth/login. If you have forgotten the password, ask for a new one with
POST /api/v1/auth/password/forgot.

If this was not you, ignore this mail: nothing has changed.
"""
_INVITATION = Template("""\
You are invited to join an organization on MaaS. It calls itself: $organization

To join, send this token to POST /api/v1/auth/register within $hours hours:

$token

    {"email": "<this address>", "password": "<the password>", "invitation": "<the token>"}

The password is the one of your account. If this address has no account yet, it is the password of the new one.
The token works once. If you don't expect this invitation, ignore this mail.
""")
# Of a name that strangers have chosen, a mail has only what can't become a link or another line.
_NOT_SHOWN = re.compile(r"[^\w &'-]+")
_NAME_MAX = 64

_WEBHOOK_DISABLED = Template("""\
A webhook of your organization is disabled: $reason.

    id:  $id
    URL: $url

It receives nothing until an admin enables it again: PATCH /api/v1/webhooks/$id with {"enabled": true}.
GET /api/v1/webhooks/$id/deliveries has the requests and answers of the last days.
""")


def webhook_disabled(to: str, webhook: Webhook) -> Mail:
    reason = webhook.disabled.meaning if webhook.disabled else ""
    text = _WEBHOOK_DISABLED.substitute(reason=reason, id=webhook.id, url=webhook.shown_url)
    return Mail(to, "A webhook is disabled", text)


def password_reset(to: str, token: str, lifetime: timedelta) -> Mail:
    return Mail(to, "A new password for MaaS", _filled(_PASSWORD_RESET, token, lifetime))


def registration(to: str, token: str, lifetime: timedelta) -> Mail:
    return Mail(to, "Your registration with MaaS", _filled(_REGISTRATION, token, lifetime))


def verification(to: str, token: str, lifetime: timedelta) -> Mail:
    return Mail(to, "Your address at MaaS", _filled(_VERIFICATION, token, lifetime))


def known_address(to: str) -> Mail:
    return Mail(to, "Your account with MaaS", _KNOWN_ADDRESS)


def invitation(to: str, token: str, organization: str, lifetime: timedelta) -> Mail:
    name = " ".join(_NOT_SHOWN.sub(" ", organization).split())[:_NAME_MAX]
    hours = int(lifetime.total_seconds() // 3600)
    return Mail(to, "An invitation to MaaS", _INVITATION.substitute(token=token, organization=name, hours=hours))


def _filled(text: Template, token: str, lifetime: timedelta) -> str:
    return text.substitute(token=token, minutes=int(lifetime.total_seconds() // 60))
