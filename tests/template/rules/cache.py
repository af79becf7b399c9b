"""The cache: reached over TLS only, with a password from Secrets Manager."""

from collections.abc import Iterator

from local.template.document import SECRET
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources

CACHE = "AWS::ElastiCache::ReplicationGroup"


@rule
def the_cache_requires_tls_and_a_password(deployment: Deployment) -> Iterator[str]:
    for cache in deployment.of_type(CACHE):
        encrypted = cache.properties.get("TransitEncryptionEnabled") is True
        token = str(cache.properties.get("AuthToken"))
        if not encrypted or cache.properties.get("TransitEncryptionMode", "required") != "required":
            yield f"{cache.name}: accepts plaintext"
        if "{{resolve:secretsmanager:" not in token:
            yield f"{cache.name}: its password is missing or is in the template"


@rule
def the_cache_is_called_over_tls(deployment: Deployment) -> Iterator[str]:
    for secret in deployment.of_type(SECRET):
        if "redis://" in str(secret.properties.get("SecretString")):
            yield f"{secret.name}: its URL makes clients call without TLS"


@breaks(the_cache_is_called_over_tls, "Url")
def plaintext_to_the_cache(sources: Sources) -> None:
    url = sources.resource("Url", "infra/cache.yaml")["Properties"]
    url["SecretString"] = {"Fn::Sub": url["SecretString"]["Fn::Sub"].replace("rediss://", "redis://")}


@breaks(the_cache_requires_tls_and_a_password, "Cache")
def cache_without_a_password(sources: Sources) -> None:
    del sources.resource("Cache", "infra/cache.yaml")["Properties"]["AuthToken"]


@breaks(the_cache_requires_tls_and_a_password, "Cache")
def cache_with_optional_tls(sources: Sources) -> None:
    sources.resource("Cache", "infra/cache.yaml")["Properties"]["TransitEncryptionMode"] = "preferred"


@breaks(the_cache_requires_tls_and_a_password, "Cache")
def cache_password_in_the_template(sources: Sources) -> None:
    sources.resource("Cache", "infra/cache.yaml")["Properties"]["AuthToken"] = "correct horse battery staple"
