"""Wiring of the rotator function: Secrets Manager calls it for each of the four steps of a rotation."""

from maas.entrypoints.cold_start import ready

from collections.abc import Mapping
from typing import Any

from maas.adapters.aws.secret_versions import SecretsManagerVersions
from maas.adapters.signing_keys import SigningKeys
from maas.domain.errors import InvalidInput, Rule
from maas.platform.environment import AwsSettings, read
from maas.platform.observability import logger
from maas.services.rotation import RotationService, Step

service = RotationService(SecretsManagerVersions(read(AwsSettings).endpoint), SigningKeys())


@ready
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Runs one step. An error is raised: Secrets Manager then keeps the current version."""
    step, secret_id, version = (_text(event, name) for name in ("Step", "SecretId", "ClientRequestToken"))
    if step not in set(Step):
        raise InvalidInput.of("Step", Rule.ENUM, f"must be one of {', '.join(Step)}")
    service.run(Step(step), secret_id, version)
    logger.info("rotation step taken", step=step, secret=secret_id, version=version)


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput.of(name, Rule.TYPE, "must be a text")
    return value
