"""What this machine can do at best: matrix products and memory traffic, measured when asked."""

import dataclasses
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import theory  # noqa: F401  (switches JAX to 64 bit)

_SIZE = 2048  # of the matrices: 16 or 32 MB each, past the caches, and square for the kernels' best
_LENGTH = 2**24  # numbers in a stream: 128 MB
_REPEATS = 5


def _best(work: Callable[[], Any], repeats: int = _REPEATS) -> float:
    """The least seconds of several runs, after one that compiles."""
    jax.block_until_ready(work())
    least = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(work())
        least = min(least, time.perf_counter() - began)
    return least


@jax.jit
def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return a @ b


@jax.jit
def _add(a: jax.Array, b: jax.Array) -> jax.Array:
    return a + 3.0 * b


@dataclasses.dataclass(frozen=True)
class Machine:
    """Best rates of the first JAX device: floating-point operations and bytes per second."""

    float32: float
    float64: float
    bandwidth: float

    @classmethod
    def measure(cls) -> "Machine":
        """About two seconds of products of 2048 x 2048 matrices and of sums of long vectors."""
        rng = np.random.default_rng(0)
        square = rng.standard_normal((_SIZE, _SIZE))
        rates = []
        for dtype in (jnp.float32, jnp.float64):
            a = jnp.asarray(square, dtype)
            rates.append(2 * _SIZE**3 / _best(lambda a=a: _product(a, a)))
        one, two = jnp.asarray(rng.standard_normal((2, _LENGTH)))
        moved = 3 * 8 * _LENGTH  # two read, one written
        return cls(rates[0], rates[1], moved / _best(lambda: _add(one, two)))

    def products(self, operations: float, precision: str = "float64") -> float:
        """Seconds for this many floating-point operations in matrix products."""
        return operations / (self.float32 if precision == "float32" else self.float64)

    def traffic(self, moved: float) -> float:
        """Seconds to read or write this many bytes."""
        return moved / self.bandwidth

    def rates(self) -> dict[str, float]:
        """Rates in GFLOP/s and GB/s, for the record."""
        return {
            "float32_gflops": self.float32 / 1e9,
            "float64_gflops": self.float64 / 1e9,
            "bandwidth_gbytes": self.bandwidth / 1e9,
        }


def describe() -> dict[str, Any]:
    """The machine's name, its cores, and the versions that matter."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines()
                  if line.startswith("model name")]  # fmt: skip
        name = models[0] if models else name
    device = jax.devices()[0]
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "device": f"{device.platform} ({device.device_kind})",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
