"""Installs what is named, as root: the one thing that is done by sudo."""

from __future__ import annotations

import sys

from infra.services.packages import install
from infra.unavailable import Unavailable

try:
    install(sys.argv[1:], print)
except Unavailable as refusal:
    sys.exit(str(refusal))
