"""Rules that go by the clock, as the local stack reads them."""

import pytest

from local.errors import TemplateError
from local.template.schedules import schedules_of
from local.template.specs import Schedule
from tests.unit.local.template.conftest import ReadTemplate

_RULE = """
Resources:
  Tidy:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: {expression}
      State: {state}
      Targets: [{{ Id: a, Arn: "arn:queue", Input: "x" }}]
"""


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 day)", 86_400), ("rate(2 hours)", 7200), ("rate(1 minute)", 60), ("rate(10 minutes)", 600)],
)
def test_a_rate_is_an_interval(read_template: ReadTemplate, expression: str, seconds: int) -> None:
    template = read_template(_RULE.format(expression=expression, state="ENABLED"))
    assert schedules_of(template) == (Schedule("Tidy.a", seconds, "arn:queue", "x"),)


def test_a_disabled_rule_has_none(read_template: ReadTemplate) -> None:
    assert schedules_of(read_template(_RULE.format(expression="rate(1 day)", state="DISABLED"))) == ()


def test_a_rule_for_events_has_none(read_template: ReadTemplate) -> None:
    text = "Resources: { Rule: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [a] } } } }"
    assert schedules_of(read_template(text)) == ()


@pytest.mark.parametrize("expression", ["cron(0 12 * * ? *)", "rate(0 days)", "rate(1 week)", "rate(1.5 hours)"])
def test_what_is_no_rate_is_refused(read_template: ReadTemplate, expression: str) -> None:
    with pytest.raises(TemplateError, match=r"Tidy\.ScheduleExpression"):
        schedules_of(read_template(_RULE.format(expression=f"'{expression}'", state="ENABLED")))
