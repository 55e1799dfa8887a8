"""Prompts searched on real text, certified, with the held-out error beside the bounds.

    python -m paper_figures.pac_bayes_prompts.real_text --figure out/real_text.png

The paper's scheme on texts. A class starts with its name; the search puts words after it, one for
one class at a time. The embedding of that prompt is the weight vector of the class, a text goes to
the class with the largest inner product, and the prior is a language model that goes on from the
name. Where a sentence embedding, a language model and a labelled text are found among the installed
packages (see :mod:`.texts`), the texts are 20 Newsgroups. Where they are not, it says which are
missing and runs on docstrings (``--features trigrams`` asks for that).

In both, the sample is drawn with replacement from a finite population of texts, so that it is iid,
the true error R of every prompt is known, and the bounds speak of that population. An embedding
that was trained on such texts changes nothing in that: it was fixed before the draw.
"""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from paper_figures.pac_bayes_prompts import texts as sources
from sims.pac_bayes_prompts import right_answers
from theory._command_line import Parser, between, real, whole
from theory.pac_bayes_prompts import Certificate, certificates

GROUPS = ("comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns")
BOUNDS = ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence")
_BITS = 16  # of a weight of the linear probe


@dataclasses.dataclass(frozen=True)
class Texts:
    """Every text there is, and what a search needs.

    ``classes`` are their names, ``labels`` the class of each text and ``vectors`` its embedding;
    ``embed`` turns strings into such rows; ``model`` has ``words`` and their
    ``log_probabilities(words before)``.
    """

    kind: str
    classes: tuple[str, ...]
    labels: np.ndarray
    vectors: np.ndarray
    embed: Callable[[list[str]], np.ndarray]
    model: Any


def with_trigrams() -> Texts:
    """First lines of docstrings by their character trigrams."""
    lines, labels = sources.lines_and_labels()
    model = sources.CharacterModel(sources.first_lines(sources.PRIOR_LIBRARY))
    embed = sources.trigrams
    return Texts("lines", sources.LIBRARIES, labels, embed(lines), embed, model)


def with_models(groups: tuple[str, ...]) -> Texts:
    """Messages of these newsgroups by a sentence embedding. Raises ValueError for unknown ones."""
    messages, labels = sources.newsgroups(groups)
    embed = sources.sentence_embedder()
    vectors = sources.kept(messages, embed)
    return Texts("messages", groups, labels, vectors, embed, sources.TrigramModel())


# Classifiers


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


def names(texts: Texts) -> list[list[str]]:
    """``sci.space`` -> ``["sci", "space"]``: the words with which each class starts."""
    return [name.replace("-", ".").split(".") for name in texts.classes]


def class_names(texts: Texts) -> Row:
    """No search at all: one classifier, fixed before the data, which costs no nats."""
    prompts = [" ".join(words) for words in names(texts)]
    scores = texts.vectors @ texts.embed(prompts).T
    return Row("class names", prompts, scores.argmax(axis=1), 0.0, 0.0)


def linear_probe(texts: Texts, sample: np.ndarray) -> Row:
    """Ridge regression of the classes on the embeddings, its weights rounded to 16 bits.

    A uniform prior over all such matrices: 16 K d ln 2 nats, where a prompt costs tens.
    """
    targets = np.eye(len(texts.classes), dtype=np.float32)[texts.labels[sample]]
    seen = texts.vectors[sample]
    gram = seen.T @ seen + np.eye(seen.shape[1], dtype=np.float32)
    weights = np.linalg.solve(gram, seen.T @ targets).astype(np.float16)
    scores = texts.vectors @ weights.astype(np.float32)
    nats = _BITS * weights.size * math.log(2)
    return Row("linear probe", [], scores.argmax(axis=1), nats, nats)


def greedy(
    texts: Texts, sample: np.ndarray, *, length: int, reward: float, tried: int = 200, seed: int = 0
) -> Row:
    """Greedy search, one word for one class at a time, with ``reward`` for ln P(word | before).

    ``tried`` random words of the vocabulary at each step, as in the paper; their order is fixed by
    ``seed``, so searches with other rewards choose among the same words. The new word changes the
    score of its own class only.
    """
    labels, prompts, words = texts.labels[sample], names(texts), texts.model.words
    scores = texts.vectors @ texts.embed([" ".join(prompt) for prompt in prompts]).T
    rng = np.random.default_rng(seed)
    nats = 0.0
    for _ in range(length):
        for k, prompt in enumerate(prompts):
            few = np.sort(rng.choice(len(words), min(tried, len(words)), replace=False))
            grown = texts.embed([" ".join([*prompt, words[i]]) for i in few])
            right = right_answers(scores[sample], labels, k, texts.vectors[sample] @ grown.T)
            log_words = texts.model.log_probabilities(prompt)[few]
            best = int(np.argmax(np.asarray(right).mean(axis=0) + reward * log_words))
            scores[:, k] = texts.vectors @ grown[best]
            prompt.append(words[few[best]])
            nats -= float(log_words[best])
    found = [" ".join(prompt) for prompt in prompts]
    code = len(prompts) * length * math.log(len(words))
    return Row(f"greedy, beta {reward:g}", found, scores.argmax(axis=1), nats, code)


def certified(
    row: Row, labels: np.ndarray, sample: np.ndarray, fresh: np.ndarray, delta: float
) -> dict[str, float]:
    """Training error r, true error R, held-out error and the bounds of a classifier.

    ``sample`` and ``fresh`` are independent draws, with replacement, of indices of the texts: R is
    known exactly and the held-out bound is Clopper and Pearson's.
    """
    wrong = row.predicted != labels
    errors, fresh_errors = int(wrong[sample].sum()), int(wrong[fresh].sum())
    bounds = certificates(
        errors, len(sample), row.nats, delta, uniform_nats=row.uniform_nats,
        held_out=(fresh_errors, len(fresh)),
    )  # fmt: skip
    return {
        "r": errors / len(sample),
        "R": float(wrong.mean()),
        "held-out error": fresh_errors / len(fresh),
        "nats": row.nats,
        "ln|H|": row.uniform_nats,
        **{key: float(bounds[key]) for key in (*BOUNDS, "held_out")},
    }


# The command


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


def _parser() -> Parser:
    parser = Parser(
        prog="python -m paper_figures.pac_bayes_prompts.real_text",
        description="Searched prompts on real text: errors, certificates and the held-out error.",
        epilog=f"The embedding and the language model come with: {sources.INSTALL}",
    )
    for flag, size, what in (("n", 3000, "training texts"), ("fresh", 1000, "held-out texts"),
                             ("length", 2, "words a class")):  # fmt: skip
        parser.add_argument(f"--{flag}", type=whole(1), default=size, help=f"{what} [{size}]")
    parser.add_argument("--delta", type=real, default=0.05, help="failure probability [0.05]")
    parser.add_argument("--seed", type=whole(0), default=0, help="of the samples [0]")
    parser.add_argument(
        "--rewards", type=between(0, math.inf), nargs="+", default=(0.0, 0.001, 0.003, 0.01),
        metavar="BETA", help="weights beta of ln P in the search [0 0.001 0.003 0.01]",
    )  # fmt: skip
    parser.add_argument(
        "--features", choices=("auto", "models", "trigrams"), default="auto",
        help="embedding and language model, character trigrams, or what is there [auto]",
    )  # fmt: skip
    parser.add_argument("--groups", nargs="+", default=GROUPS, metavar="GROUP",
                        help=f"newsgroups [{' '.join(GROUPS)}]")  # fmt: skip
    parser.add_argument("--figure", type=Path, metavar="FILE", help="also draw it (.png or .pdf)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Prints what the search finds and what certifies it; 0, or 2 on wrong usage."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if len(set(given.groups)) < 2:
        parser.error("at least two different newsgroups are needed")
    absent = sources.missing()
    if given.features == "models" and absent:
        parser.error(f"not installed: {', '.join(absent)}. Try: {sources.INSTALL}")
    if given.features == "auto" and absent:
        print(f"not installed: {', '.join(absent)}; character trigrams take their place.")
        print(f"With the models: {sources.INSTALL}")
    try:
        Certificate(delta=given.delta)
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
