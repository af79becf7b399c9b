"""The surveyor function on tables of the template: sketches become rollups and reports."""

import json
import time
from types import ModuleType

import pytest

from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.sketches.lazy import LazySketches
from maas.domain.ids import new_id
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import Outcome
from maas.domain.monitoring.windows import Period, Window
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import CONTEXT
from tests.support.predicted import predicted, version

EVENT = json.loads((ROOT / "events/surveyor/survey.json").read_text())


@pytest.fixture(scope="module")
def app(aws: Aws) -> ModuleType:
    return aws.load("SurveyorFunction")


@pytest.fixture
def store(aws: Aws) -> DynamoSketches:
    return DynamoSketches(
        aws.application.functions["SurveyorFunction"].environment["MAAS_MONITORING_TABLE"], aws.endpoint
    )


def flush(place: Place, start: int, values: list[float]) -> Flush:
    given = {"x": [each for value in values for each in (value, value)]}
    made = predicted(version(), given, {"label": [0] * len(values)}, rows=len(values))
    return Flush(place, Period.MINUTE, start, f"{new_id()}#1", LazySketches().sketched([made]))


def test_a_survey_rolls_up_and_reports_drift(app: ModuleType, store: DynamoSketches) -> None:
    place, minute = Place(new_id(), new_id(), "1.0.0"), Period.MINUTE.start(time.time())
    earlier = Period.HOUR.start(minute - 2 * 3600)
    store.put(flush(place, earlier, [number / 1000 for number in range(1000)]))
    store.put(flush(place, minute - 60, [3 + number / 200 for number in range(200)]))
    assert app.handler(EVENT, CONTEXT) == {"batchItemFailures": []}
    [rolled] = store.flushes(place, Period.HOUR, Window(earlier, earlier + 3600))
    assert (rolled.start, rolled.sketch.rows) == (earlier, 1000)
    report = store.report(place)
    assert report is not None
    assert (report.outcome, report.rows, report.share) == (Outcome.DRIFT, 200, 1.0)


def test_a_survey_of_unknown_kind_is_returned_to_the_queue(app: ModuleType) -> None:
    event = json.loads(json.dumps(EVENT).replace("all", "some"))
    failed = app.handler(event, CONTEXT)["batchItemFailures"]
    assert [each["itemIdentifier"] for each in failed] == [EVENT["Records"][0]["messageId"]]
