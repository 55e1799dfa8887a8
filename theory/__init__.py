"""What should be true: closed forms, bounds, and the papers' claims as objects.

Importing this package switches JAX to 64 bit (``jax_enable_x64``), also when jax was imported
first: closed forms are held against 50 digits, and float32 cannot say whether they agree.
"""

import os

from theory import _compiler, _interrupt

_interrupt.quiet()  # importing JAX takes a second, in which a person may press Ctrl-C

# XLA's thread pool on the CPU has as many threads as cores; two blocks in flight that call LAPACK
# wait for each other for ever on two (seen with jax 0.10.2). NPROC is read when JAX starts its CPU
# client: where that has happened already, sims keeps one block in flight.
os.environ.setdefault("NPROC", str(max(4, os.cpu_count() or 1)))

_compiler.choose_level()

import jax  # noqa: E402

from theory._discovery import register  # noqa: E402

jax.config.update("jax_enable_x64", True)
register(__name__, __path__)

# the 64-bit switch comes before any array is made
from theory import _neural_kernels as neural_kernels  # noqa: E402
from theory._averages import *  # noqa: E402
from theory._binomial_bounds import *  # noqa: E402
from theory._claim_kinds import *  # noqa: E402
from theory._claims import *  # noqa: E402
from theory._closed_form import *  # noqa: E402
from theory._collect import *  # noqa: E402
from theory._count_wealth import *  # noqa: E402
from theory._counts import *  # noqa: E402
from theory._deterministic import *  # noqa: E402
from theory._discovery import *  # noqa: E402
from theory._domain import *  # noqa: E402
from theory._fields import *  # noqa: E402
from theory._formula import *  # noqa: E402
from theory._formulas import *  # noqa: E402
from theory._gamma_laws import *  # noqa: E402
from theory._information import *  # noqa: E402
from theory._kl_inverse import *  # noqa: E402
from theory._ladders import *  # noqa: E402
from theory._law_words import *  # noqa: E402
from theory._matrices import *  # noqa: E402
from theory._norm_balls import *  # noqa: E402
from theory._normal_laws import *  # noqa: E402
from theory._normal_moments import *  # noqa: E402
from theory._paper import *  # noqa: E402
from theory._params import *  # noqa: E402
from theory._plug_in_laws import *  # noqa: E402
from theory._pochhammer import *  # noqa: E402
from theory._roots import *  # noqa: E402
from theory._setting import *  # noqa: E402
from theory._simulated import *  # noqa: E402
from theory._spectra import *  # noqa: E402
from theory._stable_laws import *  # noqa: E402
from theory._wigner import *  # noqa: E402
from theory._zonal import *  # noqa: E402
