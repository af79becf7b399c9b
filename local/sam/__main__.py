"""`python -m local.sam ...` runs any command of SAM CLI with the project's version and stand-in credentials."""

import os
import sys

from local.errors import StackError
from local.sam.cli import argv, environment

try:
    command = argv(*sys.argv[1:])
    os.execvpe(command[0], command, environment())  # noqa: S606 - SAM gets the signals itself
except StackError as error:
    sys.exit(str(error))
