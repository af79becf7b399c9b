"""Dashboards of one machine: their files, the metrics that they ask for, and the servers that show them."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local import programs
from local.dashboards import launchers, servers
from local.dashboards.launchers import FILES
from local.functions.pool import Pool
from local.gateway.metrics import Metrics
from local.gateway.payload import Response
from local.servers.run_context import Options, RunContext
from tools import dashboards

_TIMES = "init;dur=1.0, resolve;dur=0.5, infer;dur=2.0, total;dur=3.5"
_USED = re.compile(r"(maas_\w+)(?:\{([^}]*)\})?")


def _queries(document: dict[str, Any]) -> list[str]:
    choices = [choice["query"]["query"] for choice in document["templating"]["list"]]
    return [*choices, *(target["expr"] for panel in document["panels"] for target in panel["targets"])]


def _series() -> dict[str, set[str]]:
    """The labels of each series that the gateway has."""
    pools = {"InferenceFunction": cast("Pool", SimpleNamespace(waiting=1, processes=2))}
    metrics = Metrics(pools)
    headers = {
        "content-type": "application/json",
        "server-timing": _TIMES,
        "x-model-version": "m/1.0.0",
        "x-cache": "hit",
        "x-cold-start": "true",
        "x-rollout": "r; side=live",
    }
    metrics.count("POST /predict", Response(200, [*headers.items()], b"{}"), 0.1)
    families = text_string_to_metric_families(metrics.page().body.decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_the_files_are_those_of_the_tool(name: str) -> None:
    assert (FILES / f"{name}.json").read_text() == dashboards.text_of(dashboards.DASHBOARDS[name])
    assert {file.stem for file in FILES.glob("*.json")} == {*dashboards.DASHBOARDS}


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_every_query_asks_for_series_and_labels_that_there_are(name: str) -> None:
    series = _series()
    for query in _queries(json.loads((FILES / f"{name}.json").read_text())):
        used = _USED.findall(query)
        assert used
        for metric, matchers in used:
            labels = set(re.findall(r'(\w+)(?:=|!=|=~|!~)"', matchers))
            labels |= {each.strip() for group in re.findall(r"by \(([^)]*)\)", query) for each in group.split(",")}
            assert labels <= series[metric], f"{metric} has no {labels - series[metric]}: {query}"


def test_every_metric_of_the_gateway_is_shown_or_a_part_of_one_that_is() -> None:
    asked = {
        metric
        for name in dashboards.DASHBOARDS
        for query in _queries(dashboards.document(dashboards.DASHBOARDS[name]))
        for metric, _ in _USED.findall(query)
    }
    of_histograms = re.compile(r"_(bucket|sum|count)$")
    shown = {of_histograms.sub("", metric) for metric in asked}
    assert {of_histograms.sub("", metric) for metric in _series()} == shown


def test_panels_have_ids_and_places_of_their_own() -> None:
    for dashboard in dashboards.DASHBOARDS.values():
        panels = dashboards.document(dashboard)["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


def test_grafana_finds_the_dashboards_and_their_data_source(tmp_path: Path) -> None:
    launchers.provision(tmp_path, "http://127.0.0.1:9")
    [source] = json.loads((tmp_path / "datasources" / "maas.yaml").read_text())["datasources"]
    [provider] = json.loads((tmp_path / "dashboards" / "maas.yaml").read_text())["providers"]
    assert (source["uid"], source["url"]) == ("maas", "http://127.0.0.1:9")
    assert provider["options"]["path"] == str(FILES)
    for dashboard in dashboards.DASHBOARDS.values():
        sources = {
            target["datasource"]["uid"]
            for panel in dashboards.document(dashboard)["panels"]
            for target in panel["targets"]
        }
        assert sources == {source["uid"]}


def test_no_web_page_and_no_other_machine_reads_prometheus(tmp_path: Path) -> None:
    argv = launchers.prometheus("prometheus", 9, tmp_path, tmp_path / "config").argv
    assert {"--web.listen-address=127.0.0.1:9", "--web.cors.origin=a^"} <= set(argv)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(), []),
        (Options(dashboards=True), ["it needs apt-get and dpkg-deb to fetch it"]),
        (Options(dashboards=True, sam=True), ["with --sam the gateway has no metrics"]),
    ],
)
async def test_what_this_machine_does_not_have_is_told_in_a_line(
    options: Options, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "find", lambda _: None)
    monkeypatch.setenv("PATH", "")
    context = cast("RunContext", SimpleNamespace(options=options, remarks=[]))
    assert await servers.start(context, "http://127.0.0.1:9") == servers.Servers(None, None)
    assert len(context.remarks) == len(words)
    assert all(word in remark and "\n" not in remark for word, remark in zip(words, context.remarks, strict=True))


async def test_a_fetch_that_fails_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "get-prometheus").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "get-prometheus").chmod(0o755)
    monkeypatch.setattr(programs, "find", lambda _: None)
    monkeypatch.setattr(programs, "missing_tool", lambda _: "")
    monkeypatch.setattr(programs, "TOOLS", tmp_path)
    context = cast("RunContext", SimpleNamespace(options=Options(dashboards=True), remarks=[]))
    assert await servers.start(context, "http://127.0.0.1:9") == servers.Servers(None, None)
    assert ["local/tools/get-prometheus says" in remark for remark in context.remarks] == [True]
