"""Rules of passwords: their length, and what a new one must not contain.

No mixture of characters is required (NIST SP 800-63B-4, 3.1.1.2). The maximum bounds the work of hashing.
"""

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule

PASSWORD_MIN, PASSWORD_MAX = 12, 256
# A shorter name is part of too many words.
_NAME_MIN = 4


def shown(value: str) -> str:
    """The NFC form of a password that is compared with a stored one. Those of earlier releases may be shorter."""
    return value_rules.nfc("password", value, PASSWORD_MAX)


def chosen(value: str, *, email: str, name: str) -> str:
    """The NFC form of a new password: 12 to 256 characters, without the user's name and the address's local part.

    Control characters are refused (RFC 8265, 4.2.1), because not every form can send them. One character alone is too.
    """
    value = value_rules.text("password", value, maximum=PASSWORD_MAX)
    if len(value) < PASSWORD_MIN:
        raise InvalidInput.of("password", Rule.MIN_LENGTH, f"must have at least {PASSWORD_MIN} characters")
    if len(set(value_rules.fold(value))) == 1:
        raise InvalidInput.of("password", Rule.COMMON, "must not be one character, repeated")
    personal = {value_rules.fold(each) for each in (email, email.rpartition("@")[0], name) if len(each) >= _NAME_MIN}
    if any(each in value_rules.fold(value) for each in personal):
        message = "must not contain the name or the part of the e-mail address before the @"
        raise InvalidInput.of("password", Rule.PERSONAL, message)
    return value
