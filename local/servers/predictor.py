"""The predictor's environment, which is that of the inference function with the secret of access tokens."""

from local.template.specs import Application, ContainerSpec


def predictor(application: Application) -> ContainerSpec | None:
    """The container of the predictor, which template.yaml does not declare (docs/decisions/0078).

    None for a template without the functions that it stands beside.
    """
    inference, authorizer = (application.functions.get(f"{name}Function") for name in ("Inference", "Authorizer"))
    if inference is None or authorizer is None:
        return None
    environment = {**authorizer.environment, **inference.environment}
    return ContainerSpec(
        "predictor",
        {**environment, "POWERTOOLS_SERVICE_NAME": "predictor", "MAAS_PREDICTOR_MEMORY": str(inference.memory)},
    )
