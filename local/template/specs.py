"""Plain values that describe everything that runs locally: functions, routes, event sources, containers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One Lambda function. `timeout` is in seconds; `memory` is in MB and is reported to the function, not enforced."""

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
    """A REQUEST authorizer with simple responses, cached for `ttl` seconds per value of `headers`."""

    name: str
    function: str
    headers: tuple[str, ...]
    ttl: int


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One route. `method` may be ANY; `path` is in API Gateway's form, or `$default`; `timeout` is in seconds."""

    method: str
    path: str
    function: str
    authorizer: AuthorizerSpec | None = None
    timeout: float = 30.0

    @property
    def key(self) -> str:
        """The route's name in API Gateway's `routeKey`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class CorsSpec:
    """The API's CORS settings. `max_age` is in seconds."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class SqsSource:
    """A queue whose messages go to a function. `window` is the longest wait for a full batch, in seconds."""

    queue_arn: str
    function: str
    batch_size: int = 10
    window: float = 0.0
    report_batch_item_failures: bool = False


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A table's stream whose records, from the first one on, go to a function.

    A record must match one of the patterns in `filters`, if there are any. With `bisect`, a batch for which the
    function raises is split in two and retried.
    """

    stream_arn: str
    function: str
    batch_size: int = 100
    filters: tuple[Mapping[str, Any], ...] = ()
    bisect: bool = False
    report_batch_item_failures: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """A message `body` that goes into a queue every so many seconds."""

    name: str
    seconds: int
    queue_arn: str
    body: str


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container of a task definition. It runs the module `functions.<name>`."""

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
    schedules: tuple[Schedule, ...] = ()
