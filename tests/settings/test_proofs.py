"""Every proof item of every setting comes out as it says."""

import pytest

from proofs_check import proofs_of, run_proofs
from tests.settings import SETTINGS

ITEMS = [
    pytest.param(name, proof, id=f"{name}-{proof.name}")
    for name in SETTINGS
    for proof in proofs_of(name)
]


@pytest.mark.parametrize(("setting", "proof"), ITEMS)
def test_a_proof_item_comes_out_as_expected(setting, proof):
    ((_, result),) = run_proofs(setting, [proof.name])
    assert result.status is proof.expected, result
