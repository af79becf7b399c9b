"""Wiring of the models function: models and their versions."""

from maas.adapters.registry import GrpcRegistry
from maas.keyring import Keys
from maas.settings import AwsSettings, RegistrySettings, read
from maas.web.app import create_app, lambda_handler
from maas.web.models import models_routes
from maas.web.versions import versions_routes

settings = read(RegistrySettings)
registry = GrpcRegistry(settings.address, Keys.of(settings.secret, read(AwsSettings).endpoint), settings.roots)
handler = lambda_handler(create_app(models_routes(registry), versions_routes(registry), title="MaaS models"))
