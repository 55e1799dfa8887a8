"""Everything here computes in 64 bit."""

import contextlib
from collections.abc import Iterator

import jax


def require_64_bit() -> None:
    """Raises ValueError, in one sentence, where JAX's 64 bit was switched off after the import.

    In 32 bit some formulas give NaN without a word, and others end in the compiler's own text.
    """
    if not jax.config.jax_enable_x64:  # type: ignore[attr-defined]  # jax makes it at run time
        raise ValueError(
            "64 bit was switched off after `import theory` had switched it on; formulas and"
            " simulations need jax.config.update('jax_enable_x64', True)"
        )


@contextlib.contextmanager
def on_its_platform() -> Iterator[None]:
    """For work that starts JAX: a platform that is not there is a ValueError of one sentence."""
    try:
        yield
    except (AssertionError, RuntimeError) as error:  # by JAX's version and the platform
        try:
            jax.devices()
        except (AssertionError, RuntimeError):
            asked = jax.config.jax_platforms  # type: ignore[attr-defined]  # made at run time
            raise ValueError(
                f"JAX does not start on JAX_PLATFORMS={asked}: unset it, or install JAX for it"
            ) from error
        raise
