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

# Sides of the matrices, past the caches and square for the kernels' best; numbers in a stream.
_SIZE = {"cpu": 2048}
_LENGTH = {"cpu": 2**24}
_LARGE_SIZE, _LARGE_LENGTH = 8192, 2**28  # of accelerators
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
    # float32 proper: accelerators may otherwise round the factors to 10 bits
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


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
        """A few seconds of products of large square matrices and of sums of long vectors."""
        kind = jax.devices()[0].platform
        size = _SIZE.get(kind, _LARGE_SIZE)
        length = _LENGTH.get(kind, _LARGE_LENGTH)
        square = jax.random.normal(jax.random.key(0), (size, size))
        rates = []
        for dtype in (jnp.float32, jnp.float64):
            a = square.astype(dtype)
            rates.append(2 * size**3 / _best(lambda a=a: _product(a, a)))
        one, two = jnp.arange(length, dtype=float), jnp.ones(length)
        moved = 3 * 8 * length  # two read, one written
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


def wide(trials: int) -> dict[str, Any]:
    """A run's block width on an accelerator, and memory for it; on a processor its own."""
    if jax.devices()[0].platform == "cpu":
        return {}
    return {"width": trials, "memory": 2**35}


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
