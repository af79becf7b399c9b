"""Wiring of the models function: models, their versions and aliases, and what changed between versions."""

from maas.adapters.graphs import S3GraphStore
from maas.adapters.registry import GrpcRegistry
from maas.keyring import Keys
from maas.services.changelog import ChangelogService
from maas.services.diff import DiffService
from maas.settings import AwsSettings, ObjectSettings, RegistrySettings, read
from maas.web.aliases import aliases_routes
from maas.web.app import create_app, lambda_handler
from maas.web.changelog import changelog_routes
from maas.web.diff import diff_routes
from maas.web.models import models_routes
from maas.web.versions import versions_routes

settings = read(RegistrySettings)
registry = GrpcRegistry(settings.address, Keys.of(settings.secret, read(AwsSettings).endpoint), settings.roots)
objects = read(ObjectSettings)
diff = DiffService(registry, S3GraphStore(objects.bucket, objects.endpoint))
routers = (
    models_routes(registry),
    versions_routes(registry),
    aliases_routes(registry),
    diff_routes(diff),
    changelog_routes(ChangelogService(registry)),
)
handler = lambda_handler(create_app(*routers, title="MaaS models"))
