"""f >= 0 on a box, proved by adaptive branch and bound in Arb balls."""

import dataclasses
import heapq
import time
from collections import deque
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import flint

from proofs_check._derivatives import Dual, coordinates
from proofs_check._results import Result, Status
from proofs_check._statements import Positive
from proofs_check._time_limit import within
from theory._balls import Ball, ball_precision
from theory._constants import Constant

End = int | Fraction | str | float
Box = dict[str, tuple[Fraction, Fraction]]

_MOST_BITS = 4096
_DEEPEST = 200  # halvings of one box; beyond, the box is put aside as unresolved


def inequality(
    f: Callable[..., Any],
    box: Mapping[str, tuple[End, End]],
    *,
    strict: bool = False,
    time_limit: float = 30,
    max_boxes: int = 200_000,
    precision: int = 128,
    gradient: Mapping[str, Callable[..., Any]] | None = None,
) -> Result:
    """Proves f(**coordinates) >= 0 (> 0 if strict) on a closed box, in Arb balls.

    Every subbox is enclosed by evaluating ``f`` on balls and, where that does not decide, by the
    mean-value form f(m) + sum_i df/dx_i(subbox) (x_i - m_i), whose derivatives come from forward
    differentiation in balls. Where a derivative keeps one sign on the subbox, the coordinate is
    moved to the end at which f is smallest. What stays undecided is split. A negative value found
    on the way is confirmed at its point, which is the counterexample.

    Args:
        f: a formula over theory's vocabulary, called with one :class:`~theory.Ball` a coordinate.
        box: the closed range of each coordinate: ints, Fractions, texts such as ``"0.1"``, or
            floats, which mean exactly the binary number that they are.
        strict: prove f > 0.
        time_limit: seconds of processor time.
        max_boxes: how many subboxes may be looked at.
        precision: bits; raised by itself where rounding, not the subbox's width, is in the way.
        gradient: df/dx_i by name, formulas of the same coordinates; all of them or none. In place
            of differentiation, where a simplified derivative gives narrower enclosures.

    Returns:
        PROVED; REFUTED with an exact rational point; UNDECIDED with the unresolved subbox.

    A proof says f >= 0 at every point of the box at which f is defined: subboxes on which some
    word is undefined throughout stay undecided.
    """
    exact = {name: _ends(name, pair) for name, pair in box.items()}
    if gradient is not None and set(gradient) != set(exact):
        raise ValueError(f"gradient names {sorted(gradient)}, the box {sorted(exact)}")
    search = _Search(f, exact, strict, max_boxes, precision, gradient)
    start = time.perf_counter()
    finished, result = within(time_limit, search.run)
    if not finished or result is None:
        result = search.undecided(f"time limit of {time_limit:g} s")
    seconds = time.perf_counter() - start
    return dataclasses.replace(result, seconds=seconds, statements=(Positive(f, exact, strict),))


def _ends(name: str, pair: tuple[End, End]) -> tuple[Fraction, Fraction]:
    low, high = (Fraction(end) for end in pair)
    if low > high:
        raise ValueError(f"{name}: the range [{low}, {high}] is empty")
    return low, high


def _arb(number: Fraction) -> Any:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def _value(result: Any) -> Any:
    """What f returned, as an arb."""
    if isinstance(result, Ball):
        return result.arb
    if isinstance(result, Constant):
        return result.resolve("arb").arb
    if isinstance(result, (int, Fraction)) and not isinstance(result, bool):
        return _arb(Fraction(result))
    raise TypeError(f"the formula returned {result!r} ({type(result).__name__}), not a Ball")


@dataclasses.dataclass
class _Piece:
    """A subbox that is not decided yet."""

    box: Box
    depth: int
    bits: int
    axis: str  # the coordinate to split next
    done: bool = False


class _Search:
    """Branch and bound, best first (lowest lower end) and oldest first in turn.

    Best first finds a counterexample fast; oldest first keeps a singularity, whose subboxes never
    get a finite enclosure, from taking all the time.
    """

    def __init__(self, f, box: Box, strict: bool, max_boxes: int, bits: int, gradient):
        self.f, self.box, self.strict, self.gradient = f, box, strict, gradient
        self.differentiable = True
        self.max_boxes, self.bits = max_boxes, bits
        self.heap: list[tuple[float, int, _Piece]] = []
        self.queue: deque[_Piece] = deque()
        self.shelved: list[Box] = []
        self.boxes = 0
        self.most_bits = bits
        self.widths = {name: high - low for name, (low, high) in box.items()}

    @property
    def method(self) -> str:
        return f"Arb branch and bound, {self.boxes} boxes, {self.most_bits} bits"

    def undecided(self, why: str) -> Result:
        pieces = [p for _, _, p in sorted(self.heap, key=lambda item: item[:2]) if not p.done]
        boxes = self.shelved + [p.box for p in pieces]
        box = boxes[0] if boxes else self.box
        left = {name: (str(low), str(high)) for name, (low, high) in box.items()}
        detail = f"{why}; {len(boxes)} boxes unresolved"
        return Result(Status.UNDECIDED, self.method, unresolved=left, detail=detail)

    def run(self) -> Result:
        axis = max(self.box, key=lambda name: self.widths[name], default="")
        counterexample = self.look(_Piece(dict(self.box), 0, self.bits, axis))
        turn = 0
        while counterexample is None:
            if self.boxes + 2 > self.max_boxes:
                return self.undecided(f"limit of {self.max_boxes} boxes")
            piece = self.next_piece(turn)
            turn += 1
            if piece is None:
                if self.shelved:
                    return self.undecided(f"{_DEEPEST} halvings did not decide")
                return Result(Status.PROVED, self.method)
            low, high = piece.box[piece.axis]
            middle = (low + high) / 2
            for part in ((low, middle), (middle, high)):
                child = {**piece.box, piece.axis: part}
                depth = piece.depth + 1
                counterexample = self.look(_Piece(child, depth, piece.bits, piece.axis))
                if counterexample is not None:
                    break
        return counterexample

    def next_piece(self, turn: int) -> _Piece | None:
        while self.heap and self.queue:
            piece = heapq.heappop(self.heap)[2] if turn % 2 == 0 else self.queue.popleft()
            if not piece.done:
                piece.done = True
                return piece
        return None

    def slopes(self, balls: Mapping[str, Ball]) -> dict[str, Any]:
        """Enclosures of the derivatives on a subbox, as far as they are finite."""
        if self.gradient is not None:
            slopes = {name: _value(g(**balls)) for name, g in self.gradient.items()}
        elif self.differentiable:
            try:
                result = self.f(**coordinates(balls))
            except (TypeError, AttributeError):
                # f asks for more than a Dual can do (a method of Ball, say): bounds come from
                # its plain enclosures alone
                self.differentiable = False
                return {}
            if not isinstance(result, Dual):
                return {}
            names = zip(balls, result.slopes, strict=True)
            slopes = {name: slope.arb for name, slope in names}
        else:
            return {}
        return {name: s for name, s in slopes.items() if s.is_finite()}

    def at_point(self, point: Mapping[str, Fraction], bits: int) -> Any:
        with ball_precision(bits):
            return _value(self.f(**{name: Ball(_arb(x)) for name, x in point.items()}))

    def look(self, piece: _Piece) -> Result | None:
        """Decides the piece, or keeps it for splitting; a Result if it holds a counterexample."""
        self.boxes += 1
        box = piece.box
        while True:
            middle = {name: (low + high) / 2 for name, (low, high) in box.items()}
            centre = self.at_point(middle, piece.bits)
            if (centre <= 0) if self.strict else (centre < 0):
                return self.refuted(middle, centre, piece.bits)
            with ball_precision(piece.bits):
                balls = {name: Ball.hull(*ends) for name, ends in box.items()}
                whole = _value(self.f(**balls))
                if self.holds(whole):
                    return None
                slopes = self.slopes(balls)
                if len(slopes) == len(box):
                    mean_value = centre
                    for name, slope in slopes.items():
                        mean_value += slope * (balls[name].arb - _arb(middle[name]))
                    if self.holds(mean_value):
                        return None
            moved = self.to_lowest_ends(box, slopes)
            if moved is not None:
                box = piece.box = moved
                continue
            widths = {n: high - low for n, (low, high) in box.items() if high > low}
            # rounding is in the way where the value at a point is as wide as on the whole box
            # or wider than its own distance from 0
            rounding = not widths or (
                centre.is_finite() and whole.is_finite() and 4 * centre.rad() > whole.rad()
            )
            if rounding and piece.bits < _MOST_BITS:
                piece.bits *= 2
                self.most_bits = max(self.most_bits, piece.bits)
                continue
            break
        if not widths or piece.depth >= _DEEPEST:
            self.shelved.append(box)
            return None
        piece.axis = self.best_axis(widths, slopes)
        lower = float(whole.lower()) if whole.is_finite() else float("-inf")
        heapq.heappush(self.heap, (lower, self.boxes, piece))
        self.queue.append(piece)
        return None

    def holds(self, value: Any) -> bool:
        return bool(value > 0 if self.strict else value >= 0)

    def to_lowest_ends(self, box: Box, slopes: Mapping[str, Any]) -> Box | None:
        """The face on which f is smallest, where a derivative keeps one sign; None if none does."""
        moved = dict(box)
        for name, slope in slopes.items():
            low, high = box[name]
            if low < high and slope >= 0:
                moved[name] = (low, low)
            elif low < high and slope <= 0:
                moved[name] = (high, high)
        return moved if moved != box else None

    def best_axis(self, widths: Mapping[str, Fraction], slopes: Mapping[str, Any]) -> str:
        """The coordinate that moves f most (largest slope x width), else the widest relative."""
        if len(slopes) == len(self.box):
            return max(widths, key=lambda n: float(abs(slopes[n]).upper()) * float(widths[n]))
        return max(widths, key=lambda n: widths[n] / self.widths[n])

    def refuted(self, point: Mapping[str, Fraction], value: Any, bits: int) -> Result:
        text = {name: str(x) for name, x in point.items()}
        sign = "<=" if self.strict else "<"
        detail = f"f = {value.str(10)} {sign} 0 there ({bits} bits)"
        return Result(Status.REFUTED, self.method, counterexample=text, detail=detail)
