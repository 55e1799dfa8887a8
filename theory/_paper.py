"""Where a setting comes from, and what it is about."""

import ast
import dataclasses
import difflib
import re

from theory._discovery import load, text_of

__all__ = ["Paper"]

TOPICS = {
    "bounds": "generalisation bounds and certificates",
    "calibration": "whether probabilities mean what they say",
    "classification": "decision rules and their errors",
    "compression": "quantised, pruned and compressed models and data",
    "detection": "telling foreign inputs from known ones",
    "distillation": "learning from a model's own or another's outputs",
    "generation": "generative models, guidance, forgery",
    "imbalance": "classes or groups of unequal size",
    "kernels": "kernel methods and infinitely wide networks",
    "memorisation": "what is kept of single points, and unlearning",
    "noise": "wrong labels and noisy measurements",
    "optimisation": "what descent finds, and how fast",
    "overfitting": "fitting everything, and what it costs",
    "recovery": "signals and matrices from few measurements",
    "regularisation": "dropout, ridge, smoothing, mixing",
    "representations": "features, pre-trained and self-supervised",
    "robustness": "adversarial and worst-case inputs",
    "sampling": "which points are drawn, kept or made",
    "scaling": "rates and exponents in sizes",
    "shift": "training and test distributions that differ",
    "transfer": "few labels, new classes, new tasks",
}
"""The topics that a Paper may name, and what each is."""


@dataclasses.dataclass(frozen=True)
class Paper:
    """A paper: title, authors (one string), venue with year, arXiv number or "none", topics.

    Raises ValueError for a topic that :data:`TOPICS` lacks.
    """

    title: str
    authors: str
    venue: str
    arxiv: str
    topics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.topics, str):
            raise ValueError(f"paper {self.title!r}: topics is a tuple of words, not a text")
        for topic in self.topics:
            require_topic(topic)

    @property
    def url(self) -> str:
        """The paper's arXiv page; "" where it has none."""
        known = re.fullmatch(r"(\d{4}\.\d{4,5}|[\w.\-]+/\d{7})(v\d+)?", str(self.arxiv))
        return f"https://arxiv.org/abs/{self.arxiv}" if known else ""

    def __str__(self) -> str:
        number = f" arXiv:{self.arxiv}" if self.url else ""
        return f"{self.authors}. {self.title}. {self.venue}.{number}"


def require_topic(topic: str) -> None:
    """Raises ValueError, with the known topics and the nearest one, if it is not among them."""
    if topic not in TOPICS:
        near = difflib.get_close_matches(topic, TOPICS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"there is no topic {topic!r}{hint} (known: {', '.join(TOPICS)})")


def topics_of(setting: str) -> tuple[str, ...]:
    """The topics of a setting's PAPER, read without importing it where its text says them.

    () for a setting that names none, and for one that cannot be read or imported.
    """
    try:
        tree = text_of(setting)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Paper":
                given = [k.value for k in node.keywords if k.arg == "topics"] or node.args[4:5]
                return tuple(ast.literal_eval(given[0])) if given else ()
        paper = getattr(load("theory", setting), "PAPER", None)
    except Exception:  # anything that somebody's package does when imported
        return ()
    return tuple(getattr(paper, "topics", ()))
