"""What runs locally, as plain values: functions, routes, event sources, containers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One Lambda: `timeout` in seconds, `memory` in MB (told to the function, not enforced)."""

    name: str
    physical_name: str
    arn: str
    code: Path
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    layers: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class AuthorizerSpec:
    """A REQUEST authorizer with simple responses; answers are kept `ttl` seconds per value of `headers`."""

    name: str
    function: str
    headers: tuple[str, ...]
    ttl: int


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """`method` may be ANY; `path` is API Gateway's, or `$default`; `timeout` in seconds."""

    method: str
    path: str
    function: str
    authorizer: AuthorizerSpec | None = None
    timeout: float = 30.0

    @property
    def key(self) -> str:
        """As API Gateway names it in `routeKey`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class CorsSpec:
    """What the API itself answers to browsers; `max_age` in seconds."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class SqsSource:
    """A queue that feeds a function; `window` is the longest wait for a fuller batch, in seconds."""

    queue_arn: str
    function: str
    batch_size: int = 10
    window: float = 0.0
    report_batch_item_failures: bool = False


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A table's stream that feeds a function from its first record on.

    `filters`: patterns, one of which a record must match. `bisect`: a batch that the function raises for comes again
    in halves.
    """

    stream_arn: str
    function: str
    batch_size: int = 100
    filters: tuple[Mapping[str, Any], ...] = ()
    bisect: bool = False
    report_batch_item_failures: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container of a task definition: it runs the module `functions.<name>`."""

    name: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that runs, with every reference resolved."""

    functions: Mapping[str, FunctionSpec]
    routes: tuple[RouteSpec, ...]
    sources: tuple[SqsSource, ...]
    streams: tuple[StreamSource, ...]
    containers: tuple[ContainerSpec, ...]
    cors: CorsSpec | None
