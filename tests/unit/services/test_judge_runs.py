"""Runs of the judge: their metrics and their lines in the log."""

import json
from typing import Any

import pytest

from maas.services.judge_runs import JudgeRuns, NoStatistics
from maas.services.judging import UNREADABLE, JudgeService
from tests.support.captured_logs import logged
from tests.support.judged_world import BAD, World


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return {name: value for name, value in line.items() if name.startswith("Rollout")}


async def test_a_run_logs_each_verdict_and_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.count(BAD)
    with logged() as lines:
        await JudgeRuns(world.judge).look()
    [line] = [json.loads(line) for line in lines().splitlines()]
    assert (line["message"], line["answer"], line["rollout"]) == ("rollout judged", "aborted", "rollout-of-iris")
    assert line["reason"].startswith("error_rate: 60 of 60")
    assert metrics(capsys) == {"Rollouts": [1.0], "RolloutsAborted": [1.0], "RolloutsUnjudged": [0.0]}


async def test_without_redis_rollouts_are_paused(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    await JudgeRuns(JudgeService(world.rollouts, NoStatistics(), world.watches, world.feedback, world.reports)).look()
    assert world.rollout.reason == UNREADABLE
    assert metrics(capsys) == {"Rollouts": [1.0], "RolloutsPaused": [1.0], "RolloutsUnjudged": [1.0]}


async def test_a_run_without_rollouts_shows_that_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.rollouts.kept.clear()
    await JudgeRuns(world.judge).look()
    assert metrics(capsys) == {"RolloutsUnjudged": [0.0]}


async def test_a_registry_that_does_not_answer_fails_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.rollouts.is_gone = True
    with logged() as lines:
        await JudgeRuns(world.judge).look()
    assert "rollouts can't be judged" in lines()
    assert metrics(capsys) == {"RolloutsUnjudged": [1.0]}
