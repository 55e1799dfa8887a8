"""Strength against angle, types and flat tilts, the regularisation path, double descent."""

from typing import Any

import numpy as np

from paper_figures import Context, figure
from sims import autoregressive
from theory import normal_cdf
from theory.boundary_tilting import Params, limit_error, mean_square_strength, tilt_limit
from theory.boundary_tilting.geometry import cosine
from theory.boundary_tilting.plane import best_of, error
from theory.boundary_tilting.samples import FITTED, SPHERE

RIDGES = np.geomspace(1e-3, 10, 9)
SOURCE = "after the paper's figures, Gaussian data in place of digits"


def degrees(tangent):
    """An angle from its tangent."""
    return np.degrees(np.arctan(tangent))


@figure(
    title="Adversarial strength is the secant of the deviation angle",
    source=SOURCE + " (claims strength_is_secant, strength_of_fitted_rules)",
    seconds={"quick": 4, "default": 6, "paper": 20},
    caption="Left: SVMs and logistic regressions fitted to 20 points a class in 6 dimensions, at"
    " lambda from .001 to 10, and LDA of 21 a class in 32, one mark a rule; strength from the"
    " mirrored class means against 1/cos(delta). Right: the geometry at 60 degrees,"
    " the boundary half-way: each mean and its mirror image, at the distance D cos(delta).",
)
def strength_against_angle(ctx: Context):
    """Fitted rules on the secant; a mean and its mirror image."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    angles = np.linspace(0, 82, 165)
    ctx.theory(left, angles, 1 / np.cos(np.radians(angles)), label="1/cos(delta)", color="0.3")
    trials = ctx.pick(quick=4, default=8, paper=32)
    runs = [fitted(ctx, ridge, trials) for ridge in RIDGES]
    for rule, name in enumerate(("SVM", "logistic regression")):
        parted = np.concatenate([run["separates"][:, rule] for run in runs])
        tangents = np.concatenate([run["tangent"][:, rule] for run in runs])[parted]
        dots(ctx, left, degrees(tangents),
             np.concatenate([run["strength"][:, rule] for run in runs])[parted], name)  # fmt: skip
    run = ctx.simulate("boundary_tilting", SPHERE.but(p=32, n=21), mode="tilt", trials=3 * trials)
    dots(ctx, left, np.degrees(np.arccos(run["cosine"])), run["strength"], "LDA")
    left.set(xlabel="deviation angle delta, degrees", ylabel="adversarial strength s", yscale="log")
    toy(ctx, right)
    return fig


def fitted(ctx, ridge, trials):
    """The same samples at every lambda."""
    p = FITTED.but(ridge=ridge)
    return ctx.simulate("boundary_tilting", p, mode="fitted", trials=trials, stream="path")


def dots(ctx, ax, angle, seen, name):
    """One mark a rule; what is seen has no error to show."""
    ctx.points(ax, angle, mean=seen, low=seen, high=seen, label=name, markersize=3.5)


def toy(ctx, ax):
    """Two means, a boundary tilted by 60 degrees, the means' mirror images."""
    c = np.array([0.5, np.sqrt(3) / 2])
    along = np.array([-c[1], c[0]])
    ax.plot(*np.outer([-1.6, 1.6], along).T, color="0.3")
    ax.annotate("boundary", 1.6 * along, (-4, 8), textcoords="offset points")
    for x, name, colour in ((np.array([-1.0, 0]), "i", "C0"), (np.array([1.0, 0]), "j", "C1")):
        image = x - 2 * (x @ c) * c
        ax.annotate("", image, x, arrowprops={"arrowstyle": "->", "color": colour})
        ax.plot(*x, "o", color=colour)
        ax.plot(*image, "o", color=colour, fillstyle="none")
        ax.annotate(name, x, (0, -14), textcoords="offset points")
        ax.annotate(f"m({name})", image, (8, -3), textcoords="offset points")
        ctx.record(f"mean {name}", x=x[0], y=x[1], image_x=image[0], image_y=image[1])
    ax.set(xlabel="along b", ylabel="along u", aspect="equal", xlim=(-1.7, 1.7), ylim=(-1.3, 1.3))


@figure(
    title="Tilting costs nothing along a flat direction",
    source=SOURCE + " (claims gaussian_tilt_parabola, taxonomy, flat_direction_scaling)",
    seconds={"quick": 3, "default": 5, "paper": 30},
    caption="Left: error against deviation angle where u is correlated -.6 with b, for three"
    " variances along u; crosses mark the best tilt t*: type 0 to its left, type 1 on it, type 2 to"
    " its right. Right: u uncorrelated with b and ever flatter; error against adversarial strength"
    " s, and dotted the strength at which the variance has grown by k = 10 %.",
)
def taxonomy_and_flat_tilts(ctx: Context):
    """Error against angle, and against strength along ever flatter directions."""
    fig, (left, right) = ctx.panels(1, 2)
    for uu in (0.5, 0.1, 0.02):
        p = Params(uu=uu, bu=-0.6 * uu**0.5)
        best = float(best_of(p))
        tilts = np.tan(np.radians(np.linspace(0, 88, 89)))
        ctx.sweep(left, p, "tilt", tilts, error, "error", at=(best / 2, 2 * best, 4 * best),
                  x=lambda p: degrees(p.tilt), label=f"s_uu = {uu:g}")  # fmt: skip
        left.plot([degrees(best)], [float(error(p, best))], "x", color="0.2")
    left.set(xlabel="deviation angle delta, degrees", ylabel="error")
    for uu in (1e-1, 1e-3, 1e-5):
        p = Params(uu=uu, bu=0.0)
        strengths = np.geomspace(1, 3000, 61)
        ctx.sweep(right, p, "tilt", np.sqrt(strengths**2 - 1), error, "error",
                  at=(0.3 / uu**0.5, 1 / uu**0.5, 3 / uu**0.5), x=lambda p: np.sqrt(1 + p.tilt**2),
                  label=f"s_uu = {uu:g}")  # fmt: skip
        right.axvline((1 + p.slack / uu) ** 0.5, color="0.5", linestyle=":", linewidth=0.8)
    right.set(xlabel="adversarial strength s", ylabel="error", xscale="log")
    return fig


@figure(
    title="The regularisation path: tilt and error against lambda",
    source=SOURCE + " (claims hinge_exactly_nearest_centroid, logistic_ridge_form)",
    seconds={"quick": 5, "default": 10, "paper": 40},
    caption="20 points a class in 6 dimensions, covariance .6^|k-l|, mean loss + lambda |w|^2."
    " Left: mean deviation angle of the SVM, exactly 0 from a threshold lambda0 on (dashed:"
    " its mean, shaded: its range), and of logistic regression; line: (C + 8 lambda I)^-1 v."
    " Right: training error (dotted) and exact error (full); logistic marks are set aside.",
)
def regularisation_path(ctx: Context):
    """Deviation angle and errors of SVM and logistic regression over lambda."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    trials = ctx.pick(quick=16, default=128, paper=1024)
    runs = [fitted(ctx, ridge, trials) for ridge in RIDGES]

    def samples(read):
        return np.stack([read(run) for run in runs], axis=1)

    for rule, (name, colour) in enumerate((("SVM", "C0"), ("logistic", "C1"))):
        angle = samples(lambda run, rule=rule: degrees(run["tangent"][:, rule]))
        ctx.points(left, RIDGES, samples=angle, label=name, color=colour)
        for kind, line in (("error", "-"), ("train_error", ":")):
            mean = samples(lambda run, rule=rule, kind=kind: run[kind][:, rule])
            ctx.points(right, RIDGES * 1.15**rule, samples=mean, color=colour, linestyle=line,
                       label=f"{name}, {'test' if kind == 'error' else 'training'}")  # fmt: skip
    form = samples(lambda run: degrees(run["ridge_form"])).mean(0)
    far = RIDGES > 0.05
    ctx.theory(left, RIDGES[far], form[far], label="logistic", color="C1")
    threshold = runs[0]["threshold"]
    left.axvspan(threshold.min(), threshold.max(), color="0.9", zorder=0)
    left.axvline(threshold.mean(), color="0.5", linestyle="--", linewidth=0.8)
    left.set(xlabel="lambda", ylabel="deviation angle delta, degrees", xscale="log")
    right.set(xlabel="lambda", ylabel="error", xscale="log")
    return fig


@figure(
    title="The tilting plane: the boundary turns as the regularisation goes",
    source=SOURCE + " (claim tilting_plane)",
    seconds={"quick": 3, "default": 3, "paper": 3},
    caption="One sample of 20 points a class (circles I, squares J) in 6 dimensions, covariance"
    " .6^|k-l|, in the plane of b and of the part of the logistic rule's normal across it, for four"
    " lambdas. Full line: its boundary; dashed: the nearest-centroid rule's, delta = 0. The smaller"
    " lambda, the larger the tilt, towards directions in which the sample varies little.",
)
def tilting_plane(ctx: Context):
    """A sample and its boundary in the tilting plane at four lambdas."""
    fig, panels = ctx.panels(2, 2, residuals=False, sharey=True)
    for ax, ridge in zip(panels.flat, (1.0, 0.1, 0.01, 0.001), strict=True):
        run = ctx.simulate("boundary_tilting", FITTED.but(ridge=ridge), mode="plane", trials=1,
                           stream="plane")  # fmt: skip
        x, y = run["along"][0], run["across"][0]
        half = len(x) // 2
        tan, middle = run["tangent"][0], run["middle"][0]
        for which, name, mark in ((slice(half), "I", "o"), (slice(half, None), "J", "s")):
            ax.plot(x[which], y[which], mark, markersize=3.5)
            ctx.record(f"class {name}, lambda = {ridge:g}", along=x[which], across=y[which])
        ends = np.array([-2.6, 2.6])
        ax.plot(-tan * ends - middle * np.sqrt(1 + tan**2), ends, color="0.2")
        ax.axvline(0, color="0.5", linestyle="--", linewidth=0.8)
        ax.set(title=f"lambda = {ridge:g}, delta = {degrees(tan):.0f} degrees",
               xlabel="along b", xlim=(-4.2, 4.2), ylim=(-2.6, 2.6),
               aspect="equal")  # fmt: skip
    for ax in panels[:, 0]:
        ax.set(ylabel="across b")
    return fig


@figure(
    title="More pixels change nothing",
    source=SOURCE + " (claims resolution_invariance, resolution_invariance_loss)",
    seconds={"quick": 3, "default": 3, "paper": 3},
    caption="Two classes of 6 features (covariance .6^|k-l|, D = 2), each feature shown as r equal"
    " pixels; marks: ridge-LDA worked out in 6 r dimensions, lines: in 6. Strength and error stay"
    " where lambda is r times as large; with the same lambda the rule is that of lambda/r. Right:"
    " the attack's reach eps |w|_1 and the classes' gap |w.(j - i)| grow together.",
)
def resolution(ctx: Context):
    """Strength, error and the l_inf attack's reach against the number of pixels."""
    fig, (left, middle, right) = ctx.panels(1, 3, residuals=False)
    sigma = np.asarray(autoregressive(6))
    v = 2 * np.array([0.8, 0.4, 0.0, 0.2, 0.4, 0.0])
    pixels = np.array([1, 2, 4, 8, 16])

    def seen(r, ridge):
        """(strength, error) of ridge-LDA at resolution r, and its |w|_1 and gap for w_r = R w."""
        long, S = np.repeat(v, r), np.repeat(np.repeat(sigma, r, 0), r, 1)
        w = np.linalg.solve(S + ridge * np.eye(6 * r), long)
        return (1 / float(cosine(w, long)), float(normal_cdf(-(w @ long) / 2 / np.sqrt(w @ S @ w))))

    kept = 0.3
    for label, more, less in (("lambda r", pixels, 0 * pixels + 1), ("same lambda", 1, pixels)):
        marks = [seen(r, kept * m) for r, m in zip(pixels, more + 0 * pixels, strict=True)]
        lines = [seen(1, kept / k) for k in less]
        for k, ax in enumerate((left, middle)):
            mean = [m[k] for m in marks]
            ctx.theory(ax, pixels, [line[k] for line in lines], label=label)
            ctx.points(ax, pixels, mean=mean, low=mean, high=mean, label=label)
    w = np.linalg.solve(sigma + kept * np.eye(6), v)
    for label, form in (("reach", lambda w, v: abs(w).sum()), ("gap", lambda w, v: abs(w @ v))):
        values = [form(np.repeat(w, r), np.repeat(v, r)) for r in pixels]
        ctx.theory(right, pixels, pixels * form(w, v), label=label)
        ctx.points(right, pixels, mean=values, low=values, high=values, label=label)
    left.set(ylabel="adversarial strength s")
    middle.set(ylabel="error")
    right.set(ylabel="in units of the weights", yscale="log")
    for ax in (left, middle, right):
        ax.set(xlabel="pixels a feature, r", xscale="log")
    return fig


@figure(
    title="Overfitting alone tilts the boundary: a double descent of the tilt",
    source="derived (claims sample_lda_strength, data_piling_strength, ridge_tilt_limit); not in"
    " the paper",
    seconds={"quick": 6, "default": 10, "paper": 60},
    caption="LDA of spherical classes, D = 2, nu = 40. Left: mean squared strength against p/nu;"
    " lambda = 0 exactly, for other lambda the limit of large p. Right: the limit of its error;"
    " light bars: the change from p to p - 1, the order that a limit leaves out.",
)
def tilt_double_descent(ctx: Context):
    """E[s^2] and error against p/nu for four values of lambda."""
    fig, (left, right) = ctx.panels(1, 2)
    nu, at = 40, np.array([8, 32, 60, 100])
    gammas = np.geomspace(0.05, 4, 200)
    for ridge in (0.0, 0.01, 0.1, 1.0):
        small = max(ridge, 1e-12)

        def square(gamma, small=small):
            return np.asarray(tilt_limit(small, gamma)) ** -2.0

        def risk(gamma, small=small):
            return np.asarray(limit_error(2.0, small, gamma))

        look: dict[str, Any] = {"label": f"lambda = {ridge:g}", "color": ctx.next_colour(left)}
        runs = [ctx.simulate("boundary_tilting", SPHERE.but(p=int(p), n=nu // 2 + 1, ridge=ridge),
                             mode="tilt", trials=ctx.pick(quick=64, default=512, paper=8192))
                for p in at]  # fmt: skip
        known, missing = square(at / nu), abs(square(at / nu) - square((at - 1) / nu))
        if ridge == 0:  # exact, and infinite from nu to nu + 2
            for sizes in (np.arange(2, nu), np.arange(nu + 3, 4 * nu + 1)):
                ctx.theory(left, sizes / nu, mean_square_strength(sizes, nu), **look)
            known, missing = mean_square_strength(at, nu), None
        else:
            ctx.theory(left, gammas, square(gammas), **look)
        ctx.points(left, at / nu, samples=np.stack([run["cosine"] ** -2.0 for run in runs], axis=1),
                   theory=known, tolerance=missing, **look)  # fmt: skip
        ctx.theory(right, gammas, risk(gammas), **look)
        ctx.points(right, at / nu, samples=np.stack([run["error"] for run in runs], axis=1),
                   theory=risk(at / nu), tolerance=abs(risk(at / nu) - risk((at - 1) / nu)),
                   **look)  # fmt: skip
    left.set(xlabel="p/nu", ylabel="E[s^2]", xscale="log", yscale="log", ylim=(0.9, 60))
    right.set(xlabel="p/nu", ylabel="error", xscale="log")
    return fig
