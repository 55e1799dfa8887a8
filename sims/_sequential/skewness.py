"""Does the sample contradict the skewness that a claim derives for its law?"""

import math

import numpy as np

from sims._sequential.base import SupportError

_ORDINARY = 3.0  # what symmetric laws may have
_STAKES = np.array([0.5, 0.05, 0.005, 0.0005])
_SLACK = 10.0  # by which the sample's variance may fall short of the law's


class Skewness:
    """Bets against E|X - mu|^3 <= A sigma^3, A = bound + 3.

    A bound on the skewness says nothing about rare large values on both sides, so it is read as a
    bound on the law's tails too: symmetric laws with tails up to Student's with 4 degrees of
    freedom have E|X - mu|^3/sigma^3 <= 2.83, the exponential law 2.41 (skewness 2).

    r_i = |x_i - m|^3/(A s^3) with m and s from earlier observations has mean at most 1 up to the
    error of s, so prod_i (1 + l (r_i - 1)) rarely reaches 1/alpha for any stake l in [0, 1]; the
    capital is the average over four stakes. Betting starts after n1 = 1.5 A^2 ln(1/alpha)
    observations, with 10 times their variance as s^2: even the law whose variance sits in events
    of probability 1/A^2, the rarest that A allows, has a sample variance below sigma^2/10 then
    with probability about exp(-.67 n1/A^2) <= alpha only (Chernoff's bound).
    """

    def __init__(self, bound: float, alpha: float):
        self.bound = bound
        self._most = bound + _ORDINARY
        self._needed = math.log(1.0 / alpha)
        self._first = max(64, math.ceil(1.5 * self._most**2 * self._needed))
        self._capital = np.zeros(len(_STAKES))  # logarithms, one a stake
        self._done = self._first

    def check(self, values: np.ndarray) -> None:
        """Bets on the observations that it has not seen. Raises SupportError at 1/alpha."""
        # the scale changes at n1 2^j only, so nothing depends on how the sample was cut
        while self._done < len(values):
            octave = int(math.log2(self._done / self._first))
            known = self._first * 2**octave
            new = values[self._done : min(len(values), 2 * known)]
            centre, scale = float(values[:known].mean()), float(values[:known].std())
            if scale > 0.0:
                ratios = (abs(new - centre) / (scale * _SLACK**0.5)) ** 3 / self._most
                growth = np.log1p(_STAKES[:, None] * (ratios - 1.0)).cumsum(axis=1)
                together = np.logaddexp.reduce(self._capital[:, None] + growth, axis=0)
                over = together - math.log(len(_STAKES)) >= self._needed
                if over.any():
                    i = self._done + int(over.argmax())
                    raise SupportError(
                        f"the sample contradicts the skewness bound {self.bound:g}: observation"
                        f" {i} is {float(values[i])!r}, {abs(values[i] - centre) / scale:.3g}"
                        f" standard deviations from the mean of {known} before it"
                    )
                self._capital += growth[:, -1]
            self._done += len(new)

    def check_estimate(self, values: np.ndarray, half: float) -> None:
        """Raises SupportError if a confidence interval of the skewness lies beyond the bound.

        ``half``: the half-width of such an interval for a unit standard deviation. The estimate's
        influence function is y^3 - 3 y - g - 3/2 g (y^2 - 1), y the standardized observation.
        """
        scale = float(values.std())
        if scale == 0.0:
            return
        y = (values - values.mean()) / scale
        skewness = float((y**3).mean())
        influence = y**3 - 3 * y - 1.5 * skewness * (y * y - 1)
        if abs(skewness) - half * float(influence.std()) > self.bound:
            raise SupportError(
                f"the sample contradicts the skewness bound {self.bound:g}: its own skewness is"
                f" {skewness:.3g} over {len(values)} observations"
            )
