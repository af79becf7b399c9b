import time
from typing import Any

import pytest

from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.feedback import FeedbackService
from maas.web.routes.feedback import feedback_routes
from tests.fakes.feedback import FakeFeedback
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import Gateway, Reply, person
from tests.support.registry_server import make_model

FEEDBACK = "/api/v1/feedback"
OLD = "01939e4c-7d2a-7d00-8000-000000000009"


class Api:
    """The routes over fakes, and a model `iris` with kept predictions of three classes."""

    def __init__(self, registry: Any, model_id: str) -> None:
        self.store = FakeFeedback()
        app = create_app(feedback_routes(FeedbackService(registry, self.store)), title="monitoring")
        self.call = Gateway(lambda_handler(app))
        self.model_id = model_id

    def predicted(self, label: str, version: str = "1.0.0", key: str = "") -> str:
        """Keeps a prediction and returns its id."""
        row = KeptRow(label=label, confidence=0.75)
        names = ("setosa", "versicolor", "virginica")
        kept = Kept(
            tenant_id="acme",
            model_id=self.model_id,
            prediction_id=new_id(),
            version=version,
            at=time.time(),
            rows=(row,),
            names=names,
            key=key,
        )
        self.store.keep([kept])
        return kept.prediction_id

    def send(self, **body: Any) -> Reply:
        return self.call("POST", FEEDBACK, {"model_id": self.model_id, **body})

    def send_csv(self, content: bytes, query: str = "") -> Reply:
        query = query or f"?model_id={self.model_id}"
        return self.call("POST", FEEDBACK + query, body=content, headers={"content-type": "text/csv; charset=utf-8"})


@pytest.fixture
async def api() -> Api:
    registry = fake_registry()
    return Api(registry, (await make_model(registry, person())).id)


def errors(reply: Reply) -> list[tuple[str, str]]:
    return [(each["field"], each["rule"]) for each in reply.json["errors"]]


def test_one_item_is_answered_with_its_outcome(api: Api) -> None:
    prediction_id = api.predicted("setosa", key="order-7")
    outcomes = [
        api.send(prediction_id=prediction_id.upper(), label="setosa"),
        api.send(key="order-7", label=0),
        api.send(key="order-7", label="virginica"),
    ]
    assert [reply.status for reply in outcomes] == [200, 200, 200]
    assert [reply.json["items"][0]["outcome"] for reply in outcomes] == ["accepted", "duplicate", "replaced"]


def test_items_are_answered_one_by_one(api: Api) -> None:
    known = api.predicted("setosa")
    reply = api.send(
        items=[
            {"prediction_id": known, "label": "setosa"},
            {"prediction_id": OLD, "label": "setosa"},
            {"prediction_id": known, "score": 1.5},
            {"key": "order-9", "label": True},
        ]
    )
    assert reply.status == 200
    counts = {name: reply.json[name] for name in ("accepted", "unknown", "refused", "waiting")}
    assert counts == dict.fromkeys(counts, 1)
    assert reply.json["items"][2]["error"] == {
        "field": "score",
        "rule": "type",
        "message": "the model predicts classes; send label",
    }


@pytest.mark.parametrize(
    ("body", "status", "field", "rule"),
    [
        ({"prediction_id": OLD, "label": "a"}, 404, "prediction_id", "exists"),
        ({"prediction_id": "order-7", "label": "a"}, 422, "prediction_id", "uuid"),
        ({"prediction_id": "x" * 10_240, "label": "a"}, 422, "prediction_id", "max_length"),
        ({"label": "a"}, 422, "prediction_id", "required"),
        ({"prediction_id": OLD, "key": "k", "label": "a"}, 422, "prediction_id", "exclusive"),
        ({"key": "k" * 10_240, "label": "a"}, 422, "key", "max_length"),
        ({"key": "a b", "label": "a"}, 422, "key", "invalid"),
        ({"key": "k"}, 422, "label", "required"),
        ({"key": "k", "label": "a", "score": 1}, 422, "label", "exclusive"),
        ({"key": "k", "label": 1.5}, 422, "label", "type"),
        ({"key": "k", "label": ["a"]}, 422, "label", "type"),
        ({"key": "k", "label": "a" * 65}, 422, "label", "max_length"),
        ({"key": "k", "label": None}, 422, "label", "not_null"),
        ({"key": "k", "score": "1"}, 422, "score", "type"),
        ({"key": "k", "score": 1e10}, 422, "score", "range"),
        ({"key": "k", "label": "a", "row": 100}, 422, "row", "range"),
        ({"key": "k", "label": "a", "row": -1}, 422, "row", "range"),
        ({"key": "k", "label": "a", "weight": 1}, 422, "weight", "unknown"),
        ({"items": []}, 422, "items", "min_items"),
        ({"items": [{"key": "k", "label": "a"}] * 1001}, 422, "items", "max_items"),
        ({"items": [{"key": "k", "label": "a"}], "label": "a"}, 422, "label", "exclusive"),
        ({"items": [{"key": "k", "label": "a"}, {"key": "k"}]}, 422, "items[1].label", "required"),
    ],
)
def test_bad_feedback_names_field_and_rule(api: Api, body: dict[str, Any], status: int, field: str, rule: str) -> None:
    reply = api.send(**body)
    assert (reply.status, errors(reply)) == (status, [(field, rule)])


def test_csv_is_read_as_its_columns_say(api: Api) -> None:
    first, second = api.predicted("setosa", key="order-7"), api.predicted("virginica")
    content = f'\ufeffprediction_id,label,row\r\n{first},"setosa",0\r\n\r\n{second},1,\r\n'
    reply = api.send_csv(content.encode())
    assert (reply.status, reply.json["accepted"]) == (200, 2)
    [found] = api.call("GET", f"/api/v1/models/{api.model_id}/performance").json["items"]
    assert found["classification"]["accuracy"]["estimate"] == 0.5


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (b"prediction_id,lable\n1,2\n", "lable", "unknown"),
        (b"prediction_id\n1\n", "label", "required"),
        (b"label\n1\n", "prediction_id", "required"),
        (b"key,label,label\n1,2,3\n", "label", "repeated"),
        (b"key,score\n1,1_0\n", "items[0].score", "type"),
        ("key,score\n1,\uff11\n".encode(), "items[0].score", "type"),
        (b"key,label\n1\n", "items[0]", "shape"),
        (b"key,label\n", "body", "min_items"),
        (b"\n", "body", "required"),
        (b'key,label\n"a,b\n', "body", "invalid"),
        (b"key,label\n\xff,1\n", "body", "unicode"),
        (b"key,score\n1,much\n", "items[0].score", "type"),
        (b"key,score\n1,nan\n", "items[0].score", "finite"),
        (b"key,label,row\n1,a,x\n", "items[0].row", "type"),
        (b"key,label\n1,a\n,b\n", "items[1].prediction_id", "required"),
        (b"key,label\n" + b"k,a\n" * 1001, "body", "max_items"),
    ],
)
def test_bad_csv_names_field_and_rule(api: Api, content: bytes, field: str, rule: str) -> None:
    reply = api.send_csv(content)
    assert (reply.status, errors(reply)) == (422, [(field, rule)])


@pytest.mark.parametrize(("rows", "line"), [(b'1,"a\n2,b\n', 4), (b'1,"a\n2,"b"\n', 4), (b'"1\n\n2",a\n3,"b"c\n', 7)])
def test_a_quote_that_is_not_closed_is_told_with_its_line(api: Api, rows: bytes, line: int) -> None:
    reply = api.send_csv(b"key,label\n\n0,a\n" + rows)
    (found,) = reply.json["errors"]
    assert (reply.status, found["field"], found["rule"]) == (422, "body", "invalid")
    assert found["message"].endswith(f"is in the row of line {line}")


def test_csv_needs_its_model_in_the_query(api: Api) -> None:
    reply = api.send_csv(b"key,label\n1,a\n", "?model_id=")
    assert (reply.status, errors(reply)) == (422, [("model_id", "required")])


def test_another_media_type_is_refused(api: Api) -> None:
    reply = api.call("POST", FEEDBACK, body=b"<a/>", headers={"content-type": "application/xml"})
    assert reply.status == 415


def test_another_organization_s_prediction_is_unknown(api: Api) -> None:
    prediction_id = api.predicted("setosa")
    api.call.by = person(subject="eve", tenant="other")
    mine = api.send(prediction_id=prediction_id, label="setosa")
    absent = api.call("POST", FEEDBACK, {"model_id": new_id(), "prediction_id": OLD, "label": "setosa"})
    assert (mine.status, errors(mine)) == (absent.status, errors(absent)) == (404, [("model_id", "exists")])


def test_figures_and_points_are_shown(api: Api) -> None:
    for truth in ("setosa", "virginica"):
        api.send(prediction_id=api.predicted("setosa"), label=truth)
    reply = api.call("GET", f"/api/v1/models/{api.model_id}/performance?window=30d&by=version")
    assert (reply.status, reply.json["step"]) == (200, "day")
    [group] = reply.json["items"]
    assert (group["version"], group["classification"]["rows"], group["regression"]) == ("1.0.0", 2, None)
    assert group["classification"]["bins"] == [
        {"low": 0.7, "high": 0.8, "rows": 2, "confidence": 0.75, "accuracy": 0.5}
    ]
    assert [point["accuracy"] for point in group["points"]] == [0.5]


def test_two_versions_are_compared(api: Api) -> None:
    for version, truths in (("1.0.0", ["setosa"] * 40), ("1.1.0", ["virginica"] * 40)):
        api.send(items=[{"prediction_id": api.predicted("setosa", version), "label": truth} for truth in truths])
    reply = api.call("GET", f"/api/v1/models/{api.model_id}/performance/compare?from=1.0.0&to=1.1.0")
    assert reply.status == 200
    change = reply.json["accuracy_change"]
    assert change["estimate"] == -1
    assert change["high"] < -0.8
    none = api.call("GET", f"/api/v1/models/{api.model_id}/performance/compare?from=1.0.0&to=3.0.0").json
    assert (none["new"]["classification"], none["accuracy_change"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("performance?window=1y", "window", "window"),
        ("performance?window=91d", "window", "range"),
        ("performance?by=colour", "by", "enum"),
        ("performance/compare?from=1.0.0", "to", "required"),
        ("performance/compare?from=latest&to=1.0.0", "from", "semver"),
    ],
)
def test_bad_queries_name_field_and_rule(api: Api, query: str, field: str, rule: str) -> None:
    reply = api.call("GET", f"/api/v1/models/{api.model_id}/{query}")
    assert (reply.status, errors(reply)) == (422, [(field, rule)])
