"""Writes the table of rules in docs/api/errors.md, between `<!-- rules -->` and `<!-- end -->`.

Run it as `PYTHONPATH=.:layers/shared/python python tools/rule_docs.py`. A test compares the file with its output.
"""

from pathlib import Path

from maas.domain.errors import Rule
from tools.generated_parts import rendered

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "api" / "errors.md"


def rules_table() -> str:
    """One row for each rule code, as Markdown."""
    return "\n".join(["| rule | means |", "| --- | --- |", *(f"| `{rule}` | {rule.meaning} |" for rule in Rule)])


PARTS = {"rules": rules_table}


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text(), PARTS))
