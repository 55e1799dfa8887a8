"""The policy, the judge, the probe and the online loop."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import (
    ArrayOf, Because, Doc, Domain, Draws, Ge, Gt, Le, Lt, Row, Scalar, Single, Static, Whole,
    parameters,
)  # fmt: skip

SETTING = "self_to_supervised"
ANSWERS = 12
SAMPLED = Because("an answer that is never sampled moves infinitely far in KL")
Share = Annotated[Scalar, Ge(0), Le(1)]
Chance = Annotated[Scalar, Gt(0), Le(1), SAMPLED]
Step = Annotated[Scalar, Ge(1e-50), Lt(1)]
Policy = Annotated[Scalar, Ge(0), Le(1), Row]
Valid = Annotated[Scalar, Ge(1), Le(64), Whole, Single]
Cost = Annotated[Scalar, Ge(1e-50), Le(100)]
Tries = Annotated[Scalar, Ge(1), Le(64), Whole]
Rounds = Annotated[Scalar, Ge(0), Le(10**9), Whole]
Prompts = Annotated[Scalar, Ge(1), Le(1e12)]
Square = Annotated[Scalar, Ge(0), Le(2)]
Positive = Annotated[Scalar, Ge(1e-50), Le(2)]
Overlap = Annotated[Scalar, Ge(1e-50), Le(1e50)]
Spread = Annotated[Scalar, Ge(0), Le(1e50)]
GOLD_IS_VALID = ("is above P: the gold answer is valid", lambda p_g, P: p_g <= P)


def sums_to_one(policy):
    """A relation of arguments: the policy is a distribution."""
    return jnp.abs(jnp.sum(jnp.asarray(policy), axis=-1) - 1) <= 1e-9


SUMS = ("does not sum to 1", sums_to_one)


def _a_policy(rng: np.random.Generator) -> np.ndarray:
    return 0.98 * rng.dirichlet(np.full(ANSWERS, rng.choice([0.3, 1.0, 3.0]))) + 0.02 / ANSWERS


_DEFAULT: Any = (0.02, 0.3, 0.2, 0.08, 0.25, 0.1, 0.05)


@parameters(SETTING)
class Params:
    """Answers 0 .. V - 1: the first ``valid`` are valid, answer 0 is the gold one."""

    policy: Annotated[
        np.ndarray, ArrayOf(_a_policy), Ge(0), Le(1), Doc("p over the answers, gold first")
    ] = _DEFAULT
    valid: Annotated[int, Ge(1), Le(64), Doc("how many of the first answers are valid")] = 4
    accepts: Annotated[float, Ge(0), Le(1), Doc("f, the judge accepts a wrong answer")] = 0.0
    rejects: Annotated[float, Ge(0), Le(1), Doc("m, the judge rejects a valid answer")] = 0.0
    tries: Annotated[int, Ge(1), Le(64), Doc("k, answers sampled until one is accepted")] = 1
    prompts: Annotated[int, Ge(1), Le(10_000), Static, Doc("N, prompts of one step")] = 10
    mu: Annotated[float, Ge(0.01), Le(10), Doc("mean overlap with the probe")] = 0.3
    sigma: Annotated[float, Ge(0), Le(10), Doc("its standard deviation")] = 1.0
    eta: Annotated[float, Gt(0), Lt(1), Doc("share of an example in the online policy")] = 0.1
    rounds: Annotated[int, Ge(1), Le(300), Doc("R, online rounds")] = 20

    def check(self: Any):
        """A distribution with a gold answer that is sampled."""
        policy = np.asarray(self.policy)
        if policy.dtype == object:
            return
        if len(policy) < 2:
            raise self.refuse("policy", "has one answer: nothing is left to learn")
        if abs(policy.sum() - 1) > 1e-9:
            raise self.refuse("policy", f"sums to {policy.sum():.10g}, not to 1")
        if policy[0] == 0:
            raise self.refuse("policy", "never samples the gold answer 0: KL is infinite")
        if self.valid > len(policy):
            raise self.refuse("valid", f"is above the {len(policy)} answers")

    @property
    def is_valid(self):
        """Which answers are valid."""
        return jnp.arange(jnp.shape(self.policy)[0]) < self.valid

    @property
    def P(self):
        """The chance of a valid answer."""
        return jnp.sum(jnp.where(self.is_valid, self.policy, 0.0))

    @property
    def W(self):
        """The chance of a wrong one."""
        return jnp.sum(jnp.where(self.is_valid, 0.0, self.policy))

    @property
    def p_g(self):
        """The chance of the gold one."""
        return jnp.asarray(self.policy)[0]


EXAMPLE = Params()
POLICIES = Domain.of(Params, valid=(2, ANSWERS - 1))
LAWS = Draws(policy=(ANSWERS,), other=(ANSWERS,), judge=(ANSWERS,))
"""Logits of a policy, of any other law, and of a judge; the first VALID answers are valid."""
VALID = 5
DRIFT = Params(policy=np.array([0.05, 0.5, 0.3, 0.15]), valid=4, rounds=50)
RARE = {"policy": np.array([0.45, 0.02, 0.08, 0.1, 0.2, 0.1, 0.05]), "valid": 4}
"""A policy whose gold answer is its favourite."""
