"""The short way of predictions gives the answers, log lines and counts that the app gives for the same event."""

import asyncio
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.domain import errors
from maas.domain.errors import MaasError
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import Quotas
from maas.domain.inference.outputs import NotComputable
from maas.domain.inference.tensors import Feed
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.short_ways import ShortWays
from maas.services.call_statistics import CallStatistics, KeptStatistics
from maas.services.inference import InferenceService
from maas.services.request_limits import RequestLimits
from maas.web.problems import STATUS
from maas.web.routes.inference import inference_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, authorized, person

PREDICT, INFERENCE = "POST /api/v1/models/{model_id}/predict", "POST /api/v1/inference"
# A first feature of FAILS or more makes the model's call fail, each time with another error.
FAILS = 900
FAILURES: list[Exception] = [
    *[kind("said aloud") for kind in STATUS],
    errors.RateLimited.by("user", 3, "too many"),
    errors.ModelPaused.for_seconds(5),
    NotComputable("the model can't compute these values", "a secret of the model"),
    KeyError("arn:aws:secret /var/task"),
]
# What differs from call to call by its nature: new ids, times, durations, and where in the code a bug was answered.
_NEW = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}|(?<=dur=)[0-9.]+|\"duration_ms\":[0-9.e-]+"
    r'|"server_time":"[^"]*"'
)
_NEW_FIELDS = {"timestamp", "trace_id", "span_id", "milliseconds", "cold_start", "exception", "stack_trace"}


def compute(feed: Feed) -> Mapping[str, Any]:
    for value in feed.values[0].elements[:1]:
        if value >= FAILS and value < FAILS + len(FAILURES):
            raise FAILURES[int(value) - FAILS]
    return larger_column(feed)


class World:
    """One app over a registry, with counts of its own."""

    def __init__(self, registry: FakeRegistry, *, requests: int = 0) -> None:
        self.counts = KeptStatistics()
        self.calls = CallStatistics([self.counts], clock=lambda: 0.0)
        service = InferenceService(registry, FakeRuntime(compute))
        limits = RequestLimits(Quotas(organization=0, user=requests, api_key=0), None, clock=lambda: 0.0)
        self.app = create_app(inference_routes(service), title="inference", statistics=self.calls, limits=limits)
        self.short: ShortWays = self.app.state.short_ways

    def call(self, event: Mapping[str, Any], *, short: bool) -> tuple[Any, Any, Any]:
        """The answer to an event, the lines that were logged, and the counts, without what is new in each call."""
        self.app.state.short_ways = self.short if short else None
        with logged() as lines:
            answer = lambda_handler(self.app)({**event}, CONTEXT)
        self.calls.flush()
        return _settled(answer), _fields(lines()), self._counted()

    def _counted(self) -> Any:
        found = self.counts.read("acme", "", range(1))
        # A duration is counted by its bucket.
        return {version: {re.sub(r":\d+$", "", name) for name in names} for version, names in found.items()}


def _fields(lines: str) -> list[dict[str, Any]]:
    found = [
        {key: value for key, value in json.loads(line).items() if key not in _NEW_FIELDS} for line in lines.splitlines()
    ]
    return sorted(found, key=lambda fields: str(fields["message"]))


def _settled(answer: dict[str, Any]) -> Any:
    headers = dict(answer["headers"])
    assert int(headers.pop("content-length")) == len(answer["body"])  # of a body in ASCII; times have other lengths
    return json.loads(_NEW.sub("", json.dumps({**answer, "body": "", "headers": headers}))), _NEW.sub(
        "", answer["body"]
    )


@cache
def published() -> tuple[FakeRegistry, str]:
    registry = fake_registry()

    async def publish() -> str:
        model_id = await model_with_file(registry, person(), {"class_names": ["left", "right"]})
        await registry.publish_version(person(), model_id, "1.0.0")
        return model_id

    return registry, asyncio.get_event_loop().run_until_complete(publish())


def predict_event(body: str, headers: Mapping[str, str] | None = None, by: Principal | None = None) -> dict[str, Any]:
    path = f"/api/v1/models/{published()[1]}/predict"
    return {
        "version": "2.0",
        "routeKey": PREDICT,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.test", "content-type": "application/json", **(headers or {})},
        "requestContext": {
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "requestId": "gateway-request-id",
            "routeKey": PREDICT,
            "authorizer": {"lambda": authorized(by or person())},
        },
        "isBase64Encoded": False,
        "body": body,
    }


def is_short(world: World, event: Mapping[str, Any]) -> bool:
    return world.short.answer(event, CONTEXT) is not None


features = st.lists(st.integers(-3, 3) | st.sampled_from([0.5, 1e9, None, "1"]), min_size=1, max_size=3)
failing = st.integers(FAILS, FAILS + len(FAILURES)).map(lambda first: {"features": [first, 1]})
bodies = (
    st.fixed_dictionaries(
        {"features": features | st.lists(features, max_size=3)},
        optional={
            "version": st.sampled_from(["1.0.0", "^1", "latest", "9.9.9", "", "x" * 257, 'a"b', "ä"]),
            "timeout": st.sampled_from([5, 0.5, 0, -1, 30, "a", None]),
            "outputs": st.sampled_from([["label"], [], ["other"], ["label", "label"]]),
            "more": st.just(1),
        },
    )
    | failing
    | st.fixed_dictionaries({"inputs": st.dictionaries(st.sampled_from(["x", "y"]), features | st.just([[1, 2]]))})
)
texts = bodies.map(json.dumps) | st.sampled_from(
    [
        "",
        "{}",
        "[]",
        "nonsense",
        "null",
        '{"features": [1, 2]',
        '{"features": [1, 2], "features": [2, 1]}',
        '{"features": [2, 1], "f\\u0065atures": [1, 2]}',
        '{"inputs": {"x": [[1, 2]], "x": [[2, 1]]}}',
        '{"features": [1, NaN]}',
        '{"features": [1, 2]} ',
        '{"features": [1, "\\ud800"]}',
        '{"features": [1, "ü"]}',
        "[" * 300,
    ]
)
header_maps = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(["application/json", "*/*", "", "text/csv", "text/html", "a;q=x, text/csv;q=0.5"]),
        "Accept": st.just("text/csv"),
        "content-type": st.sampled_from(["application/json", "text/plain", "application/json; charset=utf-8", ""]),
        "cache-control": st.sampled_from(["no-cache", "max-age=5"]),
        "content-encoding": st.sampled_from(["gzip", "identity"]),
        "accept-encoding": st.just("gzip"),
        "x-request-timeout": st.sampled_from(["3", "0", "soon"]),
        "x-prediction-key": st.sampled_from(["mine", "", "é", "x" * 300]),
        "x-request-id": st.sampled_from(["mine", "not sane"]),
        "traceparent": st.sampled_from([f"00-{1:032x}-{2:016x}-01", "nonsense"]),
        "user-agent": st.just("bücher/1"),
    },
)
callers = st.sampled_from(
    [
        *[{"lambda": authorized(person())}] * 4,
        {"lambda": {**authorized(person()), "scopes": "models:read"}},
        {"lambda": {**authorized(person()), "scopes": "inference:invoke and more"}},
        {"lambda": authorized(person(tenant="other"))},
        {"lambda": {"problem": "token_expired", "detail": "it has expired"}},
        {"lambda": {"sub": "ada"}},
        None,
    ]
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    found = predict_event(draw(texts), draw(header_maps))
    found["requestContext"]["authorizer"] = draw(callers)
    http = found["requestContext"]["http"]
    http["path"] = draw(st.just(http["path"]) | st.sampled_from(["/api/v1/models/a%2Fb/predict", "/api/v1/models//x"]))
    http["method"] = draw(st.sampled_from(["POST"] * 5 + ["GET"]))
    if draw(st.booleans()):
        key = draw(st.sampled_from([INFERENCE, "$default"]))
        found["routeKey"] = found["requestContext"]["routeKey"] = key
        http["path"] = "/api/v1/inference" if key == INFERENCE else http["path"]
    found["rawQueryString"] = draw(st.sampled_from([""] * 5 + ["routing_key=a", "other=1"]))
    return found


@settings(max_examples=400, deadline=None)
@given(events())
def test_both_ways_give_the_same(event: dict[str, Any]) -> None:
    registry, _ = published()
    ways = [World(registry) for _ in range(2)]
    for _ in range(2):  # the second one may be answered by a kept result
        short, long = (world.call(event, short=is_short) for world, is_short in zip(ways, (True, False), strict=True))
        assert short == long


@pytest.mark.parametrize("number", range(len(FAILURES)))
def test_an_error_is_the_same_on_both_ways(number: int) -> None:
    registry, _ = published()
    event = predict_event(json.dumps({"features": [FAILS + number, 1]}))
    assert is_short(World(registry), event)

    found = [World(registry).call(event, short=short) for short in (True, False)]

    assert found[0] == found[1]
    (answer, body), lines, counted = found[0]
    assert answer["statusCode"] == json.loads(body)["status"] >= 400
    assert [line["status"] for line in lines if line["message"] == "request"] == [answer["statusCode"]]
    assert f"error:{json.loads(body)['code']}" in {name for names in counted.values() for name in names}


def test_limits_hold_on_the_short_way() -> None:
    registry, _ = published()
    ways = [World(registry, requests=50) for _ in range(2)]
    event = predict_event('{"features": [1, 2]}')

    replies = [
        [world.call(event, short=short) for _ in range(52)] for world, short in zip(ways, (True, False), strict=True)
    ]

    assert replies[0] == replies[1]
    assert [answer["statusCode"] for (answer, _), _, _ in replies[0]] == [200] * 50 + [429] * 2
    (last, _), _, _ = replies[0][-1]
    assert last["headers"]["ratelimit"] == '"user";r=0;t=60'


@pytest.mark.parametrize(
    ("body", "headers", "short"),
    [
        ('{"features": [1, 2]}', {}, True),
        ('{"features": [1, 2], "version": "1.0.0"}', {"accept": "text/csv"}, True),
        ('{"inputs": {"x": [[1, 2]]}}', {}, True),
        ('{"features": [1, 2], "features": [2, 1]}', {}, False),
        ('{"features": [1, 2], "more": 1}', {}, False),
        ('{"features": [1, 2]}', {"x-request-timeout": "3"}, False),
        ('{"features": [1, 2]}', {"content-type": "text/plain"}, False),
        ('{"features": [1, 2]}', {"accept": "text/html"}, False),
        ("", {}, False),
    ],
)
def test_plain_requests_take_the_short_way(body: str, headers: dict[str, str], short: bool) -> None:
    assert is_short(World(published()[0]), predict_event(body, headers)) == short


def test_the_first_request_tells_of_the_start_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    world = World(published()[0])
    event = predict_event('{"features": [1, 2]}')

    found = [world.call(event, short=short) for short in (True, True, False)]

    assert [answer["headers"]["x-cold-start"] for (answer, _), _, _ in found] == ["true", "false", "false"]


def test_every_kind_of_error_is_among_the_failures() -> None:
    assert {type(each) for each in FAILURES if isinstance(each, MaasError)} >= set(STATUS)
