"""The four steps in which Secrets Manager has a secret rotated. Each may come again, and then changes nothing."""

from collections.abc import Mapping
from enum import StrEnum

from maas.domain.errors import InvalidInput, NotFound, Rule, WrongState
from maas.services.ports.secrets import CURRENT, PENDING, KeyTexts, SecretVersions


class Step(StrEnum):
    """As Secrets Manager calls them."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


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
            raise InvalidInput.of("ClientRequestToken", Rule.REQUIRED, f"the version {version} has no text yet")
        return found


def _current(stages: Mapping[str, frozenset[str]]) -> str:
    for version, held in stages.items():
        if CURRENT in held:
            return version
    raise WrongState.of("SecretId", f"the secret has no version that is {CURRENT}, so there is no key to follow")
