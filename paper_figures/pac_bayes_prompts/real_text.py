"""Prompts searched on real text, certified, with the held-out error beside the bounds.

    python -m paper_figures.pac_bayes_prompts.real_text --figure out/real_text.png

The paper's scheme on texts. A class starts with its name; the search puts words after it, one for
one class at a time. The embedding of that prompt is the weight vector of the class, a text goes to
the class with the largest inner product, and the prior is a language model that goes on from the
name. With the packages of :mod:`.texts` the texts are 20 Newsgroups. Without, it says which are
missing and runs on docstrings (``--features trigrams`` asks for that).

In both, the sample is drawn with replacement from a finite population of texts, so that it is iid,
the true error R of every prompt is known, and the bounds speak of that population. An embedding
that was trained on such texts changes nothing in that: it was fixed before the draw.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from paper_figures.pac_bayes_prompts import texts as sources
from sims.pac_bayes_prompts import right_answers
from theory._command_line import Parser, between, real, whole
from theory.pac_bayes_prompts import Certificate, certificates

GROUPS = ("comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns")
BOUNDS = ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence")


class Texts(NamedTuple):
    """Every text there is, and what a search needs.

    ``classes`` are their names, ``labels`` the class of each text and ``vectors`` its embedding;
    ``embed`` turns strings into such rows; ``model`` has ``words`` and ``log_word(word, before)``.
    """

    kind: str
    classes: tuple[str, ...]
    labels: np.ndarray
    vectors: np.ndarray
    embed: Callable[[list[str]], np.ndarray]
    model: Any


def with_trigrams() -> Texts:
    """First lines of docstrings by their character trigrams."""
    (lines, labels), embed = sources.lines_and_labels(), sources.trigrams
    model = sources.CharacterModel(sources.first_lines(sources.PRIOR_LIBRARY))
    return Texts("lines", sources.LIBRARIES, labels, embed(lines), embed, model)


def with_models(groups: tuple[str, ...]) -> Texts:
    """Messages of these newsgroups by a sentence embedding. Raises ValueError for unknown ones."""
    (messages, labels), embed = sources.newsgroups(groups), sources.sentence_embedder()
    vectors = sources.kept(messages, embed)
    return Texts("messages", groups, labels, vectors, embed, sources.TrigramModel())


class Row(NamedTuple):
    """A classifier: name, prompts, predictions for every text, ln 1/P and ln|H| in nats.

    H is the class that it was chosen from: one classifier only, all prompts of its length, or all
    matrices of the probe.
    """

    name: str
    prompts: list[str]
    predicted: np.ndarray
    nats: float
    uniform_nats: float


def linear_probe(texts: Texts, sample: np.ndarray) -> Row:
    """Ridge regression of the classes on the embeddings, its weights rounded to 16 bits.

    A uniform prior over all such matrices: 16 K d ln 2 nats, where a prompt costs tens.
    """
    targets = np.eye(len(texts.classes), dtype=np.float32)[texts.labels[sample]]
    seen = texts.vectors[sample]
    gram = seen.T @ seen + np.eye(seen.shape[1], dtype=np.float32)
    weights = np.linalg.solve(gram, seen.T @ targets).astype(np.float16)
    scores = texts.vectors @ weights.astype(np.float32)
    nats = 16 * weights.size * math.log(2)
    return Row("linear probe", [], scores.argmax(axis=1), nats, nats)


def greedy(
    texts: Texts, sample: np.ndarray, *, length: int, reward: float, tried: int = 200, seed: int = 0
) -> Row:
    """Greedy search, one word for one class at a time, with ``reward`` for ln P(word | before).

    A class starts with the words of its name (``sci.space``: "sci space"); of length 0 the prompts
    are these names, fixed before the data, which cost no nats. ``tried`` random words of the
    vocabulary at each step, as in the paper, fixed by ``seed``, so searches with other rewards
    choose among the same. The new word changes the score of its own class only.
    """
    labels, words, nats = texts.labels[sample], texts.model.words, 0.0
    prompts = [name.replace("-", ".").split(".") for name in texts.classes]
    scores = texts.vectors @ texts.embed([" ".join(prompt) for prompt in prompts]).T
    rng = np.random.default_rng(seed)
    for _ in range(length):
        for k, prompt in enumerate(prompts):
            few = np.sort(rng.choice(len(words), min(tried, len(words)), replace=False))
            grown = texts.embed([" ".join([*prompt, words[i]]) for i in few])
            right = right_answers(scores[sample], labels, k, texts.vectors[sample] @ grown.T)
            log_words = sources.log_law(texts.model, prompt)[few]
            best = int(np.argmax(np.asarray(right).mean(axis=0) + reward * log_words))
            scores[:, k] = texts.vectors @ grown[best]
            prompt.append(words[few[best]])
            nats -= float(log_words[best])
    found = [" ".join(prompt) for prompt in prompts]
    code = len(prompts) * length * math.log(len(words))
    name = f"greedy, beta {reward:g}" if length else "class names"
    return Row(name, found, scores.argmax(axis=1), nats, code)


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
        "r": errors / len(sample), "R": float(wrong.mean()),
        "held-out error": fresh_errors / len(fresh), "nats": row.nats, "ln|H|": row.uniform_nats,
        **{key: float(bounds[key]) for key in (*BOUNDS, "held_out")},
    }  # fmt: skip


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
        values = [result[key] if result[key] < 1 else math.nan for result in results]
        left.plot(values, at, marker, label=names.get(key, key), markersize=6,
                  fillstyle="none" if key in ("R", "held-out error") else "full")  # fmt: skip
    left.axvline(chance, color="0.4", linestyle="--", linewidth=0.9, label="chance")
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    left.set(xscale="log", xticks=ticks, xticklabels=[f"{t:g}" for t in ticks], title=title,
             yticks=at, yticklabels=[row.name for row in rows],
             xlabel="error, bound (1 or more: vacuous, not drawn)")  # fmt: skip
    left.invert_yaxis()
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
    add = parser.add_argument
    add("--n", type=whole(1), default=3000, help="training texts [3000]")
    add("--fresh", type=whole(1), default=1000, help="held-out texts [1000]")
    add("--length", type=whole(1), default=2, help="words a class [2]")
    add("--delta", type=real, default=0.05, help="failure probability [0.05]")
    add("--seed", type=whole(0), default=0, help="of the samples [0]")
    add("--rewards", type=between(0, math.inf), nargs="+", default=(0.0, 0.001, 0.003, 0.01),
        metavar="BETA", help="weights beta of ln P in the search [0 0.001 0.003 0.01]")  # fmt: skip
    add(
        "--features", choices=("auto", "models", "trigrams"), default="auto",
        help="embedding and language model, character trigrams, or what is there [auto]",
    )  # fmt: skip
    add("--groups", nargs="+", default=GROUPS, metavar="GROUP",
        help=f"newsgroups [{' '.join(GROUPS)}]")  # fmt: skip
    add("--figure", type=Path, metavar="FILE", help="also draw it (.png or .pdf)")
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
    searches = [(0, 0.0), *((given.length, reward) for reward in given.rewards)]
    rows = [greedy(texts, sample, length=n, reward=b, seed=given.seed) for n, b in searches]
    rows.append(linear_probe(texts, sample))
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
