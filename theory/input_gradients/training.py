"""Trained nets: they find the leaky net below eps_c(k), and gradients show the signal far above."""

from theory import Claims, Twin
from theory.input_gradients.leak import leaky_max_margin
from theory.input_gradients.nets import Params

claim = Claims()
trained = claim.given(mode="trained", trials=4)
FITTED = Params()
trained.every_trial(
    lambda run, p: 1 - run["leakage"],
    within=0.02,
    name="leak_survives_training",
    says="adversarially trained nets leak whole below eps_c(5) = .152: L >= .98",
    at=(Params(eps=0.12), FITTED),
    twin=Twin("far above it too", cases=(Params(eps=0.27),)),
)
trained.every_trial(
    lambda run, p: 1 - run["leakage"],
    within=0.02,
    name="leak_survives_l2_training",
    says="so do nets trained against l_2 attacks of eps = .27 < sqrt(5) eps_c(5) = .341",
    source="derived; see leak_threshold",
    at=Params(eps=0.27, attack="l2"),
    twin=Twin("against l_inf attacks of that size", cases=(Params(eps=0.27),)),
)
trained.every_trial(
    "leakage",
    within=0.05,
    name="robust_training_removes_leakage",
    says="L <= .05 after adversarial training with eps = .35",
    source="abstract, in words",
    at=(ROBUST := Params(eps=0.35)),
    twin=Twin("after standard training", cases=(FITTED,)),
)
trained.every_trial(
    lambda run, p: 1 - run["largest"],
    within=0.0,
    name="robust_gradients_find_the_signal",
    says="after it the largest gradient is the signal's at every input",
    source="abstract, in words",
    at=ROBUST,
    twin=Twin("after standard training", cases=(FITTED,)),
)
trained.every_trial(
    "dead",
    within=1e-3,
    name="training_clears_dead_blocks",
    says="standard training leaves no gradient where the signal never is (1/1000 of the signal's)",
    at=FITTED,
    twin=Twin("so does adversarial training", cases=(ROBUST,)),
)
claim.limit(
    leaky_max_margin,
    "margin",
    name="training_reaches_max_margin",
    says="gradient descent on log sum exp(-y f) reaches gamma as its step goes to 0, at rate 1",
    source="derived from the margin; the convergence is Chizat and Bach (2020)",
    along=[Params(k=3, d=6, width=100, time=40.0, rate=r) for r in (0.08, 0.04, 0.02, 0.01)],
    size=lambda p: 1 / p.rate,
    rate=-1.0,
    within=0.25,
    last_gap=0.006,
    why="a step turns neurons by about its size; seen: -.99",
    mode="trained",
    trials_per_rung=32,
    twin=Twin("the margin without bias", limit=lambda p: leaky_max_margin(p, bias=0)),
)
