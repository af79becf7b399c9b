"""The registry, a module for each part. These docstrings are the contract, wherever the methods are implemented.

Every method raises Unavailable if the registry does not answer in time, and NotFound for records that are absent or
belong to another tenant.
"""

from typing import Protocol

from maas.services.ports.aliases import AliasRegistry
from maas.services.ports.captures import CaptureRegistry
from maas.services.ports.contents import ContentRegistry
from maas.services.ports.grants import GrantRegistry, HeldGrantRegistry
from maas.services.ports.models import ModelRegistry
from maas.services.ports.rollouts import RolloutRegistry
from maas.services.ports.upload_registry import FileRegistry, UploadRegistry
from maas.services.ports.usage import UsageRegistry
from maas.services.ports.version_registry import VersionRegistry


class Registry(
    ModelRegistry,
    VersionRegistry,
    AliasRegistry,
    RolloutRegistry,
    CaptureRegistry,
    GrantRegistry,
    HeldGrantRegistry,
    UploadRegistry,
    ContentRegistry,
    FileRegistry,
    UsageRegistry,
    Protocol,
):
    """All methods of the registry."""
