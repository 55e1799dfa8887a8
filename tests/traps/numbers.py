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


NOT_REAL = {"complex": 0.5 + 3j, "text": "0.5", "two numbers": np.array([0.5, 0.5])}
"""What float() or NumPy would make a number of, or of which one part would be dropped."""


def _not_real():
    for kind, fields in {"equals": ("prediction", "tolerance"), "per_trial": ("bound",),
                         "at_most": ("bound", "delta"), "limit": ("limit",)}.items():  # fmt: skip
        for field in fields:
            for word, bad in NOT_REAL.items():
                function = _with(kind, field, lambda p, bad=bad: bad)
                yield f"{kind}: {field} is {word} at a point", function
            nothing = _with(kind, field, lambda p: None)
            yield f"{kind}: {field} is None at a point", nothing


def _sides_not_real():
    for kind, sides in (("identity", ("lhs", "rhs")), ("inequality", ("smaller", "larger"))):
        for form in (kind, f"float_{kind}"):
            for side in sides:
                for word, bad in {
                    "complex": lambda p: p.x + 3j,
                    "None": lambda p: None,
                    "text": lambda p: "1",
                    "beyond floats": lambda p: complex(0, 10**300),
                    "no entry": lambda p: np.zeros(0),
                }.items():
                    yield f"{form}: {side} is {word}", _with(form, side, bad)
        arrays = {"identity": "identities", "inequality": "inequalities"}[kind]
        for form in (arrays, f"float_{arrays}"):
            two = _with(form, sides[0], lambda p: honest.row(p, [p.x, p.x]))
            yield f"{form}: two entries beside three", two


CONSTANTS = dict(_constants())
REALS = dict(_not_real()) | dict(_sides_not_real())
FUNCTIONS_OF_PARAMS = dict(_functions())
ENTRIES = dict(_in_entries())
