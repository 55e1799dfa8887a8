"""An optional example on real text: which library does this line of documentation come from?

    python -m paper_figures.pac_bayes_prompts.real_text --n 5000

The data are the first lines of docstrings of four libraries that this package depends on anyway
(numpy, scipy, sympy, jax), read from disk. They are the whole population: a sample is drawn from it
with replacement, so it is iid and every prompt's true error is known. A prompt is a few words for
each class; a line goes to the class whose words share most character trigrams with it. The prior
is a character 4-gram model fitted on another library's docstrings (matplotlib), and the words to
choose from are that text's: nothing of the prior has seen the data.

A larger language model and a learnt embedding would take the place of the 4-gram model and of the
trigrams; the certificates do not change.
"""

import argparse
import dataclasses
import importlib.util
import math
import re
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from theory.pac_bayes_prompts import certificates

LIBRARIES = ("numpy", "scipy", "sympy", "jax")
PRIOR_LIBRARY = "matplotlib"
_FEATURES = 2048
_END = "\n"
_DOCSTRING = re.compile(
    r'^[ ]*(?:def|class) [A-Za-z]\w*[^\n]*:\s*\n\s*[rR]?"""\s*(\S[^\n"]{15,})', re.MULTILINE
)


def first_lines(library: str, most: int = 2000) -> list[str]:
    """The first lines of a library's docstrings, in lower-case words, each once."""
    spec = importlib.util.find_spec(library)
    assert spec is not None
    assert spec.origin is not None
    lines: dict[str, None] = {}
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        if "test" in path.parts or "tests" in path.parts:
            continue
        for text in _DOCSTRING.findall(path.read_text(encoding="utf-8", errors="ignore")):
            lines[" ".join(re.findall("[a-z]+", text.lower()))] = None
    step = max(1, len(lines) // most)
    return list(lines)[::step][:most]


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


def greedy(problem: Problem, sample: np.ndarray, length: int, reward: float):
    """(words of each class, nats, predictions for the population), by greedy search on a sample.

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
            s, y = scores[sample], labels[sample]
            others = s.copy()
            others[:, k] = -np.inf
            own = s[np.arange(len(y)), y]
            others_but_own = np.where(np.arange(K) == y[:, None], -np.inf, others).max(axis=1)
            is_k = y == k
            threshold = np.where(is_k, others_but_own, own) - s[:, k]
            added = match[sample]
            right = np.where(
                is_k[:, None], added > threshold[:, None],
                (own > others_but_own)[:, None] & (added < threshold[:, None]),
            ).mean(axis=0)  # fmt: skip
            space = " " if prompts[k] else ""
            log_word = np.array(
                [problem.model.log_probability(space + w, prompts[k]) for w in problem.words]
            )
            best = int(np.argmax(right + reward * log_word))
            scores[:, k] += match[:, best]
            prompts[k] += space + problem.words[best]
            nats -= float(log_word[best])
    nats -= sum(problem.model.log_probability(_END, prompt) for prompt in prompts)
    return prompts, nats, scores.argmax(axis=1)


def main(arguments: list[str] | None = None) -> int:
    """Prints what the search finds and what certifies it."""
    parser = argparse.ArgumentParser(prog="python -m paper_figures.pac_bayes_prompts.real_text")
    parser.add_argument("--n", type=int, default=5000, help="training lines [5000]")
    parser.add_argument("--length", type=int, default=3, help="words a class [3]")
    parser.add_argument("--delta", type=float, default=0.05, help="failure probability [0.05]")
    parser.add_argument("--seed", type=int, default=0, help="of the sample [0]")
    given = parser.parse_args(arguments)
    if given.n < 1 or given.length < 1:
        parser.error("--n and --length must be at least 1")
    problem = build()
    sample = np.random.default_rng(given.seed).integers(0, len(problem.labels), given.n)
    uniform = len(LIBRARIES) * given.length * math.log(len(problem.words))
    shown = Table(
        title=f"{len(problem.labels)} lines of {', '.join(LIBRARIES)}; n = {given.n}",
        header_style="bold",
    )
    keys = ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence")
    for column in ("reward", "prompts", "r", "R", "nats", *keys):
        shown.add_column(column, overflow="fold")
    for reward in (0.0, 0.001, 0.003, 0.01):
        prompts, nats, predicted = greedy(problem, sample, given.length, reward)
        wrong = predicted != problem.labels
        errors = int(wrong[sample].sum())
        bounds = certificates(errors, given.n, nats, given.delta, uniform_nats=uniform)
        shown.add_row(
            f"{reward:g}", "; ".join(prompts), f"{errors / given.n:.3f}", f"{wrong.mean():.3f}",
            f"{nats:.1f}", *(f"{float(bounds[key]):.3f}" for key in keys),
        )  # fmt: skip
    console = Console(width=None if Console().is_terminal else 130)
    console.print(shown)
    console.print(f"uniform prior: {uniform:.1f} nats; chance: {1 - 1 / len(LIBRARIES):.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
