"""Bodies of rollouts whose numbers are too large for the way to the registry."""

from typing import Any

import pytest

from maas.contracts.rollouts import StartRollout
from maas.domain.errors import InvalidInput, Rule
from maas.web.presenters.rollouts import new_rollout


@pytest.mark.parametrize("number", [-(10**30), -(2**63) - 1, 2**63, 10**30])
@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("budget", lambda number: {"budget": number}),
        ("steps[0].for", lambda number: {"steps": [{"percent": 5, "for": number}]}),
        (
            "guards[0].min_calls",
            lambda number: {"guards": [{"metric": "drift", "threshold": 0.1, "min_calls": number}]},
        ),
    ],
)
def test_a_number_of_more_than_64_bits_is_refused_by_name(number: int, field: str, body: Any) -> None:
    with pytest.raises(InvalidInput) as error:
        new_rollout(StartRollout.model_validate({"candidate": "1.1.0", **body(number)}), "production")
    assert [(each.field, each.rule) for each in error.value.fields] == [(field, Rule.RANGE)]


@pytest.mark.parametrize(("plan", "default"), [("canary", "caller"), ("ab", "caller"), ("shadow", "random")])
def test_a_shadow_samples_calls_and_other_plans_keep_callers_on_a_side(plan: str, default: str) -> None:
    assert str(new_rollout(StartRollout(candidate="1.1.0", plan=plan), "production").sticky_by) == default
    asked = StartRollout(candidate="1.1.0", plan=plan, sticky_by="header:x-user")
    assert str(new_rollout(asked, "production").sticky_by) == "header:x-user"
