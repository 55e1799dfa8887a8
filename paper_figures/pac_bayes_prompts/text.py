"""What both text examples share: a population, what a search found, its table and its figure."""

import dataclasses
import math
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from theory.pac_bayes_prompts import certificates

BOUNDS = ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence")


@dataclasses.dataclass(frozen=True)
class Population:
    """Every text there is: class names, and the class of each text."""

    classes: tuple[str, ...]
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Row:
    """A classifier: name, prompts, predictions for every text, ln 1/P and ln|H| in nats.

    H is the class that it was chosen from: one classifier only, all prompts of its length, or all
    matrices of the probe.
    """

    name: str
    prompts: list[str]
    predicted: np.ndarray
    nats: float
    uniform_nats: float


def right_answers(scores: np.ndarray, labels: np.ndarray, k: int, new: np.ndarray) -> np.ndarray:
    """Which texts are right when class k's score becomes ``new[:, v]``: (n, K), (n,), (n, v) bools.

    A text of class k is right if the new score beats all others; a text of another class, if it
    beat all others but k already and the new score stays under its own.
    """
    classes = np.arange(scores.shape[1])
    others = np.where(classes == k, -np.inf, scores)
    own = scores[np.arange(len(labels)), labels]
    rivals = np.where(classes == labels[:, None], -np.inf, others).max(axis=1)
    is_k = labels == k
    return np.where(
        is_k[:, None], new > rivals[:, None], (own > rivals)[:, None] & (new < own[:, None])
    )


def certified(
    rows: list[Row],
    population: Population,
    sample: np.ndarray,
    fresh: np.ndarray,
    delta: float,
) -> list[dict[str, float]]:
    """Training error r, true error R, held-out error and the bounds of each row.

    ``sample`` and ``fresh`` are independent draws, with replacement, of indices of the population:
    R is known exactly and the held-out bound is Clopper and Pearson's.
    """
    results = []
    for row in rows:
        wrong = row.predicted != population.labels
        errors, fresh_errors = int(wrong[sample].sum()), int(wrong[fresh].sum())
        bounds = certificates(
            errors, len(sample), row.nats, delta, uniform_nats=row.uniform_nats,
            held_out=(fresh_errors, len(fresh)),
        )  # fmt: skip
        results.append(
            {
                "r": errors / len(sample),
                "R": float(wrong.mean()),
                "held-out error": fresh_errors / len(fresh),
                "nats": row.nats,
                "ln|H|": row.uniform_nats,
                **{key: float(bounds[key]) for key in (*BOUNDS, "held_out")},
            }
        )
    return results


def show(title: str, rows: list[Row], results: list[dict[str, float]], notes: list[str]) -> None:
    """The table on the terminal, with the prompts found under it."""
    table = Table(title=title, header_style="bold")
    table.add_column("classifier")
    for column in results[0]:
        table.add_column(column, justify="right")
    for row, result in zip(rows, results, strict=True):
        shown = [f"{v:.1f}" if k in ("nats", "ln|H|") else
                 "vacuous" if v >= 1 else f"{v:.3f}" for k, v in result.items()]  # fmt: skip
        table.add_row(row.name, *shown)
    console = Console(width=None if Console().is_terminal else 150)
    console.print(table)
    for row in rows:
        if row.prompts:
            console.print(f"{row.name}: {'; '.join(row.prompts)}")
    for note in notes:
        console.print(note)


def draw(path: Path, title: str, rows: list[Row], results: list[dict[str, float]], chance: float):
    """A dot plot of errors and bounds, one line for each classifier, and its nats."""
    from matplotlib.figure import Figure

    fig = Figure(figsize=(8.2, 0.5 * len(rows) + 1.5), layout="constrained")
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    at = np.arange(len(rows))
    names = {"r": "training error", "R": "true error (all texts)", "held_out": "held_out bound"}
    for key, marker in zip(
        ("r", "R", "held-out error", "held_out", *BOUNDS), ("o", "s", "x", "|", "D", "^", "v", "P"),
        strict=True,
    ):  # fmt: skip
        values = np.array([result[key] for result in results])
        inside = values < 1
        left.plot(values[inside], at[inside], marker, label=names.get(key, key), markersize=6,
                  fillstyle="none" if key in ("R", "held-out error") else "full")  # fmt: skip
    left.axvline(chance, color="0.4", linestyle="--", linewidth=0.9, label="chance")
    left.set_yticks(at, [row.name for row in rows])
    left.invert_yaxis()
    left.set(xscale="log", title=title, xlabel="error, bound (1 or more: vacuous, not drawn)")
    left.set_xticks(*zip(*((t, f"{t:g}") for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)),
                         strict=True))  # fmt: skip
    left.minorticks_off()
    right.plot([max(row.nats, 1) for row in rows], at, "o", color="0.2", markersize=4)
    right.set(xscale="log", xlabel="ln 1/P in nats\n(left edge: 0)")
    for ax in (left, right):
        ax.grid(axis="x", color="0.9")
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=150)


def chance_error(population: Population) -> float:
    """The error of always naming the commonest class."""
    return 1 - np.bincount(population.labels).max() / len(population.labels)


def uniform_code(classes: int, length: int, words: int) -> float:
    """K L ln V: what every prompt costs under the uniform prior."""
    return classes * length * math.log(words)
