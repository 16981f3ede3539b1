"""Check the statistics on weeks whose truth is known: `make study`.

Writes `docs/study.md` and `docs/study.svg`. Takes as many replicates of each point of the
grid as its argument says.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.study.claims import study_claims
from tests.study.coverage import study_point
from tests.study.grid import list_loss_plans, list_plans, make_claim_plans
from tests.study.page import Study, render_figure, render_study

DOCS = Path(__file__).parents[2] / "docs"


def main(replicates: int) -> int:
    """Run the whole study and write its page."""
    plans = list(list_plans(replicates))
    losses = list(list_loss_plans(max(replicates // 2, 2)))
    claims = make_claim_plans(2 * replicates)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        claimed = pool.submit(study_claims, *claims)
        points = list(pool.map(study_point, plans))
        lost = list(pool.map(study_point, [plan for _, plan in losses]))
        study = Study(
            points=tuple(zip(plans, points, strict=True)),
            losses=tuple(
                (name, plan, tallies) for (name, plan), tallies in zip(losses, lost, strict=True)
            ),
            claims=claimed.result(),
        )
    (DOCS / "study.md").write_text(render_study(study), encoding="utf-8")
    (DOCS / "study.svg").write_text(render_figure(study), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
