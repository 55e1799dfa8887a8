"""The ten kinds of claim, each in one line."""

from theory._claims import Claim
from theory._deterministic import Identity, Inequality
from theory._ladders import Limit, Scaling
from theory._simulated import AtLeast, AtMost, Equals, Law, Ordering, PerTrial

__all__ = ["KINDS_OF_CLAIM"]

KINDS_OF_CLAIM: dict[type[Claim], str] = {
    Identity: "two formulas agree on a domain, at 50 digits (claim.identity, claim.algebra)",
    Inequality: "a formula is at most another on a domain (never_above, never_below, nonnegative)",
    PerTrial: "a bound that no single trial exceeds (claim.every_trial)",
    Equals: "a mean, variance or median is the formula, to the theory's own error (claim.equals)",
    AtMost: "with probability 1 - delta the observable is at most the formula (claim.at_most)",
    AtLeast: "with probability 1 - delta the observable is at least the formula (claim.at_least)",
    Law: "the observable's whole distribution is the formula (claim.law)",
    Limit: "a value tends to another at a rate along a ladder of sizes (claim.limit)",
    Scaling: "a value grows like a power of the size along a ladder (claim.scaling)",
    Ordering: "one mean is above another, by trials in common (claim.ordering)",
}
