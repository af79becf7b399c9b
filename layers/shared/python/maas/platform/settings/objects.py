"""The bucket of models' files."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class ObjectSettings:
    """`public_endpoint` is the address that clients use; presigned URLs carry it."""

    bucket: str = env("MAAS_ARTIFACTS_BUCKET")
    endpoint: str = env("MAAS_S3_ENDPOINT", default="")
    public_endpoint: str = env("MAAS_S3_PUBLIC_ENDPOINT", default="")
