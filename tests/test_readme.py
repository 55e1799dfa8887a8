"""Lists of settings say what the settings say: README's table, topics."""

from pathlib import Path

import pytest
from jaxtyping import TypeCheckError

import theory
from paper_figures._settings_table import rewritten
from sims.__main__ import main
from theory import Paper
from theory._paper import TOPICS, topics_of

README = Path(__file__).parents[1] / "README.md"


def test_the_table_of_settings_is_current():
    text = README.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run `make readme`"
    with pytest.raises(ValueError, match="are not there"):
        rewritten("# no marks")


def test_a_paper_that_is_not_on_arxiv_has_no_link_to_it():
    assert Paper("T", "A", "V", "2001.00001").url.endswith("/2001.00001")
    assert Paper("T", "A", "V", "cs/0102003").url.endswith("/cs/0102003")
    for number in ("none", "", "10.1109/5.771073"):
        paper = Paper("T", "A", "V", number)
        assert not paper.url
        assert str(paper) == "A. T. V."


def test_topics_are_declared_words():
    assert Paper("T", "A", "V", "1", topics=("bounds",)).topics == ("bounds",)
    with pytest.raises(ValueError, match="'robustnes'; did you mean robustness"):
        Paper("T", "A", "V", "1", topics=("robustnes",))
    with pytest.raises((ValueError, TypeCheckError), match="topics"):
        Paper("T", "A", "V", "1", topics="bounds")


@pytest.mark.parametrize("setting", [s for s in theory.settings() if s in README.read_text()])
def test_topics_are_read_without_importing_as_the_module_has_them(setting):
    module = theory.load("theory", setting)
    assert topics_of(setting) == module.PAPER.topics
    assert module.PAPER.topics
    assert set(module.PAPER.topics) <= set(TOPICS)


def test_the_list_shows_the_settings_of_a_topic(capsys):
    assert main(["list", "--topic", "bounds"]) == 0
    shown = capsys.readouterr().out
    assert "pac_bayes_prompts" in shown
    assert "xor_cluster" not in shown
    assert main(["list", "--topic", "bound"]) == 2
    assert "did you mean bounds" in capsys.readouterr().err
