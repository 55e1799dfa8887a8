"""What to look at next when a claim came out otherwise."""

import math

from sims._row import Row


def advice(row: Row) -> str:
    """One line on a row that is not as expected; nothing for one that is."""
    if row.ok:
        return ""
    parts = [row.detail] if row.detail else []
    if row.verdict == "REFUTED" and row.expected == "HOLDS":
        parts.append(_how_far(row))
        if row.twin_verdict == "HOLDS":
            parts.append(f"its twin holds instead: {row.twin_mistake}")
        elif abs(row.twin_estimate - row.twin_prediction) < abs(row.estimate - row.prediction):
            parts.append(f"its twin ({row.twin_mistake}: {row.twin_prediction:.5g}) came nearer")
        elif row.mode:
            parts.append("look at the formula and the trial at these params: a factor, a lost term")
        else:
            parts.append("evaluate both sides at the named point: a factor, a lost term")
    elif row.verdict == "HOLDS" and row.expected == "REFUTED":
        parts.append("the printed statement stands here: expect HOLDS, or state where it fails")
    elif row.verdict == "UNDECIDED" and row.trials:
        parts.append(f"{row.trials} trials did not decide it: {_how_far(row)}; {_more(row)},"
                     " or an observable of smaller variance")  # fmt: skip
    if row.verdict == row.expected and row.twin_verdict == "HOLDS":
        parts.append(f"the twin ({row.twin_mistake}) holds too: both lie in the tolerance; tighten"
                     " it, or test where they differ")  # fmt: skip
    elif row.verdict == row.expected and row.twin_verdict == "UNDECIDED":
        parts.append(f"nothing told the twin ({row.twin_mistake}) from the claim: more trials, a"
                     " tighter tolerance, or params where they differ more")  # fmt: skip
    return "; ".join(part for part in parts if part)


def _more(row: Row) -> str:
    """How many trials would place the interval in the band, were the estimate the truth."""
    room = row.tolerance - abs(row.estimate - row.prediction)
    half = (row.interval[1] - row.interval[0]) / 2
    if row.kind != "Equals" or not (room > 0 and math.isfinite(half)):
        return "give it more (trials=)"
    needed = row.trials * (half / room) ** 2  # an interval shrinks like the root of the trials
    # the budget is 8 times trials=: a quarter of what is needed leaves a factor 2
    return f"about {needed:.2g} would: trials={math.ceil(needed / 4)} allows 8 times that"


def _how_far(row: Row) -> str:
    """The estimate beside the prediction, and how many tolerances apart."""
    if not (math.isfinite(row.estimate) and math.isfinite(row.prediction)):
        return ""
    text = f"estimate {row.estimate:.5g}, predicted {row.prediction:.5g}"
    if row.kind == "Equals" and row.tolerance > 0:
        apart = abs(row.estimate - row.prediction) / row.tolerance
        text += f", {apart:.3g} tolerances apart"
        if row.prediction:
            text += f" (ratio {row.estimate / row.prediction:.4g})"
    return text
