"""Writes the table of rules in docs/api/errors.md, between `<!-- rules -->` and `<!-- end -->`.

Run it as `PYTHONPATH=.:layers/shared/python python tools/rule_docs.py`. A test compares the file with its output.
"""

import re
from pathlib import Path

from maas.domain.errors import Rule

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "api" / "errors.md"


def rules_table() -> str:
    """One row for each rule code, as Markdown."""
    return "\n".join(["| rule | means |", "| --- | --- |", *(f"| `{rule}` | {rule.meaning} |" for rule in Rule)])


def rendered(text: str) -> str:
    """The document with a new table."""
    marked = re.compile(r"<!-- rules -->\n.*?<!-- end -->", re.DOTALL)
    return marked.sub(lambda _: f"<!-- rules -->\n{rules_table()}\n<!-- end -->", text)


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text()))
