"""Searched prompts on real text, with and without the packages that carry models."""

import string

import numpy as np
import pytest

from paper_figures.pac_bayes_prompts import real_text, texts

ABSENT = texts.missing()


def test_the_character_model_of_the_text_example_is_a_law():
    model = texts.CharacterModel(["draw a line", "draw the axes", "set a label"])
    for history in ("", "d", "dra", "the axes", "zzz"):
        total = sum(model.probability(c, history) for c in string.ascii_lowercase + " \n")
        assert total == pytest.approx(1, abs=1e-12)
    assert model.words[0] == "draw"
    log_law = texts.log_law(model, ["the"])
    assert np.exp(log_law).sum() == pytest.approx(1, abs=1e-12)
    assert log_law[model.words.index("axes")] > log_law[model.words.index("draw")]


def test_the_text_example_certifies_what_it_finds(monkeypatch):
    monkeypatch.setattr(texts.lines_and_labels, "__defaults__", (100,))
    lines = real_text.with_trigrams()
    sample, fresh = np.random.default_rng(0).integers(0, len(lines.labels), (2, 300))
    found = real_text.greedy(lines, sample, length=2, reward=0.003, tried=30)
    result = real_text.certified(found, lines.labels, sample, fresh, 0.05)
    assert result["R"] < result["occam_binomial"] < 1


class FewWords:
    """A language model of five words, the later the rarer, whatever stands before."""

    words = ("orbit", "goal", "pixel", "rocket", "puck")

    def log_word(self, word, history):
        return np.log(1 / (1 + self.words.index(word)) + 0.01 * len(history))


def letters(lines):
    """Unit vectors of letter counts: an embedding that needs no package."""
    counts = np.array([[t.count(c) for c in string.ascii_lowercase] for t in lines], float)
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-12)


LINES = letters(["rocket orbit moon", "puck goal ice", "orbit of mars", "a goal in overtime"] * 20)
LABELS = np.array([0, 1, 0, 1] * 20)
TEXTS = real_text.Texts("lines", ("sci.space", "rec.hockey"), LABELS, LINES, letters, FewWords())
SAMPLE = np.random.default_rng(0).integers(0, 80, 60)


def search(reward, length=2):
    return real_text.greedy(TEXTS, SAMPLE, length=length, reward=reward, tried=5)


def test_a_prompt_classifier_is_the_embedding_of_its_prompts():
    found, start = search(0.01), search(0.0, length=0)
    predicted = (LINES @ letters(found.prompts).T).argmax(axis=1)
    assert np.array_equal(found.predicted, predicted)
    assert (start.prompts, start.nats) == (["sci space", "rec hockey"], 0)
    assert (found.predicted != LABELS).mean() < (start.predicted != LABELS).mean()


def test_a_prompt_costs_what_the_language_model_says():
    found, weights = search(0.01), 1 / np.arange(1, 6)
    share = {i: (weights + 0.01 * i) / (weights + 0.01 * i).sum() for i in (2, 3)}
    words = [prompt.split() for prompt in found.prompts]
    likelihood = [share[i][FewWords.words.index(w[i])] for w in words for i in share]
    assert found.nats == pytest.approx(-np.log(likelihood).sum(), rel=1e-12)
    assert found.uniform_nats == pytest.approx(4 * np.log(5))
    likelier = search(10.0)
    assert likelier.nats < found.nats
    assert all(p.endswith("orbit orbit") for p in likelier.prompts)


def test_certificates_of_text_stand_beside_the_held_out_error():
    found, fresh = search(0.0), np.arange(80)
    prompt, probe = (
        real_text.certified(row, LABELS, SAMPLE, fresh, 0.05)
        for row in (found, real_text.linear_probe(TEXTS, SAMPLE))
    )
    assert prompt["R"] == prompt["held-out error"] == (found.predicted != LABELS).mean()
    assert prompt["R"] < prompt["held_out"] < prompt["occam_binomial"]
    assert prompt["occam_binomial"] <= prompt["occam_kl"] + 1e-14  # equal where r = 0
    assert probe["nats"] == pytest.approx(16 * 2 * 26 * np.log(2))
    assert probe["mcallester"] > 1  # a matrix of weights costs more nats than there are points


def test_without_models_the_example_says_so_and_runs(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(texts, "missing", lambda: ["torch"])
    monkeypatch.setattr(texts.lines_and_labels, "__defaults__", (60,))
    figure = tmp_path / "real_text.png"
    sizes = ["--n", "200", "--fresh", "50", "--length", "1", "--rewards", "0", "0.01"]
    assert real_text.main([*sizes, "--figure", str(figure)]) == 0
    shown = capsys.readouterr().out
    assert "not installed: torch; character trigrams take their place" in shown
    assert "held-out error" in shown
    assert "greedy, beta 0.01" in shown
    assert figure.stat().st_size > 10_000


@pytest.mark.parametrize(("text", "message"), [
    ("--n 0", "'0' is outside 1 to"),
    ("--delta 1", "delta must lie strictly between 0 and 1"),
    ("--rewards 0 -1", "'-1' is outside [0, inf]"),
    ("--groups sci.space sci.space", "two different newsgroups"),
    ("--features models", f"not installed: torch, pocketsphinx. Try: {texts.INSTALL}"),
])  # fmt: skip
def test_the_text_example_refuses_bad_numbers(text, message, monkeypatch, capsys):
    monkeypatch.setattr(texts, "missing", lambda: ["torch", "pocketsphinx"])
    with pytest.raises(SystemExit) as stopped:
        real_text.main(text.split())
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")
def test_the_installed_models_are_an_embedding_and_a_law():
    embed, model = texts.sentence_embedder(), texts.TrigramModel()
    vectors = embed(["a rocket went into orbit", "space", "hockey"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    log_law = texts.log_law(model, ["outer", "space"])
    assert np.exp(log_law).sum() == pytest.approx(1, abs=1e-12)
    assert log_law[model.words.index("station")] > log_law[model.words.index("happiness")]
    messages, labels = texts.newsgroups(("sci.space", "rec.sport.hockey"))
    assert len(messages) == len(set(messages)) == len(labels) > 1500
    with pytest.raises(ValueError, match=r"no newsgroup sci\.magic; there are alt\.atheism"):
        texts.newsgroups(("sci.magic",))
