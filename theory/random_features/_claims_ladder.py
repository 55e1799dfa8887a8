"""The eigenframework's finite-size error falls as 1/n: simulated ladders (deep)."""

from theory import Claim, Scaling, Twin
from theory.random_features._params import Params

_SIZES = (8, 16, 32, 64)


def _rungs(width: float) -> tuple[Params, ...]:
    """Isotropic tasks of one shape: M = 4 n modes of eigenvalue 1/M, |v|^2 = 1, k = width n."""
    return tuple(
        Params(
            n=n, k=int(width * n), modes=4 * n, spectrum="isotropic", noise=0.25, ridge=0.0625
        )
        for n in _SIZES
    )  # fmt: skip


CLAIMS: tuple[Claim, ...] = (
    Scaling(
        name="finite_size_error_of_the_test_risk",
        source="Section 3 (Assumption A has no rate in the paper); derived: exact_finite_size",
        statement="n (mean E_te/theory - 1) is bounded and stable: k = n/2, n = 8, 16, 32, 64",
        value="test_excess",
        rungs=_rungs(0.5),
        size=lambda p: p.n,
        exponent=-1.0,
        tolerance=0.3,
        tolerance_reason="the gap is C/n (1 + c/n): |c| <= 4 moves the fitted exponent by 0.3; the"
        " exact gap without ridge, (n-1)(n-k)/((n-k-1) n) - 1, has -1.12 on these rungs",
        mode="ladder",
        trials_per_rung=65_536,
        twin=Twin("the error is of order n^-1/2, as a single draw's", exponent=-0.5),
        deep=True,
    ),
    Scaling(
        name="finite_size_error_of_the_train_risk",
        source="Section 3 (train risk); see finite_size_error_of_the_test_risk",
        statement="n (mean E_tr/theory - 1) is bounded and stable: k = 2 n, n = 8, 16, 32, 64",
        value="train_excess",
        rungs=_rungs(2.0),
        size=lambda p: p.n,
        exponent=-1.0,
        tolerance=0.3,
        tolerance_reason="the gap is C/n (1 + c/n): |c| <= 4 moves the fitted exponent by 0.3",
        mode="ladder",
        trials_per_rung=32_768,
        twin=Twin("the error is of order 1/n^2", exponent=-2.0),
        deep=True,
    ),
)
