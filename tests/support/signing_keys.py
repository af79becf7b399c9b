"""Signing keys of a secret that never changes."""

import json

from maas.security.keyring import Keyring, TokenKeys
from maas.security.secret_values import Secret


def keys_of(secret: str) -> TokenKeys:
    return TokenKeys(Secret(lambda: json.dumps({"current": secret}), Keyring.parse))
