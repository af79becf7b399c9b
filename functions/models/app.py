"""Wiring of the models function: models and their versions."""

from maas.adapters.graphs import S3GraphStore
from maas.adapters.registry import GrpcRegistry
from maas.keyring import Keys
from maas.services.diff import DiffService
from maas.settings import AwsSettings, ObjectSettings, RegistrySettings, read
from maas.web.app import create_app, lambda_handler
from maas.web.diff import diff_routes
from maas.web.models import models_routes
from maas.web.versions import versions_routes

settings = read(RegistrySettings)
registry = GrpcRegistry(settings.address, Keys.of(settings.secret, read(AwsSettings).endpoint), settings.roots)
objects = read(ObjectSettings)
diff = DiffService(registry, S3GraphStore(objects.bucket, objects.endpoint))
handler = lambda_handler(
    create_app(models_routes(registry), versions_routes(registry), diff_routes(diff), title="MaaS models")
)
