"""Every implementation of the SecretVersions port: in memory, and Secrets Manager simulated by moto."""

from dataclasses import dataclass

import pytest

from local.events.rotations import Rotations
from maas.adapters.aws.secret_versions import SecretsManagerVersions
from maas.domain.errors import NotFound
from maas.services.ports.secrets import CURRENT, PENDING, SecretVersions
from tests.fakes.secret_versions import FakeSecretVersions
from tests.support.aws import Aws


@dataclass
class Store:
    """An implementation, and `rotations`, which creates secrets and starts rotations for it."""

    versions: SecretVersions
    rotations: FakeSecretVersions | Rotations


@pytest.fixture(scope="module", params=["fake", "moto"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeSecretVersions()
        return Store(fake, fake)
    aws: Aws = request.getfixturevalue("aws")
    return Store(SecretsManagerVersions(aws.endpoint), Rotations(aws.endpoint))


def test_the_only_version_of_a_new_secret_is_current(store: Store) -> None:
    secret_id = store.rotations.create("the text")
    [(version, stages)] = store.versions.stages(secret_id).items()
    assert stages == {CURRENT}
    assert store.versions.text(secret_id, version) == "the text"


def test_an_announced_version_is_pending_and_has_no_text(store: Store) -> None:
    secret_id = store.rotations.create("old")
    version = store.rotations.announce(secret_id)
    assert store.versions.stages(secret_id)[version] == {PENDING}
    assert store.versions.text(secret_id, version) is None


def test_a_pending_version_becomes_the_current_one(store: Store) -> None:
    secret_id = store.rotations.create("old")
    [before] = store.versions.stages(secret_id)
    version = store.rotations.announce(secret_id)
    store.versions.put_pending(secret_id, version, "new")
    assert store.versions.text(secret_id, version) == "new"
    assert CURRENT in store.versions.stages(secret_id)[before]
    store.versions.make_current(secret_id, version, instead_of=before)
    stages = store.versions.stages(secret_id)
    assert CURRENT in stages[version]
    assert CURRENT not in stages.get(before, ())


def test_an_unknown_secret_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="secret not found"):
        store.versions.stages("nothing")
