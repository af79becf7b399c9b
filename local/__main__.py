"""`python -m local up` and `python -m local test`. The scripts local/up and local/test create the environment first."""

import sys

from local import interrupts

interrupts.exit_at_once()  # the next import takes a second

from local.cli import main  # noqa: E402

sys.exit(main())
