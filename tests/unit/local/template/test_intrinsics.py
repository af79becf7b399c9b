"""Intrinsic functions of CloudFormation."""

from typing import Any

import pytest

from local.errors import TemplateError
from tests.unit.local.template.conftest import ReadTemplate


def value(read_template: ReadTemplate, expression: str, **parameters: str) -> Any:
    """Returns an expression's value in a template with a parameter, conditions and a table."""
    text = f"""
Parameters: {{Stage: {{Type: String, Default: dev}}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Equals [!Ref Stage, prod]]
  IsEither: !Or [!Condition IsProd, !Condition IsDev]
  IsBoth: !And [!Condition IsProd, !Condition IsDev]
Resources:
  Table: {{Type: AWS::DynamoDB::Table}}
  Probe: {{Type: Custom::Probe, Properties: {{Value: {expression}}}}}
"""
    template = read_template(text, **parameters)
    template.set_attributes("Table", {"Ref": "table-1", "Arn": "arn:table-1"})
    return template.properties("Probe").get("Value")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Table", "table-1"),
        ("!GetAtt Table.Arn", "arn:table-1"),
        ("!GetAtt [Table, Arn]", "arn:table-1"),
        ('{"Fn::GetAtt": [Table, Arn]}', "arn:table-1"),
        ('!Sub "${Stage}/${Table.Arn}/${AWS::Region}/${!Kept}"', "dev/arn:table-1/us-east-1/${Kept}"),
        ('!Sub ["${X}-${Stage}", {X: !Ref Table}]', "table-1-dev"),
        ('!Join ["-", [a, !Ref Stage]]', "a-dev"),
        ('!Select [1, !Split [",", "a,b"]]', "b"),
        ("!If [IsProd, big, small]", "small"),
        ("!If [IsProd, big, !Ref AWS::NoValue]", None),
        ("!If [IsDev, small, big]", "small"),
        ("!If [IsEither, either, none]", "either"),
        ("!If [IsBoth, both, one]", "one"),
        ("[a, !If [IsProd, b, !Ref AWS::NoValue]]", ["a"]),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_expressions_have_the_value_of_cloudformation(
    read_template: ReadTemplate, expression: str, expected: object
) -> None:
    assert value(read_template, expression) == expected


def test_a_parameter_overrides_its_default(read_template: ReadTemplate) -> None:
    assert value(read_template, "!If [IsProd, big, small]", Stage="prod") == "big"


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("!Base64 x", r"Probe\.Value: the local stack does not support Fn::Base64"),
        ("!Ref Tabel", r"Probe\.Value: refers to 'Tabel'"),
        ("!GetAtt Table.Size", r"Probe\.Value: the local stack does not support the attribute 'Size' of Table"),
        ("!Select [7, [a]]", r"Probe\.Value: Fn::Select does not accept"),
        ("!If [Nope, a, b]", r"Probe\.Value: there is no condition called 'Nope'"),
        ("[ok, {deep: !Ref Nope}]", r"Probe\.Value\[1\]\.deep: refers to 'Nope'"),
    ],
)
def test_a_wrong_expression_is_reported_with_its_place(
    read_template: ReadTemplate, expression: str, problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem):
        value(read_template, expression)
