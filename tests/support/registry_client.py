"""The whole registry over gRPC."""

from maas.adapters.registry.aliases import AliasCalls
from maas.adapters.registry.captures import CaptureCalls
from maas.adapters.registry.contents import ContentCalls
from maas.adapters.registry.grants import GrantCalls
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.rollouts import RolloutCalls
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.adapters.registry.uploads import UploadCalls
from maas.adapters.registry.usage import UsageCalls
from maas.adapters.registry.version_changes import VersionChangeCalls


class GrpcRegistry(
    ModelCalls,
    RoutedVersionCalls,
    VersionChangeCalls,
    AliasCalls,
    RolloutCalls,
    CaptureCalls,
    GrantCalls,
    UploadCalls,
    ContentCalls,
    UsageCalls,
):
    """Implements maas.services.ports.registry.Registry. Each function has a class of the parts that it needs."""
