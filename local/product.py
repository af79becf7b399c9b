"""Importing this puts the code of the functions, the package `maas`, on the path."""

import sys

from local.paths import ROOT

_PRODUCT = str(ROOT / "layers/shared/python")
if _PRODUCT not in sys.path:
    sys.path.append(_PRODUCT)
