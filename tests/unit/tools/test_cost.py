"""docs/cost.md has the numbers of tools/cost.py, and these use the deployed sizes."""

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from functions.registry.cache.counters import Counters
from local.template import intrinsics
from tools import cost
from tools.generated_parts import rendered

ROOT = Path(__file__).parents[3]
STACKS = {
    path.stem: intrinsics.load(path)["Resources"] for path in [ROOT / "template.yaml", *ROOT.glob("infra/*.yaml")]
}


def _types(stack: str) -> list[str]:
    return [body["Type"] for body in STACKS[stack].values()]


def _unconditional(name: str) -> list[dict[str, Any]]:
    """The resources of a type that a stack without a predictor has."""
    return [body for body in _of_type(name, _stacks("predictor")) if body.get("Condition") != "HasPredictor"]


def _of_type(name: str, stacks: Iterable[dict[str, Any]] = STACKS.values()) -> list[dict[str, Any]]:
    return [body for stack in stacks for body in stack.values() if body["Type"] == name]


def _parameters(environment: str) -> dict[str, str]:
    """The template's parameters: its defaults, overridden by samconfig.toml."""
    declared = intrinsics.load(ROOT / "template.yaml")["Parameters"]
    given = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
    pairs = dict(item.split("=", 1) for item in given["parameter_overrides"])
    return {name: pairs.get(name, str(body.get("Default", ""))) for name, body in declared.items()}


def _metrics(alarm: dict[str, Any]) -> int:
    """AWS charges an alarm on an expression for each metric in it."""
    return sum("MetricStat" in item for item in alarm["Properties"].get("Metrics", [])) or 1


def _built(body: dict[str, Any], *, cached: bool) -> bool:
    return cached or body.get("Condition") != "HasCache"


def _stacks(*left_out: str) -> list[dict[str, Any]]:
    return [stack for name, stack in STACKS.items() if name not in left_out]


def test_the_document_has_the_computed_tables() -> None:
    text = (ROOT / "docs/cost.md").read_text()
    assert all(f"<!-- {name} -->\n|" in text for name in cost.TABLES)
    assert rendered(text, cost.TABLES) == text, "run: python -m tools.cost"


@pytest.mark.parametrize("size", [cost.DEV, cost.PROD], ids=lambda size: size.name)
def test_the_sizes_match_samconfig(size: cost.Size) -> None:
    given = _parameters(size.name)
    cached = given["CacheNodeType"] != "none"
    assert given["CacheNodeType"] in {"none", *cost.PRICES}
    assert size.zones == int(given["EndpointZones"])
    assert (size.cpu, size.memory) == (int(given["RegistryCpu"]) / 1024, int(given["RegistryMemory"]) / 1024)
    assert (size.min_tasks, size.max_tasks) == (int(given["RegistryMinTasks"]), int(given["RegistryMaxTasks"]))
    assert size.cache_nodes == (int(given["CacheNodes"]) if cached else 0)
    assert size.log_days == int(given["LogRetentionDays"])
    assert given["PredictorImage"] == ""
    every = _of_type("AWS::CloudWatch::Alarm", _stacks("predictor"))
    alarms = [body for body in every if _built(body, cached=cached)]
    assert size.alarms == sum(map(_metrics, alarms))
    assert size.secrets == len(_of_type("AWS::SecretsManager::Secret", _stacks(*([] if cached else ["cache"]))))
    assert cost.PREDICTOR.cpu == int(given["PredictorCpu"]) / 1024
    assert cost.PREDICTOR.memory == int(given["PredictorMemory"]) / 1024
    assert cost.PREDICTOR.tasks["dev"] == int(given["PredictorMinTasks"])


def test_resources_paid_by_the_month_are_counted_right() -> None:
    endpoints = [body["Properties"]["VpcEndpointType"] for body in _of_type("AWS::EC2::VPCEndpoint")]
    assert endpoints.count("Interface") == cost.ENDPOINTS
    for name in (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::CloudWatch::Dashboard",
        "AWS::Route53::HostedZone",
        "AWS::ECS::Service",
        "AWS::ECS::Cluster",
        "AWS::ECS::TaskDefinition",
    ):
        assert len(_unconditional(name)) == 1, name
    for name in ("LoadBalancer", "HostedZone", "Service"):
        assert len([kind for kind in _types("predictor") if kind.endswith(f"::{name}")]) == 1, name
    alarms = _of_type("AWS::CloudWatch::Alarm", [STACKS["predictor"]])
    assert sum(map(_metrics, alarms)) == cost.PREDICTOR.alarms
    for name in ("AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::KMS::Key", "AWS::WAFv2::WebACL"):
        assert not _of_type(name), f"{name} is not in tools/cost.py"


def test_every_metric_of_an_idle_stack_is_counted() -> None:
    assert len(fields(Counters)) == cost.CACHE_METRICS
    filters = _of_type("AWS::Logs::MetricFilter")
    published = [each for body in filters for each in body["Properties"]["MetricTransformations"]]
    assert len(published) == 22  # docs/cost.md has this number
    assert not [each for each in published if "DefaultValue" in each]  # else they would have values in every minute


def test_functions_have_the_memory_of_the_formula() -> None:
    functions = intrinsics.load(ROOT / "template.yaml")["Resources"]
    inference, authorizer = (functions[f"{name}Function"]["Properties"] for name in ("Inference", "Authorizer"))
    assert int(_parameters("dev")["InferenceMemory"]) / 1024 == cost.INFERENCE_MEMORY
    assert (inference["EphemeralStorage"]["Size"] - 512) / 1024 == cost.INFERENCE_DISK
    assert authorizer["MemorySize"] / 1024 == cost.AUTHORIZER_MEMORY


def test_the_formula_matches_a_calculation_by_hand() -> None:
    assert cost.idle(cost.DEV)["interface endpoints"] == pytest.approx(5 * 730 * 0.01)
    assert cost.idle(cost.PROD)["registry's tasks"] == pytest.approx(2 * 730 * (0.04048 + 2 * 0.004445))
    assert cost.variable(cost.PROD, 10**8)["HTTP API"] == pytest.approx(100)
    busy = cost.variable(cost.PROD, 10**6)["inference (Lambda)"]
    assert busy == pytest.approx(0.2 + 1e6 * (0.02 + 0.01 * 3) * (2 * 0.0000166667 + 9.5 * 0.0000000309))
    assert cost.tasks(cost.PROD, 10**9) == 8
