"""The functions by which templates put figures into words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from listener.report import wording
from listener.report.accuracy import list_accuracy_rows, tell_accuracy, tell_correction
from listener.report.case_filters import name_filter
from listener.report.changes import explain_no_changes, list_changes
from listener.report.dialogue import list_dialogue_rows
from listener.report.flow_chart import sort_ways
from listener.report.goals import list_goals
from listener.report.hours import list_weekdays, spell_hours
from listener.report.language import Language
from listener.report.post_lists import list_days, name_group
from listener.report.private import count_private, list_private_rows
from listener.report.promises import list_promise_rows, tell_promises
from listener.report.rhythm_chart import count_blocks
from listener.report.rules import list_rules
from listener.report.sentences import say_value
from listener.report.solved import explain_solved, show_solved
from listener.report.voice import list_registers, list_voice_rows, tell_cluster


def make_functions(language: Language) -> dict[str, Callable[..., Any]]:
    """Return the functions by which templates put figures into words."""
    return {
        "show_share": lambda share: wording.show_share(language, share),
        "show_quantile": lambda quantile, total: wording.show_quantile(language, quantile, total),
        "show_within": lambda within, total: wording.show_within(language, within, total),
        "show_median": lambda clock, until: wording.show_median(language, clock, until),
        "show_trend_median": lambda quantile, clocked: wording.show_trend_median(
            language, quantile, clocked
        ),
        "show_trend_help": lambda point, outcome_week: wording.show_trend_help(
            language, point, outcome_week
        ),
        "show_wait": lambda wait: wording.show_wait(language, wait),
        "show_percent": lambda count, total: wording.show_percent(language, count, total),
        "answered_share": lambda figures: wording.show_answered(language, figures),
        "show_solved": lambda bounds, days: show_solved(language, bounds, days),
        "explain_solved": lambda bounds: explain_solved(language, bounds),
        "show_counts": lambda *counts: wording.show_counts(language, *counts),
        **_make_list_functions(language),
    }


def _make_list_functions(language: Language) -> dict[str, Callable[..., Any]]:
    return {
        "list_promise_rows": lambda week: list_promise_rows(week, language),
        "tell_promises": lambda week: tell_promises(week, language),
        "spell_hours": lambda spans: spell_hours(language, spans),
        "say": lambda value: say_value(language, value),
        "list_changes": lambda figures: list_changes(language, figures.changes),
        "explain_no_changes": lambda figures: explain_no_changes(language, figures.changes),
        "tell_accuracy": lambda figures: tell_accuracy(language, figures),
        "tell_correction": lambda figures, name: tell_correction(language, figures, name),
        "list_voice_rows": lambda week: list_voice_rows(week, language),
        "list_registers": lambda week: list_registers(week, language),
        "tell_cluster": lambda cluster: tell_cluster(cluster, language),
        "list_private_rows": lambda week: list_private_rows(week, language),
        "count_private": lambda week: count_private(week, language),
        "list_dialogue_rows": lambda week: list_dialogue_rows(week, language),
        "list_goals": lambda week: list_goals(week, language),
        "sort_ways": sort_ways,
        "name_days": lambda since, until: name_days(since, until, language),
        "list_rules": lambda: list_rules(language),
        "count_blocks": count_blocks,
        "list_weekdays": lambda width: list_weekdays(language, width),
        "name_filter": lambda name: name_filter(language, name),
        "name_group": lambda group: name_group(group, language),
        "list_days": lambda group: list_days(group, language),
        "list_accuracy_rows": lambda figures: list_accuracy_rows(language, figures),
    }


def name_days(since: datetime, until: datetime, language: Language) -> str:
    """Return the days of a period, the last one included."""
    zone = ZoneInfo(language.time_zone)
    last = until - timedelta(seconds=1)
    return language.day_range(since.astimezone(zone).date(), last.astimezone(zone).date())
