"""`python -m local.sam ...` runs any command of SAM CLI with the project's version and stand-in credentials."""

import subprocess
import sys

from local.errors import StackError
from local.sam.cli import argv, environment

try:
    sys.exit(subprocess.run(argv(*sys.argv[1:]), env=environment(), check=False).returncode)
except StackError as error:
    sys.exit(str(error))
