"""A sample's spectrum continued by its own powerlaw: what practitioners do beyond N points."""

from typing import NamedTuple

import numpy as np

from theory.random_features._data import Exponents, measured_exponents
from theory.random_features._refuse import refuse
from theory.random_features._spectra import powerlaw_nodes
from theory.random_features._spectrum import Spectrum, check_spectrum, spectrum

KEPT = 20
"""The first N/20 modes stay; those after them are too small and too few in a sample."""

LEAST_POINTS = 200


class Extrapolation(NamedTuple):
    """The spectrum with its new tail, the exponents of the tail, and its first mode."""

    spectrum: Spectrum
    exponents: Exponents
    first: int


def extrapolated(of: Spectrum) -> Extrapolation:
    """The spectrum of N points with modes beyond N/20 replaced by an infinite powerlaw (host only).

    lambda_i = a i^-alpha, v_i^2 = b i^-beta for all i > N/20, with the exponents that
    :func:`measured_exponents` finds between n = N/50 and N/10, and a, b such that trace and norm of
    the target stay. For n beyond N; below, :func:`left_out` is nearer to the truth. An assumption,
    not a theorem: on scikit-learn's digits (N = 1797, 0-4 against 5-9, kernel e^(4 (cos - 1)), no
    ridge) it gives .240, .109, .062 at n = 100, 400, 1000; left_out gives .248, .111, .058, the N
    points as the whole population .234, .086, .026, and measurement .263, .135, .075.

    Raises ParameterError for a spectrum without ``points`` or with N < 200, and where the measured
    exponents are those of no powerlaw (alpha <= 1 or beta <= 1).
    """
    check_spectrum(of)
    if of.points is None or of.points < LEAST_POINTS:
        raise refuse("points", of.points, f"is not allowed: at least {LEAST_POINTS} are needed")
    total = int(of.points)
    order = np.argsort(-np.asarray(of.eigenvalues), kind="stable")
    values, target, counts = (np.asarray(x, float)[order] for x in of)
    if not (counts == 1).all() or len(values) < total // KEPT + 1:
        raise refuse("spectrum", f"{len(values)} entries", "must be single modes, N/20 at least")
    fit = measured_exponents(of, total / 50, total / 10)
    if not (fit.alpha > 1 and fit.beta > 1):
        raise refuse(
            "exponents", f"alpha {fit.alpha:.3f}, beta {fit.beta:.3f}", "are those of no powerlaw"
        )
    kept = total // KEPT
    places, weights = powerlaw_nodes(head=4 * total)
    places, weights = places[kept:], weights[kept:]
    scale = values[kept:].sum() / (weights * places**-fit.alpha).sum()
    size = target[kept:].sum() / (weights * places**-fit.beta).sum()
    new = spectrum(
        np.concatenate([values[:kept], scale * places**-fit.alpha]),
        np.concatenate([target[:kept], size * places**-fit.beta]),
        np.concatenate([counts[:kept], weights]),
    )
    return Extrapolation(new, fit, kept + 1)
