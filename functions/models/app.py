"""Wiring of the models function: models and their versions."""

from maas.adapters.registry import GrpcRegistry
from maas.secrets import secret_text
from maas.settings import AwsSettings, RegistrySettings, read
from maas.tokens import Key
from maas.web.app import create_app, lambda_handler
from maas.web.models import models_routes
from maas.web.versions import versions_routes

settings = read(RegistrySettings)
key = Key.derive(secret_text(settings.secret, read(AwsSettings).endpoint))
registry = GrpcRegistry(settings.address, key)
handler = lambda_handler(create_app(models_routes(registry), versions_routes(registry), title="MaaS models"))
