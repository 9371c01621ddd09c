"""`python -m margins.cli`."""

import sys

from margins.cli import main

sys.exit(main())
