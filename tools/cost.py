"""Computes the cost of a month of MaaS: prices, sizes and the formula behind docs/cost.md.

`python -m tools.cost` writes the tables of docs/cost.md. Tests compare the tables with its output, and the sizes with
samconfig.toml and the templates.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.generated_parts import rendered

HOURS = 730.0
SECONDS = HOURS * 3600
VOLUMES = (10**4, 10**6, 10**8)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one `unit` in us-east-1. `seen` is the source of the figure; empty if it is from memory."""

    dollars: float
    unit: str
    page: str
    seen: str = ""


PRICES: Mapping[str, Price] = {
    "HTTP API": Price(1.00, "million requests, up to 300 million", "api-gateway", "apigatewaycost.com, 2026"),
    "Lambda requests": Price(0.20, "million", "lambda", "cloudchipr.com, 2024"),
    "Lambda memory": Price(0.0000166667, "GB-second, x86", "lambda", "cloudchipr.com, 2024"),
    "Lambda disk": Price(0.0000000309, "GB-second over 0.5 GB", "lambda"),
    "Fargate CPU": Price(0.04048, "vCPU-hour", "fargate", "factualminds.com, June 2026"),
    "Fargate memory": Price(0.004445, "GB-hour", "fargate", "factualminds.com, June 2026"),
    "interface endpoint": Price(0.01, "hour and zone", "privatelink", "awsnegotiations.com, May 2026"),
    "load balancer": Price(0.0225, "hour", "elasticloadbalancing"),
    "load balancer traffic": Price(0.008, "LCU-hour (1 GB)", "elasticloadbalancing"),
    "cache.t4g.small": Price(0.0256, "hour, Valkey", "elasticache"),
    "DynamoDB read": Price(0.125, "million read units", "dynamodb", "airbyte.com, July 2025"),
    "log intake": Price(0.50, "GB", "cloudwatch", "factualminds.com, June 2026"),
    "log storage": Price(0.03, "GB and month, compressed", "cloudwatch"),
    "alarm": Price(0.10, "metric of an alarm and month", "cloudwatch"),
    "metric": Price(0.30, "custom metric and month", "cloudwatch", "signoz.io, February 2026"),
    "dashboard": Price(3.00, "month", "cloudwatch", "factualminds.com, June 2026"),
    "secret": Price(0.40, "month", "secrets-manager"),
    "secret read": Price(5.00, "million", "secrets-manager"),
    "private zone": Price(0.50, "month", "route53"),
    "queue request": Price(0.40, "million", "sqs"),
    "traffic out": Price(0.09, "GB", "ec2", "apigatewaycost.com, 2026"),
}


@dataclass(frozen=True, slots=True)
class Size:
    """One environment of samconfig.toml, with the template's defaults. One task has `cpu` vCPU and `memory` GB."""

    name: str
    zones: int
    cpu: float
    memory: float
    min_tasks: int
    max_tasks: int
    cache_nodes: int
    alarms: int
    secrets: int
    log_days: int


@dataclass(frozen=True, slots=True)
class Predictor:
    """The service of infra/predictor.yaml, which is off by default. One task has `cpu` vCPU and `memory` GB."""

    cpu: float
    memory: float
    tasks: Mapping[str, int]
    alarms: int


DEV = Size("dev", 1, 0.5, 1, 1, 2, cache_nodes=0, alarms=81, secrets=3, log_days=14)
PROD = Size("prod", 2, 1, 2, 2, 10, cache_nodes=2, alarms=83, secrets=5, log_days=365)

ENDPOINTS = 5
# The predictor's smallest number of tasks in each environment; the template's default and what a size of prod needs.
PREDICTOR = Predictor(cpu=1, memory=4, tasks={"dev": 1, "prod": 2}, alarms=5)
SERVICE_METRICS = 17  # Container Insights: 11 per service, 6 per task family
INSIGHTS_METRICS = 8 + SERVICE_METRICS  # 8 per cluster
CACHE_METRICS = 8  # functions/registry/cache/counters.py; published every 30 s
JUDGE_METRICS = 1  # RolloutsUnjudged; published every minute
QUEUES = 3
POLLS = QUEUES * 5 * 3 * 60 * HOURS  # Lambda has five pollers for each queue, and each of them calls it every 20 s

# One prediction: billed seconds of a warm call and of a cold start, GB of memory and disk, kB of answer, logs and gRPC.
WARM, COLD, INFERENCE_MEMORY, INFERENCE_DISK = 0.020, 3.0, 2.0, 9.5
AUTHORIZER, AUTHORIZER_MEMORY = 0.005, 0.25
ANSWER_KB, LOG_KB, CALL_KB = 1.0, 1.9, 3.0
COMPRESSED = 0.15
PEAK, CALLS_PER_TASK = 3.0, 150.0  # busiest hour divided by the mean; target of the scaling in calls per second


@dataclass(frozen=True, slots=True)
class Usage:
    """Shares of predictions with a cold start, an authorizer call (cached 60 s), and a miss in the registry's cache."""

    cold: float
    authorized: float
    missed: float


USAGE = {10**4: Usage(0.3, 1.0, 1.0), 10**6: Usage(0.01, 0.2, 0.2), 10**8: Usage(0.001, 0.05, 0.01)}


def cost(name: str, amount: float) -> float:
    """Dollars for `amount` units. `amount` counts single items even if the price is per million."""
    price = PRICES[name]
    return price.dollars * amount / (1e6 if "million" in price.unit else 1)


def tasks(size: Size, predictions: float) -> int:
    """The number of registry tasks that the busiest hour needs."""
    needed = math.ceil(predictions / SECONDS * PEAK / CALLS_PER_TASK)
    return min(size.max_tasks, max(size.min_tasks, needed))


def _task(sized: Size | Predictor) -> float:
    """Dollars for one task and hour."""
    return sized.cpu * PRICES["Fargate CPU"].dollars + sized.memory * PRICES["Fargate memory"].dollars


def predictor(size: Size) -> dict[str, float]:
    """Dollars a month by component of a predictor without any calls."""
    tasks = PREDICTOR.tasks[size.name]
    return {
        "tasks": tasks * _task(PREDICTOR) * HOURS,
        "load balancer": cost("load balancer", HOURS),
        "Container Insights": cost("metric", SERVICE_METRICS),
        "alarms": cost("alarm", PREDICTOR.alarms),
        "secrets": cost("secret read", tasks * 24 * HOURS),
        "private DNS zone": cost("private zone", 1),
    }


def idle(size: Size) -> dict[str, float]:
    """Dollars a month by component, without any calls."""
    task = _task(size)
    return {
        "interface endpoints": cost("interface endpoint", ENDPOINTS * size.zones * HOURS),
        "registry's tasks": size.min_tasks * task * HOURS,
        "load balancer": cost("load balancer", HOURS),
        "cache": cost("cache.t4g.small", size.cache_nodes * HOURS),
        "Container Insights": cost("metric", INSIGHTS_METRICS),
        "custom metrics": cost("metric", CACHE_METRICS + JUDGE_METRICS),
        "dashboard": cost("dashboard", 1),
        "alarms": cost("alarm", size.alarms),
        "secrets": cost("secret", size.secrets) + cost("secret read", size.min_tasks * 24 * HOURS),
        "private DNS zone": cost("private zone", 1),
        "queue polls": cost("queue request", POLLS),
    }


def variable(size: Size, predictions: int) -> dict[str, float]:
    """Dollars a month by component for `predictions`, on top of `idle`."""
    usage, task = USAGE[predictions], idle(size)["registry's tasks"] / size.min_tasks
    seconds = predictions * (WARM + usage.cold * COLD)
    authorized = predictions * usage.authorized
    logged = predictions * LOG_KB / 1e6
    return {
        "HTTP API": cost("HTTP API", predictions),
        "inference (Lambda)": cost("Lambda requests", predictions)
        + cost("Lambda memory", seconds * INFERENCE_MEMORY)
        + cost("Lambda disk", seconds * INFERENCE_DISK),
        "authorizer (Lambda)": cost("Lambda requests", authorized)
        + cost("Lambda memory", authorized * AUTHORIZER * AUTHORIZER_MEMORY),
        "more registry tasks": (tasks(size, predictions) - size.min_tasks) * task,
        "load balancer traffic": cost("load balancer traffic", predictions * CALL_KB / 1e6),
        "DynamoDB": cost("DynamoDB read", predictions * usage.missed * 2),
        "logs": cost("log intake", logged) + cost("log storage", logged * COMPRESSED * size.log_days / 30),
        "traffic out": cost("traffic out", predictions * ANSWER_KB / 1e6),
    }


def prices_table() -> str:
    rows = [
        (name, f"{price.dollars:.10f}".rstrip("0").ljust(4, "0"), price.unit, _page(price.page), price.seen or "memory")
        for name, price in PRICES.items()
    ]
    return _table(("what", "dollars", "for one", "published at", "figure from"), rows)


def idle_table() -> str:
    columns = [idle(size) for size in (DEV, PROD)]
    return _table(("idle, dollars a month", "dev", "prod"), _with_sum(columns))


def volume_table() -> str:
    columns = [variable(size, volume) for size in (DEV, PROD) for volume in VOLUMES]
    heads = [f"{size.name} {_power(volume)}" for size in (DEV, PROD) for volume in VOLUMES]
    rows = _with_sum(columns)
    bases = [sum(idle(size).values()) for size in (DEV, PROD) for _ in VOLUMES]
    sums = [base + sum(column.values()) for base, column in zip(bases, columns, strict=True)]
    each = [f"{total / volume * 1000:.3g}" for total, volume in zip(sums, VOLUMES * 2, strict=True)]
    rows += [("idle", *map(_money, bases)), ("**all**", *(f"**{_money(total)}**" for total in sums))]
    return _table(("predictions, dollars a month", *heads), [*rows, ("for 1,000 predictions", *each)])


def predictor_table() -> str:
    columns = [predictor(size) for size in (DEV, PROD)]
    return _table(("a predictor, dollars a month", "dev", "prod"), _with_sum(columns))


TABLES = {"prices": prices_table, "idle": idle_table, "predictor": predictor_table, "volumes": volume_table}


def _with_sum(columns: list[dict[str, float]]) -> list[tuple[str, ...]]:
    rows = [(name, *(_money(column[name]) for column in columns)) for name in columns[0]]
    return [*rows, ("**together**", *(f"**{_money(sum(column.values()))}**" for column in columns))]


def _money(dollars: float) -> str:
    return f"{dollars:,.2f}"


def _power(volume: int) -> str:
    return f"10^{round(math.log10(volume))}"


def _page(name: str) -> str:
    return "aws.amazon.com/ec2/pricing/on-demand" if name == "ec2" else f"aws.amazon.com/{name}/pricing"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] + ["---:" if re.match(r"[*\d]", cell) else "---" for cell in lines[1][1:]])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    document = Path(__file__).resolve().parents[1] / "docs/cost.md"
    document.write_text(rendered(document.read_text(), TABLES))
