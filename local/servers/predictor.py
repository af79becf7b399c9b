"""The predictor's environment, which is that of the inference function with the secret of access tokens."""

from local.template.specs import Application, ContainerSpec


def predictor(application: Application) -> ContainerSpec:
    """The container of the predictor, which template.yaml does not declare (docs/decisions/0078)."""
    inference, authorizer = application.functions["InferenceFunction"], application.functions["AuthorizerFunction"]
    environment = {**authorizer.environment, **inference.environment}
    return ContainerSpec(
        "predictor",
        {**environment, "POWERTOOLS_SERVICE_NAME": "predictor", "MAAS_PREDICTOR_MEMORY": str(inference.memory)},
    )
