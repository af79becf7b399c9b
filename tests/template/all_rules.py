"""Every rule and breakage: importing the modules of tests/template/rules registers them."""

import importlib
import pkgutil

from tests.template import rules
from tests.template.checks import BREAKAGES, RULES

for _module in pkgutil.iter_modules(rules.__path__):
    importlib.import_module(f"{rules.__name__}.{_module.name}")

__all__ = ["BREAKAGES", "RULES"]
