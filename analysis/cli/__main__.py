"""`python -m analysis.cli` does what `werkstand` does."""

import sys

from analysis.cli import main

sys.exit(main())
