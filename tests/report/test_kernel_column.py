"""What Rocq's kernel said stands in the report once it was asked."""

import json

from tests.report.coins import page, parsed, words


def test_a_kernels_word_has_a_column_once_it_was_asked(coins, out):
    def column() -> list[str]:
        rows = (e for e in parsed(page(out)).iter("tr") if "proof-" in (e.get("id") or ""))
        cells = (td for row in rows for td in row.iter("td"))
        return [words(td) for td in cells if td.get("data-label") == "Rocq's kernel"]

    assert column() == ["kernel-checked", "–", "–", "–", "–"]
    asked = json.loads((out / "proofs.json").read_text())
    (out / "proofs.json").write_text(json.dumps([p | {"kernel": None} for p in asked]))
    assert column() == []
