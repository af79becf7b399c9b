"""The four steps in which Secrets Manager has a secret rotated. Each may come again, and then changes nothing."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from maas.domain.errors import InvalidInput, NotFound, WrongState

# The stages of a version: in use, and being made. AWS moves AWSPREVIOUS along by itself.
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class Step(StrEnum):
    """As Secrets Manager calls them."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class SecretVersions(Protocol):
    """The versions of secrets. Each method raises NotFound for a secret that is absent, Unavailable for no answer."""

    def stages(self, secret_id: str) -> Mapping[str, frozenset[str]]:
        """The stages of each version."""
        ...

    def text(self, secret_id: str, version: str) -> str | None:
        """None for a version that has been announced but has no text yet."""
        ...

    def put_pending(self, secret_id: str, version: str, text: str) -> None:
        """Gives the version, which has none yet, its text, and the stage PENDING.

        Of two that do so at once, the first one's text stays, and neither is told.
        """
        ...

    def make_current(self, secret_id: str, version: str, instead_of: str) -> None:
        """Moves the stage CURRENT from `instead_of`, which has it, to `version`."""
        ...


class KeyTexts(Protocol):
    """What the text of such a secret means."""

    def successor(self, text: str) -> str:
        """The next text. Raises WrongState where it is too early for one, InvalidInput for a text that is none."""
        ...

    def check(self, text: str, before: str) -> None:
        """Signs and verifies with the keys of both texts.

        Raises:
            InvalidInput: whoever reads `text` would refuse tokens of one of the two current keys.
            WrongState: `text` was made too long ago.
        """
        ...


class RotationService:
    """No one else keeps our keys, so setting them, the second step, takes nothing: readers find out by themselves."""

    def __init__(self, versions: SecretVersions, keys: KeyTexts) -> None:
        self._versions = versions
        self._keys = keys

    def run(self, step: Step, secret_id: str, version: str) -> None:
        """Takes one step with the version that Secrets Manager has announced.

        Raises:
            NotFound: no such secret, or no such version of it.
            WrongState: the version is not the pending one, its text is too old, the key before is still in use,
                or the secret has no current version.
            InvalidInput: the secret's text is not that of a signing key.
            Unavailable: Secrets Manager gives no answer.
        """
        stages = self._versions.stages(secret_id)
        if version not in stages:
            raise NotFound.of("ClientRequestToken", "version of the secret", version)
        if CURRENT in stages[version]:
            return  # it has been finished
        if PENDING not in stages[version]:
            raise WrongState.of("ClientRequestToken", f"the version {version} is not {PENDING}, so it can't be rotated")
        current = _current(stages)
        match step:
            case Step.CREATE:
                self._create(secret_id, version, current)
            case Step.SET:
                pass
            case Step.TEST:
                self._test(secret_id, version, current)
            case Step.FINISH:
                self._test(secret_id, version, current)
                self._versions.make_current(secret_id, version, instead_of=current)

    def _create(self, secret_id: str, version: str, current: str) -> None:
        if self._versions.text(secret_id, version) is None:
            self._versions.put_pending(secret_id, version, self._keys.successor(self._text(secret_id, current)))

    def _test(self, secret_id: str, version: str, current: str) -> None:
        self._keys.check(self._text(secret_id, version), before=self._text(secret_id, current))

    def _text(self, secret_id: str, version: str) -> str:
        found = self._versions.text(secret_id, version)
        if found is None:
            raise InvalidInput.of("ClientRequestToken", "text", f"the version {version} has no text yet")
        return found


def _current(stages: Mapping[str, frozenset[str]]) -> str:
    for version, held in stages.items():
        if CURRENT in held:
            return version
    raise WrongState.of("SecretId", f"the secret has no version that is {CURRENT}, so there is no key to follow")
