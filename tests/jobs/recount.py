"""Count the main figures of a report from its CSV files, in plain Python and nothing else.

Written from `docs/measures.md` alone: it shares no line with the program that it checks.
"""

import csv
import json
from collections import Counter
from datetime import datetime


def recount(folder):
    """Return the figures that a person could count by hand, under their names."""
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    since, until = (datetime.fromisoformat(told[name]) for name in ("since", "until"))
    rows = {name: read(folder, name) for name in ("cases", "turns", "replies", "posts")}
    own = [row for row in rows["cases"] if since <= time_of(row["opened_at"]) < until]
    needy = [row for row in own if is_counted(row)]
    answered = [row for row in needy if row["answered"] == "true"]
    replies = [
        row
        for row in rows["replies"]
        if row["kind"] == "reply"
        and row["automatic"] == "false"
        and row["counted"] == "true"
        and since <= time_of(row["at"]) < until
    ]
    names = {row["case"] for row in needy}
    later = [r for r in rows["turns"] if r["clock"] == "followup_reply" and r["case"] in names]
    return {
        "counts.cases": len(own),
        "counts.cases_with_need": len(needy),
        "counts.answered": len(answered),
        "counts.unanswered": len(needy) - len(answered),
        "counts.replies": len(replies),
        "handling": Counter(row["handling"] for row in needy),
        "own_outcomes": Counter(row["outcome"] for row in needy),
        "deflection_rate.count": sum("moved" in row["handling"] for row in answered),
        "bare_deflection_rate.count": sum(row["handling"] == "moved" for row in answered),
        "targets": Counter(target for row in answered for target in split(row["targets"])),
        "reply_deflection.count": sum(row["deflects"] == "true" for row in replies),
        "first_reply": count_clock(needy, "first_reply_seconds", "first_reply_observed"),
        "first_helpful_reply": count_clock(
            needy, "first_helpful_seconds", "first_helpful_observed"
        ),
        "followup_reply": count_clock(later, "wait_seconds", "observed"),
        "rhythm.total": count_begun(rows["cases"], told["rhythm"]),
        **recount_outcomes(rows["cases"], told["outcome_week"]),
    }


def count_begun(cases, rhythm):
    """Count the cases of the map of hours, and add up the map."""
    since, until = (datetime.fromisoformat(rhythm[name]) for name in ("since", "until"))
    begun = [
        row
        for row in cases
        if is_counted(row)
        and row["opened_by"] == "customer"
        and row["opening_unknown"] == "false"
        and since <= time_of(row["opened_at"]) < until
    ]
    assert sum(map(sum, rhythm["opened"])) == len(begun)
    return len(begun)


def recount_outcomes(cases, week):
    """Count what came of the cases of the week whose outcomes are told."""
    if "_" in week:
        first, last = week.split("_")
        chosen = [row for row in cases if first <= row["opened_on"][:10] <= last]
    else:
        chosen = [row for row in cases if row["week"] == week]
    settled = [row for row in chosen if is_counted(row)]
    quiet = [row for row in settled if row["settled"] == "true"]
    fast = [row for row in settled if row["fast_no_help"] != ""]
    return {
        "outcome_cases": len(settled),
        "outcomes": Counter(row["outcome"] for row in settled),
        "flow": Counter((row["handling"], row["outcome"]) for row in settled),
        "fate": Counter(row["fate"] for row in settled if row["fate"]),
        "fast_no_help.count": sum(row["fast_no_help"] == "true" for row in fast),
        "fast_no_help.total": len(fast),
        "last_public_word.count": sum(row["last_public_word"] != "" for row in quiet),
        "resolution.settled": len(quiet),
        "resolution.resolved": sum(row["outcome"] == "resolved" for row in quiet),
        "resolution.unresolved": sum(row["outcome"] == "unresolved" for row in quiet),
        "reopened.count": sum(row["reopened"] == "true" for row in settled),
    }


def count_clock(rows, seconds, observed):
    """Return how many clocks ran, how many were answered, and the Kaplan-Meier median."""
    waits = [(float(row[seconds]), row[observed] == "true") for row in rows if row[seconds] != ""]
    return len(waits), sum(answered for _, answered in waits), find_median(waits)


def find_median(waits):
    """Multiply (n - d) / n over the answers, as in any textbook, with whole numbers."""
    above, below = 1, 1
    for second in sorted({second for second, answered in waits if answered}):
        at_risk = sum(wait >= second for wait, _ in waits)
        died = sum(wait == second and answered for wait, answered in waits)
        above, below = above * (at_risk - died), below * at_risk
        if 2 * above <= below:
            return second
    return None


def is_counted(row):
    return row["has_need"] == "true" and row["untagged"] == "false"


def read(folder, table):
    with (folder / "evidence" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def time_of(text):
    return datetime.fromisoformat(text)


def split(text):
    return [part for part in text.split(";") if part]


def tell(figures):
    """Return the same figures as `report.json` says them."""
    clocks = {
        name: (
            figures[name]["total"],
            figures[name]["answered"],
            figures[name]["median"]["seconds"],
        )
        for name in ("first_reply", "first_helpful_reply", "followup_reply")
    }
    shares = {
        name: Counter({key: share["count"] for key, share in figures[name].items()})
        for name in ("handling", "targets", "outcomes", "fate")
    }
    flow = Counter(
        {
            (handling, outcome): share["count"]
            for handling, ways in figures["flow"]["paths"].items()
            for outcome, share in ways.items()
        }
    )
    return {**clocks, **shares, "flow": flow, "own_outcomes": Counter(figures["own_outcomes"])}


def find(figures, path):
    for part in path.split("."):
        figures = figures[part]
    return figures


def assert_recount_agrees(folder):
    """Compare every figure that can be counted by hand with the report's."""
    figures = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    counted, told = recount(folder), tell(figures)
    for name, value in counted.items():
        said = told[name] if name in told else find(figures, name)
        assert said == value, name
