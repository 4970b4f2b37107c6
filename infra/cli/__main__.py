"""`python -m infra.cli` is `hikyaku`."""

import sys

from infra.cli import main

if __name__ == "__main__":
    sys.exit(main())
