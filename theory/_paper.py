"""Where a setting comes from."""

import dataclasses

__all__ = ["Paper"]


@dataclasses.dataclass(frozen=True)
class Paper:
    """A paper: title, authors (one string), venue with year, arXiv number."""

    title: str
    authors: str
    venue: str
    arxiv: str

    @property
    def url(self) -> str:
        """The paper's arXiv page."""
        return f"https://arxiv.org/abs/{self.arxiv}"

    def __str__(self) -> str:
        return f"{self.authors}. {self.title}. {self.venue}. arXiv:{self.arxiv}"
