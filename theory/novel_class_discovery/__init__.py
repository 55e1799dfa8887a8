"""Novel class discovery: when known classes help to cluster the unlabelled points of new ones.

Novel points are x = y mu + z, y = +-1 in equal numbers, z ~ N(0, I_d), l = |mu|^2 = Delta^2/4: two
classes at distance Delta. They are clustered by the sign of their top principal component, of the
n points as they are, or projected on the span of p known directions (p + 1 known classes). Known
and novel directions lie, isotropic and independent, in one subspace of r dimensions. With g = d/n
the squared mean seen along the component is S(l, g) = (l^2 - g)/(l + g), 0 for l^2 <= g, and a
fresh point is called right with chance Phi(sqrt S). Projecting keeps a share f of l, and p of d
dimensions: S(l f, p/n). n0 labels a known class with means of squared length s2 enter as n0 s2.

The paper is empirical and states no theorem; this is our model of one mechanism: the known
classes' subspace against the noise of the other dimensions. It explains when an encoder trained
on known classes helps, how many classes and labels that takes, and why hiding known classes to
choose hyperparameters is cautious. It has a linear encoder, round noise of known scale and
two equal novel classes; it does not say whether a network's features, or real novel classes,
share a subspace with the known ones: that is put in by hand.
"""

from theory import Paper
from theory.novel_class_discovery.clustering import (
    accuracy, blind_accuracy, component_signal, spiked_root,
)  # fmt: skip
from theory.novel_class_discovery.known import known_classes_needed
from theory.novel_class_discovery.labels import captured, labels_needed, needed_share
from theory.novel_class_discovery.params import Params

PAPER = Paper(
    "A Practical Approach to Novel Class Discovery in Tabular Data",
    "Colin Troisemaine, Alexandre Reiffers-Masson, Stephane Gosselin, Vincent Lemaire,"
    " Sandrine Vaton",
    "arXiv, 2023",
    "2311.05440",
    topics=("representations", "transfer", "recovery"),
)

__all__ = [
    "PAPER", "Params", "accuracy", "blind_accuracy", "captured", "component_signal",
    "known_classes_needed", "labels_needed", "needed_share", "spiked_root",
]  # fmt: skip
