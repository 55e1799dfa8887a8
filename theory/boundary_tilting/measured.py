"""Angle, strength and type of a user's own linear rule on the user's own points."""

from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from theory import ParameterError, normal_cdf, own_checks
from theory._command_line import Parser, number, parsed, path
from theory._read_numbers import RULE, read_matrix, read_vector
from theory.boundary_tilting.geometry import adversarial_distance, strength, tangent
from theory.boundary_tilting.plane import adversarial_type


class Measured(NamedTuple):
    """What a rule's boundary does to two samples.

    Attributes:
        angle: the deviation angle delta in degrees.
        strength: two-sided, from the mirrored centroids.
        secant: 1/cos(delta), what it is where the boundary separates the centroids.
        separates: whether it does.
        adversarial_distance: the mean of y d(x).
        half_gap: (D/2) cos(delta), what it is for classes of equal size.
        error_distance, error: the mean of max(-y d(x), 0) and the share of y d(x) < 0.
        best_angle: the angle of least error in the plane of b and the rule, by the pooled
            covariance; 0 where none is better.
        kind: 0 under-tilted, 1 within ``tolerance`` degrees of the best angle, 2 over-tilted.
        normal_error, best_error: of normal classes with that covariance and the boundary half-way,
            at the rule's angle and at the best.
    """

    angle: float
    strength: float
    secant: float
    separates: bool
    adversarial_distance: float
    half_gap: float
    error_distance: float
    error: float
    best_angle: float
    kind: int
    normal_error: float
    best_error: float


@own_checks("a user's points, on the host: refused in one line each")
def measure(
    weights: Any, intercept: float | None, first: Any, second: Any, tolerance: float = 5.0
) -> Measured:
    """The rule x.weights + intercept > 0 for the class ``second``, on points of both classes.

    ``intercept`` None puts the boundary half-way between the centroids.
    Shapes (p,), (n, p), (m, p). Raises ParameterError where the angle is not defined.
    """
    w, first, second = (np.asarray(x, float) for x in (weights, first, second))
    if w.ndim != 1 or len(w) < 2 or first.shape[1:] != w.shape or second.shape[1:] != w.shape:
        raise _refused(f"weights {w.shape}, points {first.shape} and {second.shape}: p >= 2 weights"
                       " and two matrices of p columns are wanted")  # fmt: skip
    if len(first) + len(second) < 4 or not (len(first) and len(second)):
        raise _refused("at least one point of each class and four in all are wanted")
    i, j = first.mean(0), second.mean(0)
    v, middle = j - i, -(w @ (i + j)) / 2
    w0 = float(middle if intercept is None else intercept)
    if not all(np.isfinite(x).all() for x in (w, w0, first, second)):
        raise _refused("a number is not finite")
    distance = float(np.linalg.norm(v))
    if distance == 0:
        raise _refused("class means coincide; deviation angle undefined")
    if w @ v <= 0:
        raise _refused("classifier anti-aligned or orthogonal to the centroid direction; strength"
                       " undefined, flip c or labels")  # fmt: skip
    d = [(x @ w + w0) / np.linalg.norm(w) for x in (first, second)]
    right = np.concatenate([-d[0], d[1]])
    t, b = float(tangent(w, v)), v / distance
    centred = np.concatenate([first - i, second - j])
    along, off = centred @ b, centred @ (w / (w @ b) - b)  # off is t u: tilts in units of t
    bb, bu, uu = (float(x @ y) / (len(right) - 2)
                  for x, y in ((along, along), (along, off), (off, off)))  # fmt: skip
    best = -bu / uu if uu > 0 else 0.0

    def normal_error(share: float) -> float:
        spread = np.sqrt(max(bb + 2 * share * bu + share**2 * uu, np.finfo(float).tiny))
        return float(normal_cdf(-distance / 2 / spread))

    angle, best_angle = (float(np.degrees(np.arctan(x))) for x in (t, best * t))
    kind = int(adversarial_type(angle, max(best_angle, 0.0), tolerance))
    cos = 1 / np.sqrt(1 + t**2)
    return Measured(
        angle, float(strength(w, w0, i, j)), 1 / cos, bool(d[0].mean() < 0 < d[1].mean()),
        float(adversarial_distance(w, w0, first, second)), distance * cos / 2,
        float(np.maximum(-right, 0).mean()), float((right < 0).mean()), best_angle, kind,
        normal_error(1.0), normal_error(best),
    )  # fmt: skip


def _refused(what: str) -> ParameterError:
    return ParameterError(f"boundary_tilting: {what}")


_KINDS = ("under-tilted", "about optimal", "over-tilted")


def command(arguments: list[str]) -> int:
    """Prints what :func:`measure` says of the user's files; 0, or 2 on wrong usage."""
    parser = Parser(
        prog="python -m theory boundary_tilting",
        description="Deviation angle, adversarial strength and type of your linear rule.",
        epilog=f"files: {RULE}.",
    )
    parser.add_argument("--weights", type=path, required=True, help="a vector of p numbers")
    parser.add_argument("--first", type=path, required=True, help="points of I, a row a point")
    parser.add_argument("--second", type=path, required=True, help="points of J, where the rule is"
                        " positive")  # fmt: skip
    parser.add_argument("--intercept", type=number, help="default: the boundary half-way")
    parser.add_argument("--tolerance", type=number, default=5.0, help="degrees that count as"
                        " optimal (default: 5)")  # fmt: skip
    given = parsed(parser, arguments)
    if isinstance(given, int):
        return given
    seen = measure(
        read_vector(given.weights), given.intercept, read_matrix(given.first),
        read_matrix(given.second), given.tolerance,
    )  # fmt: skip
    apart = "" if seen.separates else ": NOT SO HERE, the boundary does not separate the centroids"
    table = Table("what", "seen", "law")
    for row in (
        ("deviation angle, degrees", f"{seen.angle:.4g}", f"least error at {seen.best_angle:.4g}"),
        ("type", str(seen.kind), _KINDS[seen.kind]),
        ("adversarial strength", f"{seen.strength:.5g}", f"1/cos = {seen.secant:.5g}{apart}"),
        ("adversarial distance", f"{seen.adversarial_distance:.5g}",
         f"(D/2) cos = {seen.half_gap:.5g} for classes of equal size"),
        ("error distance", f"{seen.error_distance:.5g}", ""),
        ("error", f"{seen.error:.4g}", f"normal classes, half-way: {seen.normal_error:.4g}, at best"
         f" {seen.best_error:.4g}"),
    ):  # fmt: skip
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 110).print(table)
    return 0
