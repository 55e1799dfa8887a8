"""What every setting keeps, checked once for all: the suite walks over the settings it finds.

`make test SETTINGS=x` runs it for x alone. A setting that cannot keep a promise says so on the
object concerned, with the reason (``quick=`` on a claim), never in a list here.
"""

import os

import theory

SETTINGS = os.environ.get("SETTINGS", "").split() or theory.settings()
