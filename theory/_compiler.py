"""How hard XLA works on a program: at its second level, not its third, and by plain loops.

Compiling is most of what a cold command waits for. Of 15 simulations of four settings, the third
level compiles in 78 processor seconds, the second in 50, and blocks run as fast. Nine have the same
bits at both, five agree to 4e-15. In the last, deep kernels with A = 0 in ntk_classifiers,
``error`` is itself rounding: a difference of some 1e-13 of what is compared, where its claim
allows 1e-9. There it changes by 8.8e-3 of itself (in 64 trials by up to all of it, at most 6e-14);
the others agree to 8e-13.

Without MLIR's emitters of fused loops, ten benchmarks' first calls took 28 s in place of 40. Their
later calls took as long (0.73 of it to 1.1), but for inverses of binomial tails (1.7) and of kl
(1.3): closed forms of 100,000 numbers and more have the emitters. XLA ends the process at a flag
that it does not know, so this one is set where it was tried.
"""

import importlib.metadata
import importlib.util
import os
import sys

LEVEL = "--xla_backend_optimization_level"
PLAIN = "--xla_cpu_use_fusion_emitters=false"
TRIED = "0.10."  # jaxlib's
_SAME_NUMBERS = ("--xla_force_host_platform_device_count", "--xla_dump")


def choose_level() -> None:
    """Asks for the second level and plain loops; call it before JAX is imported.

    Leaves what XLA_FLAGS says of loops, and both as they are where it names a level, where JAX has
    compiled already and reads its flags no more, and where an accelerator's plugin is installed,
    whose programs run for longer.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if LEVEL in flags or importlib.util.find_spec("jax_plugins") is not None:
        return
    if "jax" in sys.modules:
        from jax._src import xla_bridge

        if xla_bridge.backends_are_initialized():
            return
    tried = importlib.metadata.version("jaxlib").startswith(TRIED)
    plain = PLAIN if tried and PLAIN.partition("=")[0] not in flags else ""
    os.environ["XLA_FLAGS"] = f"{flags} {LEVEL}=2 {plain}".strip()


def fused_loops() -> dict[str, bool] | None:
    """Options of a program that runs for longer than it compiles, where plain loops are chosen."""
    flag, _, _ = PLAIN.removeprefix("--").partition("=")
    return {flag: True} if PLAIN in os.environ.get("XLA_FLAGS", "") else None


def flags_of_numbers() -> str:
    """Those of XLA's flags that a number's last digits may depend on."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    return " ".join(sorted(flag for flag in flags if not flag.startswith(_SAME_NUMBERS)))
