"""Versions of secrets in memory."""

from collections.abc import Mapping

from maas.domain.errors import NotFound
from maas.domain.ids import new_id
from maas.services.ports.secrets import CURRENT, PENDING


class FakeSecretVersions:
    """Implements maas.services.ports.secrets.SecretVersions."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str | None]] = {}
        self._stages: dict[str, dict[str, set[str]]] = {}

    def create(self, text: str) -> str:
        """Creates a secret and returns its id."""
        secret_id, version = new_id(), new_id()
        self._texts[secret_id], self._stages[secret_id] = {version: text}, {version: {CURRENT}}
        return secret_id

    def announce(self, secret_id: str) -> str:
        """Adds a pending version without text, as the start of a rotation does, and returns its id."""
        version = new_id()
        self._texts[secret_id][version], self._stages[secret_id][version] = None, {PENDING}
        return version

    def stages(self, secret_id: str) -> Mapping[str, frozenset[str]]:
        if secret_id not in self._stages:
            raise NotFound.of("SecretId", "secret", secret_id)
        return {version: frozenset(stages) for version, stages in self._stages[secret_id].items() if stages}

    def text(self, secret_id: str, version: str) -> str | None:
        return self._texts[secret_id].get(version)

    def put_pending(self, secret_id: str, version: str, text: str) -> None:
        if self._texts[secret_id].get(version) is None:
            self._texts[secret_id][version] = text
        self._stages[secret_id][version].add(PENDING)

    def make_current(self, secret_id: str, version: str, instead_of: str) -> None:
        self._stages[secret_id][instead_of].remove(CURRENT)
        self._stages[secret_id][version].add(CURRENT)
