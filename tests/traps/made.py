"""The claims of the setting that is verified now."""

from collections.abc import Callable
from typing import Any

claims: Callable[[], Any] | None = None
