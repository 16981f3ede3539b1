"""A share corrected for the errors of whoever counted (Rogan & Gladen 1978).

Of those that truly are, the counter finds the share Se (sensitivity); of those that are
not, it leaves out the share Sp (specificity). Counting q, the true share is
(q + Sp - 1) / (Se + Sp - 1). The interval takes the uncertainty of all three along
(Lang & Reiczigel 2014), which keeps to 95 % in small samples too.
"""

import math

from listener.figures import Corrected, Estimate, Share
from listener.measure.statistics.shares import Z

MIN_REVIEWED_CASES = 100
"""So many cases drawn by chance are to be reviewed before anything is corrected."""

MIN_OF_A_KIND = 20
"""So many of them must be, and so many must not be, what is counted."""

MIN_YOUDEN = 0.3
"""Below that Se + Sp - 1 the counter tells so little that correcting only spreads noise."""


def correct_share(
    apparent: Share, sensitivity: Estimate, specificity: Estimate, *, reviewed: int
) -> Corrected:
    """Correct a share of cases, or tell why it cannot be.

    Args:
        apparent: What was counted.
        sensitivity: Estimated from cases of which the truth is known.
        specificity: The same for those that are not.
        reviewed: How many cases that chance has drawn were reviewed.
    """
    known = Corrected(apparent=apparent, sensitivity=sensitivity, specificity=specificity)
    reason = _find_reason(known, reviewed)
    if reason or sensitivity.rate is None or specificity.rate is None or apparent.rate is None:
        return _explain(known, reason or "few_cases")
    rate = (apparent.rate + specificity.rate - 1) / (sensitivity.rate + specificity.rate - 1)
    low, high = measure_lang_reiczigel(
        (apparent.rate, apparent.total),
        (sensitivity.rate, sensitivity.effective),
        (specificity.rate, specificity.effective),
    )
    # The interval is centred elsewhere, so that by itself it need not hold the estimate.
    rate = _clip(rate)
    return Corrected(
        apparent=apparent,
        sensitivity=sensitivity,
        specificity=specificity,
        rate=rate,
        low=min(low, rate),
        high=max(high, rate),
    )


def measure_lang_reiczigel(
    apparent: tuple[float, float],
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
) -> tuple[float, float]:
    """Measure the 95 % interval of a corrected share.

    Args:
        apparent: The share that was counted, and of how many.
        sensitivity: The same for the sensitivity.
        specificity: The same for the specificity.

    Returns:
        Low and high end between 0 and 1; (0, 1) where the counter does no better than chance.
    """
    (q, n), (se, n_se), (sp, n_sp) = apparent, sensitivity, specificity
    q, n = (n * q + Z * Z / 2) / (n + Z * Z), n + Z * Z
    se, n_se = (n_se * se + 1) / (n_se + 2), n_se + 2
    sp, n_sp = (n_sp * sp + 1) / (n_sp + 2), n_sp + 2
    youden = se + sp - 1
    if youden <= 0:
        return 0.0, 1.0
    share = (q + sp - 1) / youden
    of_se, of_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * Z * Z * (share * of_se - (1 - share) * of_sp)
    variance = q * (1 - q) / n + share**2 * of_se + (1 - share) ** 2 * of_sp
    half = Z * math.sqrt(variance) / youden
    return _clip(share + shift - half), _clip(share + shift + half)


def _find_reason(known: Corrected, reviewed: int) -> str:
    if reviewed < MIN_REVIEWED_CASES or not known.apparent.is_shown_as_rate:
        return "few_cases"
    if min(known.sensitivity.total, known.specificity.total) < MIN_OF_A_KIND:
        return "few_of_a_kind"
    youden = (known.sensitivity.rate or 0) + (known.specificity.rate or 0) - 1
    return "program_guesses" if youden < MIN_YOUDEN else ""


def _explain(known: Corrected, reason: str) -> Corrected:
    return Corrected(
        apparent=known.apparent,
        sensitivity=known.sensitivity,
        specificity=known.specificity,
        reason=reason,
    )


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
