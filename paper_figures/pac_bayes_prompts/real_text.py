"""Prompts searched on real text, certified, with the held-out error beside the bounds.

    python -m paper_figures.pac_bayes_prompts.real_text --figure out/real_text.png

Where a sentence embedding, a language model and a labelled text are found among the installed
packages, this is the paper's scheme on 20 Newsgroups: see :mod:`.newsgroups` for the classifier
and :mod:`.pretrained` for the packages, none of which this project depends on. Where they are not,
it says which are missing and runs without them (``--features trigrams`` asks for that):

which library does this line of documentation come from? The data are the first lines of docstrings
of four libraries that this package depends on anyway (numpy, scipy, sympy, jax), read from disk. A
prompt is a few words for each class; a line goes to the class whose words share most character
trigrams with it. The prior is a character 4-gram model fitted on another library's docstrings
(matplotlib), and the words to choose from are that text's: nothing of the prior has seen the data.

In both, the sample is drawn with replacement from a finite population of texts, so that it is iid,
the true error R of every prompt is known, and the bounds speak of that population. An embedding
that was trained on such texts changes nothing in that: it was fixed before the draw.
"""

import argparse
import dataclasses
import functools
import importlib.util
import math
import re
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from paper_figures.pac_bayes_prompts import newsgroups, pretrained
from paper_figures.pac_bayes_prompts.text import (
    Population,
    Row,
    certified,
    chance_error,
    draw,
    right_answers,
    show,
    uniform_code,
)

LIBRARIES = ("numpy", "scipy", "sympy", "jax")
PRIOR_LIBRARY = "matplotlib"
_FEATURES = 2048
_END = "\n"
_DOCSTRING = re.compile(
    r'^[ ]*(?:def|class) [A-Za-z]\w*[^\n]*:\s*\n\s*[rR]?"""\s*(\S[^\n"]{15,})', re.MULTILINE
)


@functools.cache
def _all_first_lines(library: str) -> tuple[str, ...]:
    spec = importlib.util.find_spec(library)
    assert spec is not None
    assert spec.origin is not None
    lines: dict[str, None] = {}
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        if "test" in path.parts or "tests" in path.parts:
            continue
        for text in _DOCSTRING.findall(path.read_text(encoding="utf-8", errors="ignore")):
            lines[" ".join(re.findall("[a-z]+", text.lower()))] = None
    return tuple(lines)


def first_lines(library: str, most: int = 2000) -> list[str]:
    """The first lines of a library's docstrings, in lower-case words, each once."""
    lines = _all_first_lines(library)
    return list(lines[:: max(1, len(lines) // most)][:most])


@dataclasses.dataclass(frozen=True)
class CharacterModel:
    """p(c|h) = (count(hc) + p(c|h without its first letter))/(count(h) + 1), down to uniform.

    h are up to ``order`` - 1 letters; every p(.|h) is a law, so strings up to ``_END`` have
    probabilities that sum to 1.
    """

    counts: Counter
    contexts: Counter
    alphabet: str
    order: int

    @classmethod
    def fit(cls, lines: list[str], order: int = 4) -> "CharacterModel":
        """The model of these lines."""
        counts, contexts = Counter(), Counter()
        for line in lines:
            text = line + _END
            for i, letter in enumerate(text):
                for size in range(min(order, i + 1)):
                    history = text[i - size : i]
                    counts[history, letter] += 1
                    contexts[history] += 1
        return cls(counts, contexts, "abcdefghijklmnopqrstuvwxyz " + _END, order)

    def probability(self, letter: str, history: str) -> float:
        """p(letter | history)."""
        value = 1 / len(self.alphabet)
        history = history[-(self.order - 1) :]
        for size in range(len(history) + 1):
            seen = history[len(history) - size :]
            value = (self.counts[seen, letter] + value) / (self.contexts[seen] + 1)
        return value

    def log_probability(self, text: str, history: str = "") -> float:
        """ln P(text | history), letter by letter."""
        total = 0.0
        for letter in text:
            total += math.log(self.probability(letter, history))
            history += letter
        return total


def trigrams(texts: list[str]) -> np.ndarray:
    """Normalised signed hashed counts of character trigrams, shape (texts, features)."""
    features = np.zeros((len(texts), _FEATURES), np.float32)
    for row, text in zip(features, texts, strict=True):
        padded = f" {text} "
        for i in range(len(padded) - 2):
            code = zlib.crc32(padded[i : i + 3].encode())
            row[code % _FEATURES] += 1.0 if code & 1 << 20 else -1.0
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)


@dataclasses.dataclass(frozen=True)
class Problem:
    """The population as scores: ``match[i, v]`` of line i with word v, and labels."""

    match: np.ndarray
    labels: np.ndarray
    words: list[str]
    model: CharacterModel


def build(vocabulary: int = 300, most: int = 2000) -> Problem:
    """Reads the texts and fits the prior."""
    texts, labels = [], []
    for k, library in enumerate(LIBRARIES):
        found = first_lines(library, most)
        texts += found
        labels += [k] * len(found)
    prior_text = first_lines(PRIOR_LIBRARY, 10**6)
    common = Counter(w for line in prior_text for w in line.split() if len(w) > 2)
    words = [w for w, _ in common.most_common(vocabulary)]
    match = trigrams(texts) @ trigrams(words).T
    return Problem(match, np.array(labels), words, CharacterModel.fit(prior_text))


def greedy(problem: Problem, sample: np.ndarray, length: int, reward: float) -> Row:
    """The prompts that greedy search finds on a sample, one word for one class at a time.

    A word of class k moves only that class's score: right answers are counted by one threshold
    a line.
    """
    K = len(LIBRARIES)
    match, labels = problem.match, problem.labels
    scores = np.zeros((len(labels), K))
    prompts = [""] * K
    nats = 0.0
    for _ in range(length):
        for k in range(K):
            seen = scores[sample]
            grown = seen[:, k, None] + match[sample]
            right = right_answers(seen, labels[sample], k, grown).mean(axis=0)
            space = " " if prompts[k] else ""
            log_word = np.array(
                [problem.model.log_probability(space + w, prompts[k]) for w in problem.words]
            )
            best = int(np.argmax(right + reward * log_word))
            scores[:, k] += match[:, best]
            prompts[k] += space + problem.words[best]
            nats -= float(log_word[best])
    nats -= sum(problem.model.log_probability(_END, prompt) for prompt in prompts)
    code = uniform_code(K, length, len(problem.words))
    return Row(f"greedy, beta {reward:g}", prompts, scores.argmax(axis=1), nats, code)


def with_trigrams(n: int, fresh: int, length: int, rewards, seed: int):
    """(population, rows, sample, fresh sample) of the example without packages."""
    problem = build()
    population = Population(LIBRARIES, problem.labels)
    sample, others = _draws(population, n, fresh, seed)
    rows = [greedy(problem, sample, length, reward) for reward in rewards]
    return population, rows, sample, others


def with_models(n: int, fresh: int, length: int, rewards, seed: int, groups=newsgroups.GROUPS):
    """The same on 20 Newsgroups, with the class names alone and a linear probe beside."""
    population, vectors, embed, model = newsgroups.build(groups)
    sample, others = _draws(population, n, fresh, seed)
    search = functools.partial(
        newsgroups.greedy, vectors, embed, model, population, sample, length=length, seed=seed
    )
    rows = [
        newsgroups.class_names(vectors, embed, population),
        *(search(reward=reward) for reward in rewards),
        newsgroups.linear_probe(vectors, population, sample),
    ]
    return population, rows, sample, others


def _draws(population: Population, n: int, fresh: int, seed: int):
    rng = np.random.default_rng(seed)
    size = len(population.labels)
    return rng.integers(0, size, n), rng.integers(0, size, fresh)


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
        "--groups", nargs="+", default=newsgroups.GROUPS, metavar="GROUP",
        help=f"newsgroups [{' '.join(newsgroups.GROUPS)}]",
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
    sizes = (given.n, given.fresh, given.length, given.rewards, given.seed)
    if given.features == "models" and absent:
        parser.error(f"not installed: {', '.join(absent)}. Try: {pretrained.INSTALL}")
    if given.features == "trigrams" or absent:
        if given.features == "auto":
            print(f"not installed: {', '.join(absent)}; character trigrams take their place.")
            print(f"With the models: {pretrained.INSTALL}")
        population, rows, sample, fresh = with_trigrams(*sizes)
        what = f"{len(population.labels)} lines of {', '.join(population.classes)}"
    else:
        try:
            population, rows, sample, fresh = with_models(*sizes, given.groups)
        except ValueError as error:
            parser.error(str(error))
        what = f"{len(population.labels)} messages of {', '.join(population.classes)}"
    results = certified(rows, population, sample, fresh, given.delta)
    chance = chance_error(population)
    notes = [
        f"ln|H| is the code length under the uniform prior; chance: {chance:.3f}; each bound"
        f" holds with probability {1 - given.delta:g} alone; R and the bounds are over these"
        f" {len(population.labels)} texts; held-out: {given.fresh} fresh draws."
    ]
    show(f"{what}; n = {given.n}", rows, results, notes)
    if given.figure:
        draw(given.figure, f"{what.split(' of ')[0]}, n = {given.n}", rows, results, chance)
        print(given.figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
