"""How far a policy that reaches its targets has moved: the least move, KL, more tries, greedy."""

import jax
import jax.numpy as jnp

from theory import Claims, Twin, kl, log
from theory.self_to_supervised.forms import best_tries, kl_of_target, movement, s3ft, tv
from theory.self_to_supervised.params import ANSWERS, EXAMPLE, LAWS, POLICIES, VALID, Params

claim = Claims("derived")
on_policies = claim.given(over=POLICIES, points=48, within=1e-11, why="sums of 12 answers")
on_laws = claim.given(over=LAWS, points=48)
GOOD = tuple(1.0 * (i < VALID) for i in range(ANSWERS))


def part(r, good):
    """r conditioned on valid answers (good = 1) or wrong ones (0)."""
    kept = r * (jnp.asarray(GOOD) == good)
    return kept / jnp.sum(kept)


def laws(z):
    """(p, W, p_C, r on valid answers)."""
    p = jax.nn.softmax(jnp.asarray(z.policy))
    return p, jnp.sum(p[VALID:]), part(p, 1), part(jax.nn.softmax(2 * jnp.asarray(z.other)), 1)


@on_laws.never_below(lambda z: laws(z)[1])
def least_move(z):
    """Every law r of valid answers has TV(r, p) >= W: no S3FT, no other target moves less."""
    p, _, _, r = laws(z)
    return tv(r, p)


@on_laws.algebra(lambda z: least_move(z), twin=Twin("(r_i - p_i)_+", sign=-1))
def least_move_excess(z, *, sign=1):
    """TV(r, p) = W + sum_C (p_i - r_i)_+: W is reached iff r >= p on all valid answers."""
    p, W, _, r = laws(z)
    return W + jnp.sum(jnp.maximum(sign * (p - r), 0)[:VALID])


@on_policies.identity(
    lambda p: tv(s3ft(p, p.tries), p.policy),
    twin=Twin("1 - P + p_g", gold=1),
    known=((EXAMPLE, ".4"),),
)
def least_move_s3ft(p, *, gold=0):
    """S3FT, with any number of tries, moves W: no more than any target without wrong answers."""
    return movement(p.P, p.p_g) + gold * p.p_g


@on_policies.identity(
    lambda p: tv(jnp.arange(jnp.shape(p.policy)[0]) == 0, p.policy),
    twin=Twin("as S3FT", rejects=0.0),
    known=((EXAMPLE, ".98"),),
)
def least_move_sft(p, *, rejects=1.0):
    """SFT, which is a judge that rejects everything, moves 1 - p_g."""
    return movement(p.P, p.p_g, 0.0, rejects)


@on_policies.identity(
    lambda p: kl(s3ft(p), jnp.asarray(p.policy)),
    twin=Twin("-ln P", nearest=True),
    known=((EXAMPLE, "1.278699"),),
)
def kl_of_s3ft(p, *, nearest=False):
    """KL(q||p) = (p_g + W) ln(1 + W/p_g)."""
    if nearest:
        return -log(p.P)
    return (p.p_g + p.W) * jnp.log1p(p.W / p.p_g)


@claim.never_below(lambda p: -log(p.P), over=POLICIES)
def kl_of_s3ft_above(p):
    """KL(q||p) >= -ln P, which p_C attains: nearest in TV, S3FT is in general not nearest in KL."""
    return kl_of_s3ft(p)


@claim.never_above(lambda p: -log(p.p_g), over=POLICIES)
def kl_of_s3ft_below(p):
    """KL(q||p) <= -ln p_g, which is SFT's."""
    return kl_of_s3ft(p)


@on_laws.algebra(lambda z: kl(laws(z)[3], laws(z)[0]), scale=None, twin=Twin("+ ln P", sign=-1))
def pythagoras(z, *, sign=1):
    """r on valid answers: KL(r||p) = KL(r||p_C) - ln P, so p_C is the nearest, at -ln P."""
    _, W, p_C, r = laws(z)
    return kl(r, p_C) - sign * jnp.log1p(-W)


def replaced(z, law):
    """Own answer if valid, else a draw of a law on valid answers."""
    p, W, _, _ = laws(z)
    return jnp.where(jnp.asarray(GOOD) == 1, p, 0) + W * law


@on_laws.algebra(lambda z: replaced(z, laws(z)[2]), twin=Twin("all on gold", ideal=False))
def paraphrase_projects(z, *, ideal=True):
    """A paraphrase drawn from p_C instead of gold makes the target p_C: least TV and least KL.

    derived; an ideal: what the model itself would have said, had it been right
    """
    return laws(z)[2] if ideal else replaced(z, jnp.eye(ANSWERS)[0])


@on_laws.algebra(lambda z: tv(replaced(z, laws(z)[3]), laws(z)[0]), twin=Twin("2 W", times=2))
def paraphrase_least_move(z, *, times=1):
    """Whatever law on valid answers replaces the wrong ones, TV stays W."""
    return times * laws(z)[1]


# --------------------------------------------------------------------------------------------
# More tries, a greedy answer


@on_policies.identity(
    lambda p: kl(s3ft(p, p.tries), jnp.asarray(p.policy)),
    twin=Twin("one try", more=0),
    known=tuple(
        (Params(tries=k), digits)
        for k, digits in ((1, "1.278699"), (2, ".694469"), (3, ".550887"), (5, ".512219"))
    ),
)
def more_tries(p, *, more=1):
    """k tries: KL = -ln P + (1-rho)(1-a) ln(1-a) + ((1-a) rho + a) ln(1 - a + a/rho), a = W^k."""
    return kl_of_target(p.P, p.p_g, p.tries if more else 1)


LADDER = tuple(Params(tries=k) for k in (6, 7, 8, 9, 10, 11))


@claim.scaling(
    -2,
    along=LADDER,
    size=lambda p: 0.4 ** (-p.tries),
    within=0.01,
    why="the next order, a/(3 rho) of the value: .04 at the least k, .007 in the slope",
    twin=Twin("like W^k", exponent=-1),
)
def more_tries_rate(p):
    """The gap KL(q_k||p) + ln P falls like W^(2 k), a^2 (1/rho - 1)/2; TV stays W."""
    return kl_of_target(p.P, p.p_g, p.tries) + log(p.P)


@claim.identity(
    lambda p: best_of_whole(p),
    over=POLICIES,
    points=16,
    within=1e-9,
    why="neighbours of equal cost",
    scale=1.0,
    twin=Twin("as many as make the tries cost 1 nat", spend=1),
)
def best_number_of_tries(p, *, spend=0):
    """The best k at a cost of c nats a try (here m/10) is next to k*, or 1: least KL + c E[tries].

    derived: the objective is convex in a = (1 - P)^k; what nobody had
    """
    c = 0.001 + p.rejects / 10
    k = jnp.minimum(1 / c if spend else best_tries(p.P, p.p_g, c), 63)
    down = jnp.maximum(jnp.floor(k), 1)
    return jnp.minimum(priced(p, down, c), priced(p, down + 1, c))


def priced(p, k, c):
    """KL(q_k||p) + c E[tries]."""
    return kl_of_target(p.P, p.p_g, k) + c * (1 - p.W**k) / p.P


def best_of_whole(p):
    """The least over k = 1 .. 64, by trying."""
    k = jnp.arange(1.0, 65.0)
    return jnp.min(priced(p, k, 0.001 + p.rejects / 10))


def greedy(p):
    """All on the policy's mode if that is valid, else on gold."""
    best = jnp.argmax(jnp.asarray(p.policy))
    return jnp.where(jnp.arange(jnp.shape(p.policy)[0]) == jnp.where(best < p.valid, best, 0), 1, 0)


@on_policies.identity(
    lambda p: tv(greedy(p), p.policy),
    twin=Twin("as by sampling", sampled=True),
    known=((EXAMPLE, ".7"),),
)
def greedy_answer(p, *, sampled=False):
    """Greedy own answers: one answer is the whole target, TV = 1 - max p if that one is valid.

    derived; else 1 - p_g: between S3FT and SFT, and without diversity, as SFT
    """
    best = jnp.max(jnp.asarray(p.policy))
    right = jnp.max(jnp.where(p.is_valid, p.policy, 0.0)) >= best
    return movement(p.P, p.p_g) if sampled else 1 - jnp.where(right, best, p.p_g)
