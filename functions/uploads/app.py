"""Wiring of the uploads function: presigned multipart uploads, and downloads."""

from maas.adapters.objects import S3ObjectStore
from maas.adapters.queue import SqsValidationQueue
from maas.adapters.registry import GrpcRegistry
from maas.keyring import Keys
from maas.services.uploads import UploadService
from maas.settings import AwsSettings, ObjectSettings, RegistrySettings, UploadSettings, read
from maas.web.app import create_app, lambda_handler
from maas.web.uploads import uploads_routes

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
