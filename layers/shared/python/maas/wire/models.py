"""Models between the domain and maas.registry.v1, and from the domain to the older contract."""

from maas.domain.catalog.models import (
    Framework,
    Headline,
    Model,
    ModelChange,
    ModelFilter,
    ModelStatus,
    NewModel,
    WantedPage,
)
from maas.domain.catalog.versions import LATEST
from maas.rpc import model_pb2
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import expected_of, from_timestamp, moment_of, to_timestamp


def to_model(model: Model) -> pb.Model:
    return pb.Model(
        id=model.id,
        tenant_id=model.tenant_id,
        owner_id=model.owner_id,
        name=model.name,
        description=model.description,
        framework=model.framework,
        status=model.status,
        tags=model.tags,
        metadata=model.metadata,
        is_public=model.is_public,
        latest_version=model.latest_version,
        revision=model.revision,
        created_at=to_timestamp(model.created_at),
        updated_at=to_timestamp(model.updated_at),
        default_ref=model.default_ref,
    )


def from_model(message: pb.Model) -> Model:
    return Model(
        id=message.id,
        tenant_id=message.tenant_id,
        owner_id=message.owner_id,
        name=message.name,
        description=message.description,
        framework=Framework(message.framework),
        status=ModelStatus(message.status),
        tags=tuple(message.tags),
        metadata=dict(message.metadata),
        is_public=message.is_public,
        latest_version=message.latest_version,
        revision=message.revision,
        created_at=from_timestamp(message.created_at),
        updated_at=from_timestamp(message.updated_at),
        default_ref=message.default_ref or LATEST,
    )


def to_older_model(model: Model, headline: Headline | None) -> model_pb2.Model:
    """The model in the older contract. `headline` fills the fields of a version; None leaves them empty."""
    version = headline or Headline(version="")
    return model_pb2.Model(
        id=model.id,
        name=model.name,
        description=model.description,
        version=version.version,
        framework=model.framework,
        status=model.status,
        size=version.size,
        checksum=version.checksum,
        storage_path=version.storage_path,
        tags=model.tags,
        owner_id=model.owner_id,
        tenant_id=model.tenant_id,
        is_public=model.is_public,
        created_at=to_timestamp(model.created_at),
        updated_at=to_timestamp(model.updated_at),
    )


def to_create(new: NewModel) -> pb.CreateModelRequest:
    return pb.CreateModelRequest(
        name=new.name,
        description=new.description,
        framework=new.framework,
        tags=new.tags,
        metadata=new.metadata,
        is_public=new.is_public,
        version=new.version,
        default_ref=new.default_ref,
    )


def from_create(message: pb.CreateModelRequest) -> NewModel:
    return NewModel(
        name=message.name,
        description=message.description,
        framework=message.framework,
        tags=tuple(message.tags),
        metadata=dict(message.metadata),
        is_public=message.is_public,
        version=message.version if message.HasField("version") else None,
        default_ref=message.default_ref or LATEST,
    )


def to_list(filters: ModelFilter, wanted: WantedPage) -> pb.ListModelsRequest:
    return pb.ListModelsRequest(
        q=filters.q,
        name=filters.name,
        framework=filters.framework,
        status=filters.status,
        owner_id=filters.owner_id,
        tags=filters.tags,
        is_public=filters.is_public,
        limit=wanted.limit,
        cursor=wanted.cursor,
        sort=wanted.sort,
        created_after=to_timestamp(filters.created_after),
        created_before=to_timestamp(filters.created_before),
        page=wanted.page,
        visibility=filters.visibility,
    )


def from_list(message: pb.ListModelsRequest) -> tuple[ModelFilter, WantedPage]:
    filters = ModelFilter(
        q=message.q,
        name=message.name,
        framework=message.framework,
        status=message.status,
        owner_id=message.owner_id,
        tags=tuple(message.tags),
        is_public=message.is_public if message.HasField("is_public") else None,
        created_after=moment_of(message, "created_after") if message.HasField("created_after") else None,
        created_before=moment_of(message, "created_before") if message.HasField("created_before") else None,
        visibility=message.visibility,
    )
    page = message.page if message.HasField("page") else None
    return filters, WantedPage(limit=message.limit, cursor=message.cursor, sort=message.sort, page=page)


def to_update(model_id: str, change: ModelChange) -> pb.UpdateModelRequest:
    return pb.UpdateModelRequest(
        id=model_id,
        expected_revision=change.expected_revision,
        name=change.name,
        description=change.description,
        framework=change.framework,
        status=change.status,
        is_public=change.is_public,
        tags=None if change.tags is None else pb.StringList(values=change.tags),
        add_tags=change.add_tags,
        remove_tags=change.remove_tags,
        metadata=None if change.metadata is None else pb.StringMap(entries=change.metadata),
        default_ref=change.default_ref,
    )


def from_update(message: pb.UpdateModelRequest) -> ModelChange:
    return ModelChange(
        expected_revision=expected_of(message),
        name=message.name if message.HasField("name") else None,
        description=message.description if message.HasField("description") else None,
        framework=message.framework if message.HasField("framework") else None,
        status=message.status if message.HasField("status") else None,
        is_public=message.is_public if message.HasField("is_public") else None,
        tags=tuple(message.tags.values) if message.HasField("tags") else None,
        add_tags=tuple(message.add_tags),
        remove_tags=tuple(message.remove_tags),
        metadata=dict(message.metadata.entries) if message.HasField("metadata") else None,
        default_ref=(message.default_ref or LATEST) if message.HasField("default_ref") else None,
    )
