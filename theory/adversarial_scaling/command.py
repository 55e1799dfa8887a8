"""``python -m theory adversarial_scaling GAPS``: the exponent and the law that your gaps follow."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from theory._command_line import Parser, between, parsed, path
from theory._read_numbers import RULE, read_array, read_vector
from theory.adversarial_scaling.sensitivity import measured

EPS = (0.01, 0.03, 0.1, 0.3, 1.0)


def _parser() -> Parser:
    parser = Parser(prog="python -m theory adversarial_scaling", description=__doc__)
    parser.add_argument("gaps", type=path, help=f"N top gaps or margins, or N x C logits ({RULE})")
    parser.add_argument("--rates", type=path, help="N rates at which an attack closes them")
    parser.add_argument("--smallest", type=between(0.0, 1.0), default=0.05,
                        help="share of smallest ratios that the exponent is read from")  # fmt: skip
    return parser


def command(arguments: Sequence[str]) -> int:
    """Prints exponent, prefactor and errors; 0, or 2 for bad usage or numbers."""
    given = parsed(_parser(), arguments)
    if isinstance(given, int):
        return given
    rates = read_vector(given.rates) if given.rates else None
    found = measured(read_array(given.gaps, (1, 2)), rates, smallest=given.smallest, eps=EPS)
    console = Console(width=None if Console().is_terminal else 110)
    console.print(
        f"err(eps) ~ {found.amplitude:.4g} eps^{found.exponent:.3f}, exponent +-"
        f" {found.standard_error:.3f}, from the {found.used} smallest ratios (eps <="
        f" {found.scale:.3g})"
    )
    away = abs(found.exponent - 1) / found.standard_error
    console.print(
        "exponent 1: a density that is finite at 0, as of independent logits" if away < 3 else
        f"not 1 by {away:.0f} standard errors: gaps repel or crowd at 0, or rates have heavy tails"
    )  # fmt: skip
    table = Table("eps", "share gap < rate eps", "the power law")
    for eps, share in zip(EPS, found.share, strict=True):
        law = min(1.0, found.amplitude * eps**found.exponent)
        table.add_row(f"{eps:g}", f"{share:.4g}", f"{law:.4g}")
    console.print(table)
    return 0
