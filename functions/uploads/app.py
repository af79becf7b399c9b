"""Wiring of the uploads function: presigned multipart uploads, and downloads."""

from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.adapters.registry.client import GrpcRegistry
from maas.entrypoints.http import create_app, lambda_handler
from maas.platform.settings import AwsSettings, ObjectSettings, RegistrySettings, UploadSettings, read
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.services.downloads import DownloadService
from maas.services.uploads import UploadService
from maas.web.routes.uploads import uploads_routes

endpoint = read(AwsSettings).endpoint
registry_settings = read(RegistrySettings)
object_settings = read(ObjectSettings)
upload_settings = read(UploadSettings)
keys = TokenKeys.of(registry_settings.secret, SecretReader(endpoint))
registry = GrpcRegistry(registry_settings.address, keys, registry_settings.roots)
objects = S3ObjectStore(object_settings.bucket, object_settings.endpoint, object_settings.public_endpoint)
queue = SqsValidationQueue(upload_settings.queue_url, endpoint)
uploads = UploadService(registry, objects, queue, upload_settings.max_bytes)
downloads = DownloadService(registry, objects)
handler = lambda_handler(create_app(uploads_routes(uploads, downloads), title="MaaS uploads"))
