"""``python -m theory long_tail_memorization COUNTS``: what not memorising would cost your data."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from theory._command_line import Parser, between, parsed, path, whole
from theory._read_numbers import RULE, read_vector
from theory.long_tail_memorization.price import plugged, price


def _parser() -> Parser:
    parser = Parser(prog="python -m theory long_tail_memorization", description=__doc__)
    parser.add_argument("counts", type=path, help=f"how often each class is seen ({RULE})")
    parser.add_argument("--labels", type=whole(2), default=2, help="labels a point may have")
    share = between(0.0, 1.0)
    parser.add_argument("--gamma", type=share, default=0.0, help="limit on memorization")
    parser.add_argument("--level", type=share, default=0.95, help="of the interval")
    anytime = "an interval that holds at all sizes of growing data at once"
    parser.add_argument("--anytime", action="store_true", help=anytime)
    samples = "also at this size, were the counts' shares the frequencies"
    parser.add_argument("--samples", type=whole(1, 10**12), help=samples)
    return parser


def command(arguments: Sequence[str]) -> int:
    """Prints the price, its interval and the table of tau_l; 0, or 2 for bad usage or numbers."""
    given = parsed(_parser(), arguments)
    if isinstance(given, int):
        return given
    counts = read_vector(given.counts)
    found = price(
        counts, labels=given.labels, gamma=given.gamma, level=given.level, anytime=given.anytime
    )
    console = Console(width=None if Console().is_terminal else 110)
    console.print(
        f"{found.samples} samples, {given.labels} labels: the best error is {found.opt:.4g}, all"
        " of it on points not seen"
    )
    console.print(
        f"not fitting what is seen once adds {found.cost:.4g}; with confidence {given.level:g}"
        f" between {found.low:.4g} and {found.high:.4g}"
    )
    console.print(f"with gamma = {given.gamma:g} on every count it adds {found.limited:.4g}")
    table = Table("seen", "points", "mass", "n tau", "n tau, naive")
    for seen in range(5):
        tau = found.samples * found.frequency[seen]
        points = "unknown" if seen == 0 else f"{found.points[seen]:.0f}"
        shown = "-" if tau != tau else f"{tau:.4g}"
        table.add_row(str(seen), points, f"{found.mass[seen]:.4g}", shown, str(seen))
    console.print(table)
    if given.samples:
        mass, tau = plugged(counts, given.samples)
        table = Table(f"at {given.samples} samples", "mass", "n tau")
        for seen, (m, t) in enumerate(zip(mass, tau, strict=True)):
            table.add_row(str(seen), f"{m:.4g}", f"{t:.4g}")
        console.print(table)
    return 0
