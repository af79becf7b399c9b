"""The calls of the registry that read versions and release them."""

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import Version, parse
from maas.domain.identity.principals import Principal, Scope
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.versions import from_version


class VersionCalls(RegistryCalls):
    """Implements maas.services.ports.versions.VersionReleases."""

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        return from_version((await self._get_version(by, model_id, ref, right)).version)

    async def _get_version(self, by: Principal, model_id: str, ref: str, right: Scope) -> pb.GetVersionResponse:
        if ref:
            parse_reference(ref)  # a malformed one costs no call, and is told while the registry is down
        fields = {"model_id": model_id, "ref": ref, "right": right}
        answer: pb.GetVersionResponse = await self._call(by, "GetVersion", pb.GetVersionRequest, **fields)
        return answer

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        parse(version)
        answer = await self._call(
            by,
            "PublishVersion",
            pb.PublishVersionRequest,
            model_id=model_id,
            version=version,
            force=force,
            expected_revision=expected_revision,
        )
        return from_version(answer.version)

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Version:
        named = {"model_id": model_id, "version": parse(version), "expected_revision": expected_revision}
        answer = await self._call(by, "DeprecateVersion", pb.DeprecateVersionRequest, **named)
        return from_version(answer.version)
