"""Fixtures of the templates: as they would be deployed, and as they would be if somebody broke them."""

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
    """What each environment of samconfig.toml deploys."""
    return {environment: deployment(load(), environment, translate) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def broken(translate: Translator) -> Callable[[Callable[[Sources], None]], Deployment]:
    """What production would be after a change of the templates."""

    def change(by: Callable[[Sources], None]) -> Deployment:
        sources = load()
        by(sources)
        return deployment(sources, "prod", translate)

    return change
