"""Rotation of a secret, in the four steps that Secrets Manager requests. Each step is idempotent."""

from collections.abc import Mapping
from enum import StrEnum

from maas.domain.errors import InvalidInput, NotFound, Rule, WrongState
from maas.services.ports.secrets import CURRENT, PENDING, KeyTexts, SecretVersions


class Step(StrEnum):
    """A rotation step, by the name that Secrets Manager sends."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class RotationService:
    """The second step, setting the secret, does nothing: our keys have no other holder, and readers re-read them."""

    def __init__(self, versions: SecretVersions, keys: KeyTexts) -> None:
        self._versions = versions
        self._keys = keys

    def run(self, step: Step, secret_id: str, version: str) -> None:
        """Performs one step for the version that Secrets Manager has announced.

        Raises:
            NotFound: the secret or its version does not exist.
            WrongState: the version is not the pending one, its text is too old, the previous key is still in use,
                or the secret has no current version.
            InvalidInput: the secret's text is not one of signing keys.
            Unavailable: Secrets Manager does not answer.
        """
        stages = self._versions.stages(secret_id)
        if version not in stages:
            raise NotFound.of("ClientRequestToken", "version of the secret", version)
        if CURRENT in stages[version]:
            return  # already finished
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
        text = self._versions.text(secret_id, version)
        if text is None:
            raise InvalidInput.of("ClientRequestToken", Rule.REQUIRED, f"the version {version} has no text yet")
        return text


def _current(stages: Mapping[str, frozenset[str]]) -> str:
    for version, held in stages.items():
        if CURRENT in held:
            return version
    raise WrongState.of("SecretId", f"the secret has no version that is {CURRENT}, so there is no key to follow")
