"""The paper's scheme on texts: prompt -> text embedding -> linear classifier of embedded texts.

A class starts with its name; the search puts words after it, one for one class at a time. The
embedding of that prompt is the weight vector of the class, a text goes to the class with the
largest inner product, and the prior is a language model that goes on from the name.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from theory.pac_bayes_prompts import certificates

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


def greedy(
    texts: Texts,
    sample: np.ndarray,
    *,
    length: int,
    reward: float,
    tried: int = 200,
    seed: int = 0,
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
            new = texts.vectors[sample] @ grown.T
            right = right_answers(scores[sample], labels, k, new).mean(axis=0)
            log_words = texts.model.log_probabilities(prompt)[few]
            best = int(np.argmax(right + reward * log_words))
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
