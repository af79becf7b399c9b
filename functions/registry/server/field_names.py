"""Fields of requests of model.ModelService that have another name than in the domain."""

from collections.abc import Mapping

# The field's name in a method's request for its name in the domain. maas.registry.v1 reports the names of the domain,
# since our own functions translate them for HTTP.
FIELD_NAMES: Mapping[str, Mapping[str, str]] = {
    "/model.ModelService/GetModel": {"model_id": "id"},
    "/model.ModelService/UpdateModel": {"model_id": "id"},
    "/model.ModelService/DeleteModel": {"model_id": "id"},
    "/model.ModelService/UpdateModelStatus": {"model_id": "id"},
}
