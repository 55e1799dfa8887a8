"""What annotation noise does to every metric of a table, exactly."""

from theory import Claims, Domain, Twin, sqrt
from theory.noisy_imbalanced_metrics.metrics import annotated, contraction, kappa
from theory.noisy_imbalanced_metrics.params import Params

claim = Claims("derived")
EXACT = ("jax", "mpmath")
HERE = Params()
EVEN = Params(pi=0.3, t=0.7, f=0.2, alpha=0.2, beta=0.1, n=2000)
TABLES = Domain.around(
    HERE, pi=(1e-3, 0.6), t=(0.3, 0.95), f=(0.01, 0.25), alpha=(0.05, 0.4), beta=(0.01, 0.3)
)


def noisy(name, which=0):
    """A reading: the metric of a classifier against annotated labels."""
    return lambda run, p: run[name][:, which, 1]


def cell(row, column):
    """A reading: the share of items annotated ``row`` and called ``column``."""
    return lambda run, p: run["shares"][:, 0, 1, row, column]


# --------------------------------------------------------------------------------------------
# Cells and metrics against annotated labels


def binomial(row, column):
    """The variance of that share, of n items."""

    def variance(p):
        pit, tt, ft = annotated(*p.clean, *p.noise)
        prior, rate = (pit, tt) if row else (1 - pit, ft)
        share = prior * (rate if column else 1 - rate)
        return share * (1 - share) / p.n

    return variance


sampled = claim.given(at=(HERE, EVEN), within=5e-4, why="exact; the width asked for")


@sampled.equals(
    cell(1, 1),
    variance=binomial(1, 1),
    twin=Twin("without beta f, negatives annotated 1", floor=0),
    known=((HERE, ".02257"),),
)
def noisy_cells(p, *, floor=1):
    """TPt = (1 - alpha - beta) pi t + beta q = pi (1 - alpha) t + (1 - pi) beta f."""
    return p.pi * (1 - p.alpha) * p.t + floor * (1 - p.pi) * p.beta * p.f


@sampled.equals(
    cell(0, 1),
    variance=binomial(0, 1),
    twin=Twin("(1 - pi)(1 - beta) f alone", missed=0),
    known=((HERE, ".04993"),),
)
def noisy_cells_false_alarms(p, *, missed=1):
    """FPt = q - TPt = pi alpha t + (1 - pi)(1 - beta) f."""
    return missed * p.pi * p.alpha * p.t + (1 - p.pi) * (1 - p.beta) * p.f


@sampled.equals(
    cell(1, 0), variance=binomial(1, 0), twin=Twin("pi - TPt", shift=0), known=((HERE, ".02383"),)
)
def noisy_cells_misses(p, *, shift=1):
    """FNt = pit - TPt, pit = pi (1 - alpha) + (1 - pi) beta."""
    return (p.pit if shift else p.pi) - noisy_cells(p)


@sampled.equals(
    cell(0, 0),
    variance=binomial(0, 0),
    twin=Twin("1 - pi - FPt", shift=0),
    known=((HERE, ".90367"),),
)
def noisy_cells_passed(p, *, shift=1):
    """TNt = 1 - pit - q + TPt."""
    return 1 - (p.pit if shift else p.pi) - p.q + noisy_cells(p)


unbiased = claim.given(
    at=(HERE, EVEN), within=0.002, why="given a count > 0 a share is unbiased: the width asked for"
)


@unbiased.equals(
    noisy("precision"), twin=Twin("(1 - alpha) prec, no floor", floor=0), known=((HERE, ".311310"),)
)
def precision_affine(p, *, floor=1):
    """Annotated precision is beta + (1 - alpha - beta) prec: below beta it cannot fall."""
    clean = p.pi * p.t / p.q
    return p.beta + p.lam * clean if floor else (1 - p.alpha) * clean


@unbiased.equals(noisy("npv"), twin=Twin("the floor beta", missed=0), known=((HERE, ".974307"),))
def precision_affine_npv(p, *, missed=1):
    """Annotated negative predictive value is alpha + (1 - alpha - beta) npv."""
    floor = p.alpha if missed else p.beta
    return floor + p.lam * (1 - p.pi) * (1 - p.f) / (1 - p.q)


@unbiased.equals(
    noisy("recall"), twin=Twin("recall seen as clean", purity=1), known=((HERE, ".4864224"),)
)
def rates_mix(p, *, purity=None):
    """Annotated recall is eta t + (1 - eta) f, eta = pi (1 - alpha)/pit the purity of class 1."""
    eta = p.pi * (1 - p.alpha) / p.pit if purity is None else purity
    return eta * p.t + (1 - eta) * p.f


@unbiased.equals(
    noisy("j"), support=(-1.0, 1.0), twin=Twin("lam J", mixed=0), known=((HERE, ".434063"),)
)
def rates_mix_youden(p, *, mixed=1):
    """Annotated J is (eta - om) J, eta - om = (1 - alpha - beta) pi (1 - pi)/(pit (1 - pit))."""
    return (contraction(p.pi, *p.noise) if mixed else p.lam) * (p.t - p.f)


@claim.identity(
    lambda p: p.pi * (1 - p.alpha) / p.pit - p.pi * p.alpha / (1 - p.pit),
    over=TABLES,
    twin=Twin("1 - alpha - beta", mixed=0),
)
def contraction_of_rates(p, *, mixed=1):
    """eta - om = (1 - alpha - beta) pi (1 - pi)/(pit (1 - pit))."""
    return contraction(p.pi, *p.noise) if mixed else p.lam


@claim.never_below(
    lambda p: p.lam,
    over=Domain.around(HERE.but(beta=0.0), pi=(1e-6, 0.5), alpha=(0.01, 0.95)),
    evaluators=EXACT,
    twin=Twin("for false alarms too", domain=TABLES),
)
def missed_labels_spare_rare_classes(p):
    """beta = 0, pi <= 1/2: eta - om >= 1 - alpha; missed positives cost J less than their share."""
    return contraction(p.pi, *p.noise)


biased = claim.given(at=(HERE, EVEN), within=0.003, why="a bias of order 1/(n pit), under .002")


@biased.equals(
    noisy("mcc"),
    support=(-1.0, 1.0),
    twin=Twin("eta - om, without the root", rooted=0),
    known=((HERE, ".3521023"),),
)
def mcc_contraction(p, *, rooted=1):
    """Annotated MCC is (1 - alpha - beta) sqrt(pi (1 - pi)/(pit (1 - pit))) MCC."""
    spread = p.pi * (1 - p.pi)
    clean = (p.t - p.f) * sqrt(spread / (p.q * (1 - p.q)))
    ratio = spread / (p.pit * (1 - p.pit))
    return p.lam * clean * (sqrt(ratio) if rooted else ratio)


@claim.identity(
    mcc_contraction,
    over=TABLES,
    within=1e-11,
    why="TPt TNt and FPt FNt nearly cancel for rare positives",
    twin=Twin("FPt FNt left out", cross=0),
)
def mcc_contraction_of_cells(p, *, cross=1):
    """(TPt TNt - FPt FNt)/sqrt(pit (1 - pit) q (1 - q)) is that."""
    tp, spread = noisy_cells(p), p.pit * (1 - p.pit) * p.q * (1 - p.q)
    tn, fp, fn = 1 - p.pit - p.q + tp, p.q - tp, p.pit - tp
    return (tp * tn - cross * fp * fn) / sqrt(spread)


@biased.equals(
    noisy("kappa"),
    support=(-1.0, 1.0),
    twin=Twin("the clean kappa times lam", mixed=0),
    known=((HERE, ".342438"),),
)
def kappa_f1_noisy(p, *, mixed=1):
    """Annotated kappa is 2 (1 - alpha - beta) pi (1 - pi)(t - f)/(pit (1 - q) + q (1 - pit))."""
    if not mixed:
        return p.lam * kappa(*p.clean)
    return 2 * p.lam * p.pi * (1 - p.pi) * (p.t - p.f) / (p.pit * (1 - p.q) + p.q * (1 - p.pit))


@biased.equals(
    noisy("f1"), twin=Twin("the clean prevalence below", shift=0), known=((HERE, ".379647"),)
)
def kappa_f1_noisy_f1(p, *, shift=1):
    """Annotated F1 is 2 ((1 - alpha - beta) pi t + beta q)/(pit + q)."""
    return 2 * (p.lam * p.pi * p.t + p.beta * p.q) / ((p.pit if shift else p.pi) + p.q)


@claim.identity(
    lambda p: p.alpha + (1 - 2 * p.alpha) * (p.pi * p.t + (1 - p.pi) * (1 - p.f)),
    over=Domain.around(HERE.but(alpha=0.2, beta=0.2), pi=(1e-3, 0.6), t=(0.3, 0.95), f=(0.01, 0.3)),
    twin=Twin("without the floor alpha", floor=0),
)
def accuracy_affine(p, *, floor=1):
    """alpha = beta: annotated accuracy is alpha + (1 - 2 alpha) accuracy; else it can reorder."""
    return 1 - p.pit - p.q + 2 * noisy_cells(p) - (1 - floor) * p.alpha
