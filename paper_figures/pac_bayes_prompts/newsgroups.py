"""The paper's scheme on 20 Newsgroups: prompt -> text embedding -> linear classifier of messages.

A class k starts with its newsgroup's name; the search puts ``length`` words after it. The embedding
of that text is the weight vector of class k, a message goes to the class with the largest inner
product, and the prior is a trigram language model that goes on from the name. Words are tried as
in the paper: a random few of the vocabulary at every step.

Needs packages that this project does not depend on (see :mod:`.pretrained`).
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from paper_figures.pac_bayes_prompts.pretrained import (
    TrigramModel,
    kept,
    newsgroups,
    sentence_embedder,
)
from paper_figures.pac_bayes_prompts.text import Population, Row, right_answers, uniform_code

GROUPS = ("comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns")
_BITS = 16  # of a weight of the linear probe


def build(groups: Sequence[str] = GROUPS) -> tuple[Population, np.ndarray, Callable, TrigramModel]:
    """(population, embeddings of its messages, the embedder, the language model)."""
    texts, labels = newsgroups(groups)
    embed = sentence_embedder()
    return Population(tuple(groups), labels), kept(texts, embed), embed, TrigramModel()


def names(groups: Sequence[str]) -> list[list[str]]:
    """``sci.space`` -> ``["sci", "space"]``: the words with which each class starts."""
    return [group.replace("-", ".").split(".") for group in groups]


def class_names(vectors: np.ndarray, embed: Callable, population: Population) -> Row:
    """No search at all: one classifier, fixed before the data, which costs no nats."""
    prompts = [" ".join(words) for words in names(population.classes)]
    return Row("class names", prompts, (vectors @ embed(prompts).T).argmax(axis=1), 0.0, 0.0)


def linear_probe(vectors: np.ndarray, population: Population, sample: np.ndarray) -> Row:
    """Ridge regression of the classes on the embeddings, its weights rounded to 16 bits.

    A uniform prior over all such matrices: 16 K d ln 2 nats, where a prompt costs tens.
    """
    targets = np.eye(len(population.classes), dtype=np.float32)[population.labels[sample]]
    seen = vectors[sample]
    gram = seen.T @ seen + np.eye(seen.shape[1], dtype=np.float32)
    weights = np.linalg.solve(gram, seen.T @ targets).astype(np.float16)
    nats = _BITS * weights.size * math.log(2)
    return Row(
        "linear probe", [], (vectors @ weights.astype(np.float32)).argmax(axis=1), nats, nats
    )


def greedy(
    vectors: np.ndarray,
    embed: Callable,
    model: TrigramModel,
    population: Population,
    sample: np.ndarray,
    *,
    length: int,
    reward: float,
    tried: int = 200,
    seed: int = 0,
) -> Row:
    """Greedy search, one word for one class at a time, with ``reward`` for ln P(word | before).

    ``tried`` random words of the vocabulary at each step; their order is fixed by ``seed``, so
    searches with other rewards choose among the same words. The new word changes the score of its
    own class only.
    """
    labels, prompts = population.labels[sample], names(population.classes)
    scores = vectors @ embed([" ".join(words) for words in prompts]).T
    rng = np.random.default_rng(seed)
    nats = 0.0
    for _ in range(length):
        for k, words in enumerate(prompts):
            few = np.sort(rng.choice(len(model.words), min(tried, len(model.words)), replace=False))
            grown = embed([" ".join([*words, model.words[i]]) for i in few])
            new = vectors[sample] @ grown.T
            right = right_answers(scores[sample], labels, k, new).mean(axis=0)
            log_words = model.log_probabilities(words)[few]
            best = int(np.argmax(right + reward * log_words))
            scores[:, k] = vectors @ grown[best]
            words.append(model.words[few[best]])
            nats -= float(log_words[best])
    found = [" ".join(words) for words in prompts]
    code = uniform_code(len(prompts), length, len(model.words))
    return Row(f"greedy, beta {reward:g}", found, scores.argmax(axis=1), nats, code)
