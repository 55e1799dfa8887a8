"""What should be true: closed forms, bounds, and the papers' claims as objects.

Importing this package switches JAX to 64 bit (``jax_enable_x64``), also when jax was imported
first: closed forms are held against 50 digits, and float32 cannot say whether they agree.
"""

import os

# XLA's thread pool on the CPU has as many threads as cores; two blocks in flight that call LAPACK
# wait for each other for ever on two (seen with jax 0.10.2). NPROC is read when JAX starts its CPU
# client: where that has happened already, sims keeps one block in flight.
os.environ.setdefault("NPROC", str(max(4, os.cpu_count() or 1)))

import jax

jax.config.update("jax_enable_x64", True)

from theory._claims import (  # noqa: E402  (the 64-bit switch comes before any array is made)
    AtLeast,
    AtMost,
    Claim,
    Equals,
    Identity,
    Inequality,
    Law,
    Limit,
    Ordering,
    PerTrial,
    Scaling,
    Twin,
    Verdict,
    planned,
)
from theory._discovery import (  # noqa: E402
    UnknownSettingError,
    add_settings_folder,
    load,
    settings,
)
from theory._formula import (  # noqa: E402
    Ball,
    MixedEvaluators,
    Scalar,
    absolute,
    arccos,
    arcsin,
    arcsinh,
    arctan,
    cos,
    cosh,
    erf,
    erfc,
    erfcx,
    exp,
    expm1,
    gamma,
    log,
    log1p,
    log_normal_cdf,
    loggamma,
    maximum,
    minimum,
    normal_cdf,
    normal_pdf,
    pi,
    power,
    rational,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    total,
    where,
)
from theory._paper import Paper  # noqa: E402
from theory._params import (  # noqa: E402
    ArrayOf,
    Because,
    Doc,
    Domain,
    Field,
    Ge,
    Gt,
    Le,
    Logarithmic,
    Lt,
    ParameterError,
    Static,
    fields_of,
    lift,
    parameters,
)

__all__ = [
    "ArrayOf", "AtLeast", "AtMost", "Ball", "Because", "Claim", "Doc", "Domain", "Equals",
    "Field", "Ge", "Gt", "Identity", "Inequality", "Law", "Le", "Limit", "Logarithmic", "Lt",
    "MixedEvaluators", "Ordering", "Paper", "ParameterError", "PerTrial", "Scalar", "Scaling",
    "Static", "Twin", "UnknownSettingError", "Verdict", "absolute", "add_settings_folder",
    "arccos", "arcsin", "arcsinh", "arctan", "cos", "cosh", "erf", "erfc", "erfcx", "exp",
    "expm1", "fields_of", "gamma", "lift", "load", "log", "log1p", "log_normal_cdf", "loggamma",
    "maximum", "minimum", "normal_cdf", "normal_pdf", "parameters", "pi", "planned", "power",
    "rational", "settings", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "total", "where",
]  # fmt: skip
