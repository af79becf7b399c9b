"""Fixtures for deployments of the templates, unchanged and with a change that breaks a rule."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.template.deployment import ENVIRONMENTS, Deployment, Sources, deployment, load
from tests.template.translation import Translator, running_translator


@pytest.fixture(scope="session")
def translate() -> Iterator[Translator]:
    with running_translator() as translator:
        yield translator


@pytest.fixture(scope="session")
def deployments(translate: Translator) -> Mapping[str, Deployment]:
    """The deployment of each environment of samconfig.toml."""
    return {environment: deployment(load(), environment, translate) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def broken(translate: Translator) -> Callable[[Callable[[Sources], None]], Deployment]:
    """Returns the deployment of production after a change of the templates."""

    def change(by: Callable[[Sources], None]) -> Deployment:
        sources = load()
        by(sources)
        return deployment(sources, "prod", translate)

    return change
