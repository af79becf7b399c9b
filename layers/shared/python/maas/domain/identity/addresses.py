"""E-mail addresses: stored and shown as they were given, and compared by a key."""

import re
import unicodedata

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule

EMAIL_MAX = 254
# The check is loose on purpose: only a delivered message proves that an address exists.
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# What mail programs read as something else than the address: brackets, quotes and what separates addresses (RFC 5322,
# 3.2.3), and the beginning of an encoded text (RFC 2047).
_SPECIAL = re.compile(r"""[()<>\[\]:;,"\\\s]|=\?""")


def email(value: str) -> str:
    """The stored form: NFC, without white space at the ends, at most 254 characters.

    Characters that can't be seen are refused, also those that words of some scripts need: they make two addresses look
    like one.
    """
    value = value_rules.label("email", value.strip(), maximum=EMAIL_MAX, joiners=False)
    if not _EMAIL.fullmatch(value):
        raise InvalidInput.of("email", Rule.EMAIL, "must be an e-mail address such as ada@example.com")
    return value


def chosen(value: str) -> str:
    """The stored form of an address that is new here. Accounts of earlier releases may have one that gets no mail."""
    value = email(value)
    if not is_mailable(value):
        raise InvalidInput.of("email", Rule.EMAIL, 'must be without ( ) < > [ ] : ; , " \\ and =?')
    return value


def is_mailable(address: str) -> bool:
    """Returns whether a mail to the address reaches this address, whatever reads it on the way.

    Names of hosts are put into the form NFKC on the way (RFC 3490), which makes a comma of a wide one.
    """
    read = unicodedata.normalize("NFKC", address)
    return read.count("@") == 1 and not _SPECIAL.search(read)


def email_key(address: str) -> str:
    """The form in which addresses are compared, and found in the table: in lower case.

    Full case folding joins mailboxes of different people (ß and ss), so it is used only where it agrees with lower
    case. There it keeps the keys of earlier releases (Cherokee).
    """
    key, folded = _lower(address), value_rules.fold(address)
    return folded if _lower(folded) == key else key


def _lower(address: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address).lower())
