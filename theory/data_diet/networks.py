"""Trained networks: blind before training, telling soon after, better in the mean of several."""

from theory import Claims, Twin
from theory.data_diet.params import Params

claim = Claims("the paper's observation, in this model")
SMALL = Params(classes=3, d=12, n=96, kept=48, snr=2.5, rho=0.15, runs=4, steps=30)
networks = claim.given(mode="networks", at=SMALL)
SYMMETRY = (
    "exact by symmetry: first outputs are exchangeable, and so are the classes; width asked for"
)


@networks.equals(
    "el2n_auc[0]", within=0.05, why=SYMMETRY, twin=Twin("telling at initialisation", blind=0.7)
)
def network_el2n_blind_at_init(p, *, blind=0.5):
    """Before training EL2N of any network flags flipped labels with mean AUC 1/2."""
    return blind


@networks.equals(
    "grand_auc[0]", within=0.05, why=SYMMETRY, twin=Twin("telling at initialisation", blind=0.7)
)
def network_grand_blind_at_init(p, *, blind=0.5):
    """So does GraNd, the norm of the whole gradient: at initialisation it cannot know the label.

    derived; against the paper's pruning by GraNd at initialisation, which did not reproduce
    """
    return blind


networks.ordering(
    "network_telling_after_one_step",
    "After one batch EL2N flags flipped labels better than before training",
    "el2n_auc[1]",
    "el2n_auc[0]",
)
networks.ordering(
    "network_telling_early",
    "After a few steps it does so better than after one",
    "el2n_auc[2]",
    "el2n_auc[1]",
)
networks.ordering(
    "network_grand_telling_early",
    "After a few steps GraNd flags flipped labels better than before training",
    "grand_auc[2]",
    "grand_auc[0]",
)
networks.ordering(
    "network_averaging_helps",
    "The mean score of several networks flags flipped labels better than that of one",
    "el2n_auc[2]",
    "one_auc",
)
networks.ordering(
    "grand_telling_at_initialisation",
    "GraNd flags flipped labels before training, with mean AUC over .6",
    lambda run, p: run["grand_auc"][:, 0],
    lambda run, p: 0.6 + 0 * run["one_auc"],
    twin=None,
    source="the paper's GraNd at initialisation, read as a score of noise",
    repaired_by="network_grand_blind_at_init",
)
