"""The use cases of uploads over fakes."""

from maas.security.challenge_secrets import DerivedSecrets
from maas.services.ports.messaging import ValidationQueue
from maas.services.ports.registry import Registry
from maas.services.ports.storage import ObjectStore
from maas.services.possession import PossessionService
from maas.services.uploads import UploadService
from tests.support.registry_server import KEYS

SECRETS = DerivedSecrets(KEYS)


def upload_service(registry: Registry, objects: ObjectStore, queue: ValidationQueue, max_bytes: int) -> UploadService:
    return UploadService(registry, objects, queue, PossessionService(registry, objects, SECRETS), max_bytes)
