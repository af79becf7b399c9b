"""Parameters of the template, and remarks on resources that do not run locally."""

import pytest

from local.errors import TemplateError
from tests.unit.local.template.conftest import ReadTemplate


@pytest.mark.parametrize(
    ("declared", "given", "problem"),
    [
        ("{Type: String}", {}, "Parameters.P: Default is missing"),
        ("{Type: String, Default: a, AllowedValues: [a, b]}", {"P": "c"}, "'c' is not one of a, b"),
        ('{Type: String, Default: a, AllowedPattern: "[a-z]+"}', {"P": "1"}, "'1' does not match"),
        ("{Type: String, Default: a}", {"Q": "1"}, "Parameters.Q: the template does not declare this parameter"),
    ],
)
def test_an_undeclared_or_disallowed_parameter_is_rejected(
    read_template: ReadTemplate, declared: str, given: dict[str, str], problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem):
        read_template(f"Parameters: {{P: {declared}}}", **given)


def test_remarks_list_resources_that_do_not_run_locally(read_template: ReadTemplate) -> None:
    template = read_template(
        "Resources: {Alarm: {Type: AWS::CloudWatch::Alarm}, Tick: {Type: AWS::Scheduler::Schedule}}"
    )

    assert template.remarks() == ["Tick (AWS::Scheduler::Schedule) is not run locally"]
