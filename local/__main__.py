"""`python -m local up` and `python -m local test`. The scripts local/up and local/test create the environment first."""

import sys

from local.cli import main

sys.exit(main())
