"""Detection against shift and dimension, lost calibration, pre-processing, where Euclid wins."""

import numpy as np

from paper_figures import Context, figure, values_over
from theory import mahalanobis_detection as md
from theory.mahalanobis_detection import BLOCKS, FITTED, Params

COST = {"quick": 3, "default": 6, "paper": 60}


@figure(
    title="Detection against the shift",
    source="derived (claims auroc_shift, chi2_law_tnr95, dimension_dilution)",
    caption="AUROC and TNR at TPR 95 % of outliers shifted by lambda: theory and simulation. The"
    " dimension dilutes a shift: AUROC - 1/2 falls like d^(-1/2).",
    seconds=COST,
)
def shift_and_dimension(ctx: Context):
    """Two panels, a line for each dimension."""
    fig, (left, right) = ctx.panels(1, 2)
    shifts = np.linspace(0, 60, 31)
    rejected = md.share("shifted", md.chi2_threshold, above=True)
    trials = ctx.pick(quick=64, default=512, paper=4096)
    points = {2: (4.0, 10.0), 10: (4.0, 10.0, 20.0), 50: (5.0, 20.0, 40.0), 342: (20.0, 45.0)}
    for d, at in points.items():
        base = Params(d=d, count=200)
        words = {"at": at, "trials": trials, "label": f"d = {d}"}
        ctx.sweep(left, base, "shift", shifts, md.auroc_shift, "auroc_shift", **words)
        ctx.sweep(right, base, "shift", shifts, md.chi2_law_tnr95, rejected, **words)
    left.set(xlabel="noncentrality lambda", ylabel="AUROC")
    right.set(xlabel="noncentrality lambda", ylabel="TNR at TPR 95 %")
    ctx.legend(left, loc="lower right")
    ctx.legend(right, loc=None)
    return fig


@figure(
    title="What a 95 % threshold keeps",
    source="derived (claims threshold_miscalibration)",
    caption="Real TPR of the 95 % quantiles of chi^2_d and of the training scores: theory (F law)"
    " and simulation, three classes, d = 8. Both keep less until N is many times d; the dashed"
    " line is the scaled F quantile.",
    seconds=COST,
)
def lost_calibration(ctx: Context):
    """TPR against training points a dimension."""
    fig, ax = ctx.panels()
    counts = np.unique(np.geomspace(6, 400, 20).astype(int))
    for tpr, threshold, label in (
        (md.threshold_miscalibration, md.chi2_threshold, "chi-square quantile"),
        (md.threshold_miscalibration_training, md.training_threshold, "training quantile"),
    ):
        ctx.sweep(ax, FITTED, "count", counts, tpr, md.share("test", threshold), at=(8, 20, 80),
                  mode="fitted", x=lambda p: p.total / p.d, label=label)  # fmt: skip
    ax.axhline(0.95, color="0.4", linestyle="--", linewidth=0.8)
    ax.set(xlabel="training points a dimension, N/d", ylabel="real TPR", xscale="log")
    return fig


@figure(
    title="Pre-processing helps only along wide directions",
    source="derived (claims preprocess_helps_iff_aligned and its suffixes)",
    caption="AUROC against the step eps, theory and simulation: 100 coordinates of sd 10 and 100 of"
    " sd 1, outliers shifted by .4 sd in the wide or in the narrow ones; and, dotted, all 200 of"
    " sd 1 shifted by .28 sd, the same shift spread evenly.",
    seconds=COST,
)
def preprocessing(ctx: Context):
    """Three alignments of shift and spread."""
    fig, ax = ctx.panels()
    steps, at = np.linspace(0, 2.5, 26), (0.0, 1.0, 2.0)
    for auroc, block in ((md.preprocess_helps_iff_aligned, "wide"),
                         (md.preprocess_helps_iff_aligned_narrow, "narrow")):  # fmt: skip
        ctx.sweep(ax, BLOCKS, "step", steps, auroc, f"{block}_after", at=at, mode="blocks",
                  label=f"{block} shifted")  # fmt: skip
    even = BLOCKS.but(delta=0.4 / 2**0.5, spread=1.0)
    ctx.sweep(ax, even, "step", steps, lambda p: md.two_blocks(p, p.delta, p.delta),
              label="isotropic", linestyle=":")  # fmt: skip
    ax.axhline(0.5, color="0.7", linewidth=0.8)
    ax.set(xlabel="step eps, in sd of the narrow coordinates", ylabel="AUROC")
    return fig


@figure(
    title="Where Euclid beats Mahalanobis",
    source="derived (claims euclid_can_win, euclid_auroc); not in the paper",
    caption="Exact AUROC, Euclid minus Mahalanobis, d = 10: a shift of length 3 at an angle to the"
    " one direction of sd above 1. Red, up to the line: Euclid wins.",
    seconds=COST,
)
def euclid_map(ctx: Context):
    """Angle of the shift against condition number."""
    fig, ax = ctx.panels(residuals=False)
    angles, spreads = np.linspace(0, 90, 31), np.geomspace(1.01, 6, 25)
    gain = values_over(lambda p: md.euclid_auroc(p) - md.mahalanobis_auroc(p),
                       Params(length=3.0), spread=spreads, angle=angles)  # fmt: skip
    ctx.heatmap(ax, angles, spreads**2, gain, zero=0, label="AUROC, Euclid - Mahalanobis")
    ax.set(xlabel="angle to the wide direction, degrees", ylabel="condition number L", yscale="log")
    return fig
