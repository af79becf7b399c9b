from collections.abc import Callable
from pathlib import Path

import pytest

from local.template.document import Template

ReadTemplate = Callable[..., Template]


@pytest.fixture
def read_template(tmp_path: Path) -> ReadTemplate:
    """Returns a template from its text and parameters; a folder `hello` for code is next to it."""

    def read(text: str, **parameters: str) -> Template:
        (tmp_path / "hello").mkdir(exist_ok=True)
        (tmp_path / "template.yaml").write_text(text)
        return Template(tmp_path / "template.yaml", parameters)

    return read
