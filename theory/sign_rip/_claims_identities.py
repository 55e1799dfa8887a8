"""Claims that hold in every single trial, to rounding: identities, symmetries, linear phase."""

import dataclasses
from typing import Any

from theory import PerTrial, Twin
from theory.sign_rip.params import GENTLE, Params

_ROUNDING = 1e-9
_POPULATION = GENTLE.but(
    d=6, rank=2, search_rank=4, m=40, condition=2.0, p=0.2, law="laplace", outlier_size=1.0
)
_LINEAR = GENTLE.but(
    d=8, rank=2, m=40, p=0.2, law="gaussian", alpha=1e-10, steps="geometric", eta=0.1, iterations=40
)
_SHORT = GENTLE.but(d=6, rank=2, m=40, p=0.2, law="gaussian", alpha=0.1, iterations=20)


def _at(params: Params, **changes: Any) -> Params:
    return dataclasses.replace(params, **changes)


IDENTITY_CLAIMS = (
    PerTrial(
        name="signal_residual_recursion",
        source="arXiv:2202.08788, signal and residual terms of the proof",
        statement="population: S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U)",
        observable="recursion",
        mode="population",
        bound=1e-13,
        cases=(_POPULATION, _at(_POPULATION, d=5, rank=4, search_rank=5, nu=0.5)),
        planned_trials=64,
        supported_by=("signal_residual_split",),
        twin=Twin("E+ = E - 2e E S^T S", observable="recursion_without_residual"),
    ),
    PerTrial(
        name="error_pythagoras",
        source="arXiv:2202.08788 has the triangle inequality; derived",
        statement="|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2",
        observable="pythagoras",
        mode="population",
        bound=1e-13,
        cases=(_POPULATION,),
        planned_trials=64,
        supported_by=("error_splits_orthogonally",),
        twin=Twin("coefficient 1 for the cross term", observable="pythagoras_single_cross"),
    ),
    PerTrial(
        name="riccati_flow",
        source="derived: see riccati_flow",
        statement="X(tau) = e^{2 tau X*} U_0 [I + 4 U_0^T J U_0]^{-1} U_0^T e^{2 tau X*}",
        observable="flow",
        mode="population",
        bound=_ROUNDING,
        cases=(_POPULATION,),
        planned_trials=64,
        supported_by=("riccati_equation",),
        twin=Twin("2 in place of 4 before J", observable="flow_two_for_four"),
    ),
    PerTrial(
        name="cubic_map_of_matrices",
        source="derived: see cubic_map",
        statement="ideal steps from a commuting start: each v = u/sqrt(sigma) follows v(1+a-a v^2)",
        observable="cubic",
        mode="population",
        bound=_ROUNDING,
        cases=(_POPULATION,),
        planned_trials=64,
        supported_by=("cubic_step",),
        twin=Twin("a = eta sigma, the factor 2 lost", observable="cubic_without_two"),
    ),
    PerTrial(
        name="linear_phase_exact",
        source="derived: sign(<A, U U^T> - y) = -sign(y) while norm-inf(A(U U^T)) < min |y|",
        statement="U_t = prod_s (I + 2 eta_s C) U_0, C = (1/m) sum sign(y_i) S_i",
        observable="gap",
        mode="linear",
        bound=1e-11,
        cases=(_LINEAR, _at(_LINEAR, start="spectral", rho=1.0)),
        planned_trials=64,
        twin=Twin("y_i in place of sign(y_i)", observable="gap_with_values"),
    ),
    PerTrial(
        name="outlier_magnitude_invariance",
        source="derived: only sign(s_i) of an overwhelming outlier is used",
        statement="outliers 1000 times as large leave every U_t bitwise the same",
        observable="l1_change",
        mode="magnitude",
        bound=0.0,
        cases=(_at(_SHORT, law="constant", outlier_size=1e4, steps="geometric", iterations=40),),
        planned_trials=64,
        twin=Twin("as for l2: the error grows with them", observable="l2_change"),
    ),
    PerTrial(
        name="symmetries",
        source="derived: rotations of U_0 and of space; (X*, s, U_0) -> (cX*, cs, sqrt(c) U_0)",
        statement="U_0 O and R(.)R^T change nothing; scaling by c keeps eta (it has no unit)",
        observable="gap",
        mode="symmetry",
        bound=_ROUNDING,
        cases=(_SHORT, _at(_SHORT, p=0.4, law="laplace", nu=0.2)),
        planned_trials=64,
        twin=Twin("eta -> eta/c", observable="gap_with_eta_over_c"),
    ),
)
