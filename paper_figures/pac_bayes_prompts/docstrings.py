"""Which library does this line of documentation come from? An example that needs no packages.

The texts are the first lines of docstrings of four libraries that this package depends on anyway,
read from disk, embedded by their character trigrams. The prior is a character 4-gram model of
another library's docstrings, and the words to choose from are that text's: nothing of the prior has
seen the data.
"""

import dataclasses
import functools
import importlib.util
import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LIBRARIES = ("numpy", "scipy", "sympy", "jax")
PRIOR_LIBRARY = "matplotlib"
_FEATURES = 2048
_LETTERS = "abcdefghijklmnopqrstuvwxyz \n"
_DOCSTRING = re.compile(
    r'^[ ]*(?:def|class) [A-Za-z]\w*[^\n]*:\s*\n\s*[rR]?"""\s*(\S[^\n"]{15,})', re.MULTILINE
)


@functools.cache
def first_lines(library: str) -> list[str]:
    """The first lines of a library's docstrings, in lower-case words, each once."""
    spec = importlib.util.find_spec(library)
    assert spec is not None
    assert spec.origin is not None
    lines: dict[str, None] = {}
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        if "test" not in path.parts and "tests" not in path.parts:
            for text in _DOCSTRING.findall(path.read_text(encoding="utf-8", errors="ignore")):
                lines[" ".join(re.findall("[a-z]+", text.lower()))] = None
    return list(lines)


def texts_and_labels(most: int = 2000) -> tuple[list[str], np.ndarray]:
    """At most so many lines of each library, evenly spaced, and the libraries' indices."""
    texts, labels = [], []
    for k, library in enumerate(LIBRARIES):
        lines = first_lines(library)
        few = lines[:: max(1, len(lines) // most)][:most]
        texts += few
        labels += [k] * len(few)
    return texts, np.array(labels)


@dataclasses.dataclass(frozen=True)
class CharacterModel:
    """p(c|h) = (count(hc) + p(c|h without its first letter))/(count(h) + 1), down to uniform.

    h are up to ``order`` - 1 letters; every p(.|h) is a law.
    """

    counts: Counter
    contexts: Counter
    words: list[str]
    order: int

    @classmethod
    def fit(cls, lines: Sequence[str], vocabulary: int = 300, order: int = 4) -> "CharacterModel":
        """The model of these lines, with their commonest words of three letters or more."""
        counts, contexts = Counter(), Counter()
        for line in lines:
            text = line + "\n"
            for i, letter in enumerate(text):
                for size in range(min(order, i + 1)):
                    history = text[i - size : i]
                    counts[history, letter] += 1
                    contexts[history] += 1
        common = Counter(w for line in lines for w in line.split() if len(w) > 2)
        return cls(counts, contexts, [w for w, _ in common.most_common(vocabulary)], order)

    def probability(self, letter: str, history: str) -> float:
        """p(letter | history)."""
        value = 1 / len(_LETTERS)
        history = history[-(self.order - 1) :]
        for size in range(len(history) + 1):
            seen = history[len(history) - size :]
            value = (self.counts[seen, letter] + value) / (self.contexts[seen] + 1)
        return value

    def log_probabilities(self, history: Sequence[str]) -> np.ndarray:
        """ln P(. | words before) on the vocabulary: letter by letter, divided by their sum."""
        start = " ".join(history)
        logs = np.array([
            sum(math.log(self.probability(letter, start + text[:i]))
                for i, letter in enumerate(text))
            for text in (f" {word}" for word in self.words)
        ])  # fmt: skip
        return logs - np.logaddexp.reduce(logs)


def trigrams(texts: Sequence[str]) -> np.ndarray:
    """Normalised signed hashed counts of character trigrams, shape (texts, features)."""
    features = np.zeros((len(texts), _FEATURES), np.float32)
    for row, text in zip(features, texts, strict=True):
        padded = f" {text} "
        for i in range(len(padded) - 2):
            code = zlib.crc32(padded[i : i + 3].encode())
            row[code % _FEATURES] += 1.0 if code & 1 << 20 else -1.0
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
