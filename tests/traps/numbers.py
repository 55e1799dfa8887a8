"""NaN and infinity, as constants of a claim and as values of its formulas at a point."""

import numpy as np

from tests.traps import honest

BAD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}

# which numbers each kind rests on
FIELDS = {
    "equals": ("prediction", "tolerance", "support"),
    "catoni": ("prediction", "tolerance", "variance"),
    "asymptotic": ("prediction", "tolerance", "skewness"),
    "median": ("prediction", "tolerance"),
    "variance": ("prediction", "tolerance", "support"),
    "fourth": ("prediction", "tolerance", "fourth_moment"),
    "at_most": ("bound", "delta"),
    "at_least": ("bound", "delta"),
    "per_trial": ("bound",),
    "law": ("width",),
    "ordering": ("variance",),
    "bounded_ordering": ("support",),
    "scaling": ("exponent", "tolerance"),
    "limit": ("exponent", "tolerance", "limit", "last_gap"),
    "simulated_scaling": ("exponent", "tolerance", "support"),
    "float_identity": ("tolerance", "scale"),
    "float_inequality": ("rounding",),
}
# of these, those that may be functions of Params
FUNCTIONS = {
    "prediction", "tolerance", "support", "variance", "skewness", "fourth_moment", "bound",
    "delta", "limit", "scale",
}  # fmt: skip
NOT_FUNCTIONS = {("scaling", "tolerance"), ("limit", "tolerance"),
                 ("simulated_scaling", "tolerance"), ("float_identity", "tolerance")}  # fmt: skip


def _with(kind, field, value):
    value = (0.0, value) if field == "support" else value
    return lambda: honest.KINDS[kind](**{field: value})


def _constants():
    for kind, fields in FIELDS.items():
        for field in fields:
            for word, bad in BAD.items():
                yield f"{kind}: {field} = {word}", _with(kind, field, bad)


def _functions():
    for kind, fields in FIELDS.items():
        for field in fields:
            if field in FUNCTIONS and (kind, field) not in NOT_FUNCTIONS:
                for word in ("nan", "inf"):
                    bad = BAD[word]
                    yield (
                        f"{kind}: {field} is {word} at a point",
                        _with(kind, field, lambda p, bad=bad: bad),
                    )


def _in_entries():
    # a wrong entry in every place of a formula's array, on either side
    for kind, sides in (("identities", ("lhs", "rhs")), ("inequalities", ("smaller", "larger"))):
        for form in (kind, f"float_{kind}"):
            for side in sides:
                for place in range(3):
                    for word in ("nan", "inf"):

                        def entries(p, place=place, bad=BAD[word], side=side):
                            fine = p.x + 1 if side == "larger" else p.x
                            return honest.row(
                                p, [fine * bad if i == place else fine for i in range(3)]
                            )

                        yield f"{form}: {word} in entry {place} of {side}", (
                            lambda form=form, side=side, entries=entries:
                            honest.KINDS[form](**{side: entries})
                        )  # fmt: skip


CONSTANTS = dict(_constants())
FUNCTIONS_OF_PARAMS = dict(_functions())
ENTRIES = dict(_in_entries())
