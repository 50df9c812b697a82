"""`python -m sandbox`."""

import sys

STOPPED = 130  # as shells say of what Ctrl-C ended

try:
    from sandbox.cli import main

    sys.exit(main())
except KeyboardInterrupt:  # before the command line itself was there to take it
    sys.exit(STOPPED)
