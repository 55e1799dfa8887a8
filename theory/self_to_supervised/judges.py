"""Judges that err: what false acceptances and false rejections cost, and the targets sampled."""

import jax
import jax.numpy as jnp
from jax.scipy.special import xlogy

from theory import Claims, Twin, kl, log
from theory.self_to_supervised.forms import judged, movement, rounds_of_sampling, target, tv
from theory.self_to_supervised.params import ANSWERS, EXAMPLE, LAWS, POLICIES, VALID, Params
from theory.self_to_supervised.targets import laws, part

claim = Claims("derived")
on_policies = claim.given(over=POLICIES, points=48, within=1e-11, scale=1.0,
                          why="sums of 12 answers")  # fmt: skip
on_laws = claim.given(over=LAWS, points=48)


@on_policies.identity(
    lambda p: tv(judged(p), p.policy),
    twin=Twin("(1 - f) W (1 + m)", product=True),
    known=(
        (Params(accepts=0.2), ".32"),
        (Params(rejects=0.3), ".574"),
        (Params(accepts=0.2, rejects=0.3), ".494"),
    ),
)
def judge_errors(p, *, product=False):
    """TV(q, p) = m (P - p_g) + (1 - f) W: a false rejection costs movement and buys nothing."""
    if product:
        return movement(p.P, p.p_g, p.accepts) * (1 + p.rejects)
    return movement(p.P, p.p_g, p.accepts, p.rejects)


@on_policies.identity(
    lambda p: jnp.sum(jnp.where(p.is_valid, judged(p), 0.0)),
    twin=Twin("1 - f", wrong=1.0),
    known=((Params(accepts=0.2), ".92"),),
)
def judge_errors_accuracy(p, *, wrong=None):
    """The target's accuracy is 1 - f W, whatever m."""
    return 1 - p.accepts * (p.W if wrong is None else wrong)


def mixed(z, f=0.2):
    """Any law with accuracy 1 - f W: that of ``other`` on valid and on wrong answers."""
    _, W, _, r = laws(z)
    wrong = part(jax.nn.softmax(2 * jnp.asarray(z.other)), 0)
    return (1 - f * W) * r + f * W * wrong


@on_laws.never_below(lambda z: (1 - 0.2) * laws(z)[1])
def judge_errors_frontier(z):
    """Accuracy 1 - f W takes a move of (1 - f) W at least: f trades the two one for one.

    derived; at f = .2, any law; m = 0 attains it
    """
    return tv(mixed(z), laws(z)[0])


@on_policies.identity(
    lambda p: kl(judged(p), jnp.asarray(p.policy)),
    twin=Twin("without the wrong answers' part", wrong=0),
)
def judge_errors_kl(p, *, wrong=1):
    """KL(q||p) = (1-m) ln(1-m) (P - p_g) + f ln f W + q_g ln(q_g/p_g)."""
    q_g = p.p_g * (1 - p.rejects) + p.rejects * p.P + (1 - p.accepts) * p.W
    own = xlogy(1 - p.rejects, 1 - p.rejects) * (p.P - p.p_g)
    taken = xlogy(p.accepts, p.accepts) * p.W
    return own + wrong * taken + q_g * log(q_g / p.p_g)


def accepted_by(z):
    """(p, chance that the judge accepts each answer), whatever these depend on."""
    return laws(z)[0], jax.nn.sigmoid(2 * jnp.asarray(z.judge) + jnp.asarray(z.policy))


@on_laws.algebra(
    lambda z: any_target(*accepted_by(z)),
    twin=Twin("errors averaged over answers, not over the policy", weighted=False),
)
def any_judge(z, *, weighted=True):
    """Of a judge whose errors follow p_i (the model itself), only f, m averaged over p count.

    derived: TV and accuracy as above, f = sum_wrong p_i a_i/W, m = 1 - sum_C p_i a_i/(P - p_g)
    without gold: what nobody had
    """
    p, a = accepted_by(z)
    weights = p if weighted else jnp.ones(ANSWERS)
    f = jnp.sum((weights * a)[VALID:]) / jnp.sum(weights[VALID:])
    m = 1 - jnp.sum((weights * a)[1:VALID]) / jnp.sum(weights[1:VALID])
    P = jnp.sum(p[:VALID])
    return jnp.stack([movement(P, p[0], f, m), 1 - f * (1 - P)])


def any_target(p, a):
    """(movement, accuracy) of own answers accepted with chances a, the rest on gold."""
    kept = p * a
    q = kept + (1 - jnp.sum(kept)) * jnp.eye(ANSWERS)[0]
    return jnp.stack([tv(q, p), jnp.sum(q[:VALID])])


# --------------------------------------------------------------------------------------------
# The same by sampling

ERRING = Params(accepts=0.2, rejects=0.3, tries=3)
sampled = claim.given(at=(ERRING, EXAMPLE), within=0.02)


@sampled.equals(lambda run, p: run["answer"] == 0, twin=Twin("one try", tries=1))
def target_law(p, *, tries=None):
    """Gold is the target with chance s (1 - m) p_g + (1 - a)^k, a = (1 - m) P + f W."""
    return target(p.policy, p.valid, p.accepts, p.rejects, tries or p.tries)[0]


@sampled.equals(
    lambda run, p: run["answer"] < p.valid, twin=Twin("1 - f W, as with one try", more=False)
)
def more_tries_cost_accuracy(p, *, more=True):
    """A judge that errs is asked more often: accuracy 1 - f W (1 - (1 - a)^k)/a falls with k."""
    a = (1 - p.rejects) * p.P + p.accepts * p.W
    return 1 - p.accepts * p.W * (rounds_of_sampling(a, p.tries) if more else 1.0)
