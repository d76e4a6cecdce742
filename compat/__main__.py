"""`python -m compat` is the `compat` command."""

import sys

from compat.cli.main import main

sys.exit(main())
