"""How time and memory grow: ladders over two decades, and the exponent fitted beside the expected.

Times are of compiled programs, the least of a few calls. The exponent is the slope of log time in
log size over the ladder's upper half, where fixed costs no longer show.
"""

import dataclasses
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

import theory.ntk_classifiers as ntk
import theory.random_features as rf
from sims import Run, simulations_of
from theory import load


@dataclasses.dataclass(frozen=True)
class Ladder:
    """A ladder of sizes; ``value(size)`` is seconds, or what ``unit`` says."""

    name: str
    what: str
    sizes: tuple[int, ...]
    value: Callable[[int], float]
    expected: str
    unit: str = "s"


def least(work: Callable[[], Any], repeats: int = 3) -> float:
    """The least seconds of a few calls, after one that compiles."""
    jax.block_until_ready(work())
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(work())
        times.append(time.perf_counter() - began)
    return min(times)


def seconds_of_trials(setting: str, mode: str, trials: int, **fields: Any) -> float:
    """Seconds that the engine takes for so many further trials, compilation apart."""
    module: Any = load("theory", setting)
    params = module.Params(**fields)
    run = Run(simulations_of(setting)[mode], params, setting=setting, mode=mode)
    run.extend(1)
    before = run.seconds
    run.extend(run.trials + trials)
    return run.seconds - before


def training(n: int) -> float:
    """Four training runs of the XOR cluster model, 10 steps, m = 400."""
    return seconds_of_trials("xor_cluster", "default", 4, n=n, p=4_000_000, m=400, test_points=10)


def eigenframework(modes: int) -> float:
    """64 solutions of the eigenframework with so many modes."""
    params = rf.Params(modes=modes)
    solve = jax.jit(jax.vmap(lambda ridge: rf.prediction(
        dataclasses.replace(params, ridge=ridge)).test_risk))  # fmt: skip
    ridges = jax.numpy.geomspace(1e-3, 1e2, 64)
    return least(lambda: solve(ridges))


def deep_kernel(depth: int) -> float:
    """The tables of ReLU's NNGP and NTK at this depth."""
    activation = ntk.leaky_relu(0.0)
    tables = jax.jit(lambda depth: ntk.kernel_tables(activation, depth))
    return least(lambda: tables(depth))


def descent(d: int) -> float:
    """100 steps of the sub-gradient method at m = 4 d, alone."""
    return seconds_of_trials(
        "sign_rip", "default", 1, d=d, m=4 * d, rank=1, search_rank=2, iterations=100
    )


_PEAK = """
import resource, sys
import theory
from sims import Run, simulations_of
params = theory.load("theory", "gaussian_robustness").Params()
run = Run(simulations_of("gaussian_robustness")["projection"], params,
          setting="gaussian_robustness", mode="projection")
wanted = int(sys.argv[1])
while run.trials < wanted:  # as the verifier does: what it keeps of a trial is a few numbers
    run.extend(min(wanted, run.trials + 2**16))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak_memory(trials: int) -> float:
    """Peak resident MiB of a process that runs so many trials."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(trials)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


_DEVICES = """
import sys
import jax, theory
from sims import Run, simulations_of
params = theory.load("theory", "xor_cluster").Params(n=100, p=1_000_000, m=400)
run = Run(simulations_of("xor_cluster")["default"], params, setting="xor_cluster", mode="default",
          devices=jax.devices())
run.extend(16)
before = run.seconds
run.extend(run.trials + 96)
print(run.seconds - before)
"""


def on_devices(count: int) -> float:
    """Seconds for 96 training runs with this many devices of the host."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={count}"
    done = subprocess.run(
        [sys.executable, "-c", _DEVICES], check=True, capture_output=True, text=True,
        env=os.environ | {"XLA_FLAGS": flags, "NPROC": str(max(4, 2 * count))},
    )  # fmt: skip
    return float(done.stdout)


LADDERS = (
    Ladder("trials", "gaussian_robustness, projection: time against trials",
           (4096, 12_800, 40_960, 128_000, 409_600),
           lambda k: seconds_of_trials("gaussian_robustness", "projection", k), "1"),
    Ladder("training_points", "xor_cluster, m = 400: time of a training run against n",
           (16, 50, 160, 500, 1600), training, "1 (draws, activations) to 2 (Gram products)"),
    Ladder("modes", "random_features: 64 solutions against the modes M",
           (200, 632, 2000, 6325, 20_000), eigenframework, "1"),
    Ladder("depth", "ntk_classifiers: the NTK's table against depth L",
           (10, 32, 100, 320, 1000), deep_kernel, "1"),
    Ladder("dimension", "sign_rip, m = 4 d: 100 steps of one run against d",
           (3, 10, 30, 100, 250), descent, "3 (two products of m N = 2 d^3 numbers)"),
    Ladder("memory", "gaussian_robustness, projection: peak memory against trials",
           (10_000, 100_000, 1_000_000), peak_memory, "0", "MiB"),
    Ladder("devices", "xor_cluster: 96 training runs against devices of this host",
           (1, 2), on_devices, "0 here: one device already keeps both cores busy"),
)  # fmt: skip


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The least-squares slope of log value in log size, over the upper half of the ladder."""
    upper = max(2, math.ceil(len(sizes) / 2 + 0.5))
    slope, _ = np.polyfit(np.log(sizes[-upper:]), np.log(values[-upper:]), 1)
    return float(slope)


def measure() -> Iterator[dict[str, Any]]:
    """A record for every ladder."""
    on_processor = jax.devices()[0].platform == "cpu"
    for ladder in LADDERS:
        if ladder.name == "devices" and not on_processor:
            continue  # it divides this host's cores
        values = [ladder.value(size) for size in ladder.sizes]
        fitted = exponent(ladder.sizes, values)
        print(f"{ladder.name}: exponent {fitted:.2f}, {ladder.expected}")
        yield {
            "name": ladder.name, "what": ladder.what, "sizes": list(ladder.sizes),
            "values": values, "unit": ladder.unit, "expected": ladder.expected,
            "exponent": fitted,
        }  # fmt: skip
