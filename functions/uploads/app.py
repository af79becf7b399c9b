"""Wiring of the uploads function: presigned multipart uploads, and downloads."""

from maas.adapters.aws.objects import S3ObjectStore
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.adapters.registry.client import GrpcRegistry
from maas.entrypoints.http import create_app, lambda_handler
from maas.platform.settings import AwsSettings, ObjectSettings, RegistrySettings, UploadSettings, read
from maas.security.keyring import Keys
from maas.services.uploads import UploadService
from maas.web.routes.uploads import uploads_routes

endpoint = read(AwsSettings).endpoint
registry = read(RegistrySettings)
objects = read(ObjectSettings)
uploads = read(UploadSettings)
service = UploadService(
    GrpcRegistry(registry.address, Keys.of(registry.secret, endpoint), registry.roots),
    S3ObjectStore(objects.bucket, objects.endpoint, objects.public_endpoint),
    SqsValidationQueue(uploads.queue_url, endpoint),
    uploads.max_bytes,
)
handler = lambda_handler(create_app(uploads_routes(service), title="MaaS uploads"))
