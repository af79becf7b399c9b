"""`python -m local up` and `python -m local test`; the scripts local/up and local/test make the environment first."""

import sys

from local.cli import main

sys.exit(main())
