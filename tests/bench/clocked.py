"""Measuring a store with a clock around each stage: all of it, or what one week's reports need.

Functions are found by what they are, wherever they are called from, so that there is no second
way of measuring that only a benchmark would go.
"""

import functools
import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from listener.app import load_phrases, open_store
from listener.jobs import accuracy, measuring, windows
from listener.jobs.brands import find_brands
from listener.jobs.reports import ReportRequest, choose_period, make_setting
from listener.label import add_registers, label_posts, label_promises
from listener.label.kept import digest_cases, label_new_cases, pack_labels
from listener.measure.canned import find_canned_replies
from listener.measure.cases import build_threads
from listener.measure.tables import build_tables
from listener.settings import load_settings
from listener.store.store import Store

STAGES: dict[str, tuple[Any, ...]] = {
    "cases": (build_threads,),
    "label": (label_posts, add_registers, label_promises),
    "keep": (digest_cases, label_new_cases, pack_labels),
    "figures": (build_tables, find_canned_replies, accuracy.measure_brand_week),
}
METHODS = {
    "read": ("load_posts", "load_conversations", "load_authors"),
    "keep": ("load_kept_labels", "save_kept_labels"),
}


class _Clock:
    """Seconds by stage; what a stage calls of another one counts there alone.

    What is done beside a stage counts as far as this waits for it: stages add up to the whole.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self.rows: dict[str, int] = {}
        self._inner = [0.0]

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return function(*args, **named)
            self._inner.append(0.0)
            begun = time.perf_counter()
            result = function(*args, **named)
            whole = time.perf_counter() - begun
            own = whole - self._inner.pop()
            self._inner[-1] += whole
            self.seconds[stage] = self.seconds.get(stage, 0.0) + own
            self.peaks[stage] = _peak_megabytes()
            height = getattr(result, "height", 0)
            self.rows[stage] = max(self.rows.get(stage, 0), height)
            return result

        return timed


def measure(started: float, url: str, scope: str, week: str) -> int:
    """Measure, and the week's figures of each brand; print what it took since it started."""
    clock = _Clock()
    _wrap_all(clock)
    settings = load_settings(None, {"database_url": url})
    phrases = load_phrases(settings)
    request = ReportRequest(output=settings.report.output, week=week)
    now = datetime.now(UTC)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        if scope == "all":
            measured = measuring.measure_by_settings(store, settings, brands, phrases, as_of=now)
        else:
            measured = windows.measure_for_reports(
                store, settings, brands, phrases, [request], as_of=now
            )
    for brand in brands:
        setting = make_setting(measured, brand)
        period = choose_period(brand, request, min([now, *setting.observed_until.values()]))
        accuracy.measure_brand_week(measured, brand, period, setting)
    told = {
        "seconds": {**clock.seconds, "whole": time.perf_counter() - started},
        "peaks": {**clock.peaks, "whole": _peak_megabytes()},
        "rows": clock.rows,
        "cases": measured.tables.cases.height,
    }
    print(json.dumps(told))
    return 0


def _wrap_all(clock: _Clock) -> None:
    """Put the clock around each function, under every name that a module has for it."""
    modules = [module for name, module in sys.modules.items() if name.startswith("listener")]
    for stage, functions in STAGES.items():
        for function in functions:
            timed = clock.wrap(stage, function)
            for module in modules:
                for name in [key for key, it in vars(module).items() if it is function]:
                    setattr(module, name, timed)
    for stage, names in METHODS.items():
        for name in names:
            setattr(Store, name, clock.wrap(stage, getattr(Store, name)))


def _peak_megabytes() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
