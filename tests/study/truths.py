"""The true values of what is estimated, by formula or by millions of draws."""

import numpy as np

from tests.study.worlds import DAY, Draws, Truth, draw_cases

DRAWS = 2_000_000
HOUR = 3600.0


def find_truths(truth: Truth, seed: int) -> dict[str, float | None]:
    """Return the true value of each figure; None where it is never reached."""
    draws = draw_cases(truth, DRAWS, np.random.default_rng(seed))
    replied, helped = draws.replied, draws.helped
    silent = 1 - truth.solved - truth.unsolved
    return {
        "first_reply.within_1h": float(np.mean(replied <= HOUR)),
        "first_reply.within_24h": float(np.mean(replied <= DAY)),
        "first_reply.median": _quantile(replied, 0.5),
        "first_reply.p90": _quantile(replied, 0.9),
        "first_helpful_reply.within_24h": float(np.mean(helped <= DAY)),
        "first_helpful_reply.median": _quantile(helped, 0.5),
        "deflection_rate": truth.moved,
        "confirmed_share": _confirmed_share(draws),
        "fast_no_help": _fast_no_help(draws),
        "resolution": truth.answered * (truth.solved + truth.quiet * silent),
    }


def _quantile(seconds: np.ndarray, share: float) -> float | None:
    value = float(np.quantile(seconds, share, method="inverted_cdf"))
    # So near to the share that are ever answered it is reached in some samples and not in others.
    reached = float(np.mean(np.isfinite(seconds)))
    return value if np.isfinite(value) and reached > share + 0.04 else None


def _confirmed_share(draws: Draws) -> float:
    """Return resolved / (resolved + unresolved): "unsolved" is none once the brand has helped."""
    told = np.isfinite(draws.told)
    helped_after = draws.is_moved & (draws.told < draws.helped) & np.isfinite(draws.helped)
    resolved = np.sum(told & draws.is_solved)
    unresolved = np.sum(told & ~draws.is_solved & ~helped_after)
    return float(resolved / (resolved + unresolved))


def _fast_no_help(draws: Draws) -> float:
    quick = draws.replied <= HOUR
    limit = 7 * DAY
    helped = (draws.helped <= limit) | (draws.is_solved & (draws.told <= limit))
    return float(np.mean(~helped[quick]))
