"""A setting that only the report's tests know, and how they read its pages."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

from paper_figures._report import write_report
from theory import Paper

DOC = """Coins that remember.

Notes: **every** throw counts.
"""
MODEL = r"""
A coin shows heads with probability $p$, and costs \$5.

$$\hat{p}=\frac1n\sum_{i=1}^n x_i,\qquad \operatorname{E}\hat{p}=p.$$
"""
PAPER = Paper("Coins", "A. Author", "Venue 2020", "2001.00001", topics=("noise", "bounds"))


def claim(name, verdict="HOLDS", **more):
    row = {
        "setting": "coins", "claim": name, "kind": "Equals", "source": "Theorem 1",
        "statement": f"E x = {name}", "at": "p=0.5, n=200", "verdict": verdict,
        "expected": "HOLDS", "twin_verdict": "REFUTED", "twin_mistake": "the other side",
        "estimate": 0.51, "interval": [0.5, 0.52], "prediction": 0.5, "tolerance": 0.05,
        "trials": 1200, "twin_trials": 64, "seconds": 1.5, "detail": "", "repaired_by": None,
    }  # fmt: skip
    return row | more


def proof(name, status="PROVED", **more):
    item = {
        "setting": "coins", "name": name, "source": "Lemma 2", "statement": f"step {name}",
        "status": status, "expected": "PROVED", "method": "SymPy", "counterexample": None,
        "unresolved": None, "detail": "", "supports": [], "repaired_by": None, "seconds": 0.1,
    }  # fmt: skip
    return item | more


LEDGER = [
    claim("zebra", trials=64, estimate=0.53, interval=[0.52, 0.54]),
    claim("mango", "UNDECIDED", kind="AtMost", estimate=None, interval=[None, None], trials=900),
    claim("apple", at="p=0.2, n=200",
          source="Section 4; derived: see theory/random_features/_solver.py", trials=12000,
          twin_trials=128, remark="all 12000 trials gave 0.51"),
    claim(
        "wrong_as_printed", "REFUTED", expected="REFUTED", source="Corollary 3", estimate=0.9,
        interval=[0.89, 0.91], repaired_by="zebra", twin_verdict="", twin_trials=0,
    ),
]  # fmt: skip
PROOFS = [
    proof("solid", supports=["zebra", "a_claim_that_is_gone"], kernel="kernel-checked"),
    proof("counted", "REFUTED", expected="REFUTED", source="Corollary 3",
          counterexample={"p": "1/4"}),
    proof("printed_step", "REFUTED", expected="REFUTED", source="(A.11)",
          counterexample={"n": "15"}, detail="f < 0 there", repaired_by="solid"),
    proof("own_wrong_twin", "REFUTED", expected="REFUTED", source="derived"),
    proof("open_box", "UNDECIDED", unresolved={"p": ["0", "1/8"]}),
]  # fmt: skip


class Params:
    """Parameters with defaults, as the ledger's line of parameters has them."""


def declared(name, **more):
    return SimpleNamespace(**{
        "name": name, "kind": "Equals", "source": "Theorem 7", "statement": f"E y = {name}",
        "expected": "HOLDS", "repaired_by": None, "deep": False, "supports": (),
    } | more)  # fmt: skip


def page(folder: Path) -> str:
    write_report(folder, ["coins"])
    return (folder / "report" / "coins.html").read_text(encoding="utf-8")


def index(folder: Path) -> str:
    return write_report(folder, ["coins"]).read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    """The page as XML, its script apart (where < and & are not markup)."""
    return ET.fromstring(re.sub(r"<script>.*?</script>", "", text, flags=re.S))


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())
