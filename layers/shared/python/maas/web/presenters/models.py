"""Models between the domain and the contract."""

from maas.contracts.models import CreateModel, MetadataAnswer, ModelAnswer, PatchModel, ReplaceModel
from maas.domain.catalog.models import Model, ModelChange, NewModel


def new_model(body: CreateModel) -> NewModel:
    return NewModel(
        name=body.name,
        framework=body.framework,
        description=body.description,
        tags=tuple(body.tags),
        metadata=body.metadata,
        is_public=body.is_public,
        version=body.version,
        default_ref=body.default_ref,
    )


def model_change(body: ReplaceModel | PatchModel, expected_revision: int | None) -> ModelChange:
    return ModelChange(
        name=body.name,
        framework=body.framework,
        description=body.description,
        tags=None if body.tags is None else tuple(body.tags),
        metadata=body.metadata,
        is_public=body.is_public,
        default_ref=body.default_ref,
        expected_revision=expected_revision,
    )


def model_answer(model: Model) -> ModelAnswer:
    return ModelAnswer(
        id=model.id,
        name=model.name,
        description=model.description,
        framework=model.framework,
        status=model.status,
        tags=list(model.tags),
        metadata=dict(model.metadata),
        is_public=model.is_public,
        owner_id=model.owner_id,
        tenant_id=model.tenant_id,
        latest_version=model.latest_version or None,
        default_ref=model.default_ref,
        created_at=model.created_at,
        updated_at=model.updated_at,
        revision=model.revision,
    )


def metadata_answer(model: Model) -> MetadataAnswer:
    return MetadataAnswer(metadata=dict(model.metadata))
