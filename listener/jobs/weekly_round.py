"""What one call of cron does, step by step, and what became of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from listener.jobs.account_leases import holding_accounts
from listener.jobs.alerts.rounds import tell_alerts
from listener.jobs.collecting.accounts import Clock, open_collector
from listener.jobs.collecting.collection import Collected, collect
from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.collecting.purse import make_purse
from listener.jobs.collecting.rounds import RunStoppedError
from listener.jobs.editions import MadeEdition, make_editions
from listener.jobs.leases import Leases
from listener.jobs.publishing import publish_by_itself
from listener.jobs.sending import send_editions
from listener.jobs.sent_mails import Sending
from listener.jobs.tasks import ALERTS, PUBLISH, WEEKLY, TaskPlan, list_desks, list_sources
from listener.jobs.tidying import tidy_in_turn
from listener.jobs.turns import do_in_turn
from listener.jobs.unmade_editions import find_unmade_editions
from listener.label import Phrases
from listener.settings import MailSecrets, Settings, Tokens
from listener.store.store import Store

_ANY_TIME = timedelta(0)
# Less than a day: who calls at the same hour each day is not to miss it by a minute.
_DAILY = timedelta(hours=20)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRun:
    """What became of a run.

    Attributes:
        is_elsewhere: Whether nothing was done here, for another run is at work.
        failed: The runs of collecting that broke off.
        editions: The reports that were due and that nobody else made.
        sending: What became of the mails that were due.
        untidy: Why it could not tidy up.
        untold: Which alerts could not be told, and why.
        unpublished: Why the site could not be published.
    """

    is_elsewhere: bool = False
    failed: tuple[RunResult, ...] = ()
    editions: tuple[MadeEdition, ...] = ()
    sending: Sending = field(default_factory=Sending)
    untidy: str = ""
    untold: str = ""
    unpublished: str = ""

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong, a line each, what matters most first; each is said once."""
        return tuple(dict.fromkeys(self._list_troubles()))

    def _list_troubles(self) -> Iterator[str]:
        for edition in self.editions:
            if edition.error:
                yield edition.error
        yield from self.sending.troubles
        if self.unpublished:
            yield self.unpublished
        if self.untold:
            yield self.untold
        for result in self.failed:
            yield _name_account(result)
        if self.untidy:
            yield self.untidy


@dataclass(slots=True)
class WeeklyRound:
    """One run that has the lease."""

    store: Store
    settings: Settings
    tokens: Tokens
    load_phrases: Callable[[], Phrases]
    secrets: MailSecrets
    now: Clock
    owner: str
    say: Say
    leases: Leases
    plans: tuple[TaskPlan, ...]

    def run(self) -> WeeklyRun:
        """Do one thing after the other, as long as nobody else has taken over."""
        collected = self._collect()
        untold = self._tell() if self._may_go_on() else ""
        editions = self._make(collected) if self._may_go_on() else ()
        sending = self._send() if self._may_go_on() else Sending()
        unpublished = self._publish() if self._may_go_on() else ""
        untidy = self._tidy() if self._may_go_on() else ""
        return WeeklyRun(
            failed=collected.failed,
            editions=editions,
            sending=sending,
            untidy=untidy,
            untold=untold,
            unpublished=unpublished,
        )

    def _may_go_on(self) -> bool:
        return self.leases.holds(WEEKLY)

    def _collect(self) -> Collected:
        settings, tokens = self.settings, self.tokens
        desks = list_desks(self.plans)
        with holding_accounts(self.store, desks, tokens, self.owner) as held:
            for left in held.left:
                self.say(left.describe())
            try:
                collected = collect(
                    self.store,
                    held.desks,
                    make_purse(self.store, settings.x, settings.brands),
                    lambda desk: open_collector(desk, settings, tokens, self.now),
                    brands=settings.brands,
                    now=self.now,
                    history_days=settings.x.history_days,
                    all_desks=desks,
                    is_stopped=held.is_lost,
                )
            except RunStoppedError:
                self.say("another program has taken accounts over: this machine slept")
                return Collected(())
        new = sum(result.new for result in collected.results)
        self.say(f"collected: {len(collected.results)} runs, {new} new posts")
        for result in collected.results:
            if result.error:
                self.say(f"{result.state}: {_name_account(result)}")
        return collected

    def _make(self, collected: Collected) -> tuple[MadeEdition, ...]:
        now, brands = self.now(), self.settings.brands
        sources = self._list_sources(collected)
        due = find_unmade_editions(self.store, self.settings, brands, sources=sources, now=now)
        for late in due.waiting:
            self.say(f"report of {late.brand} for {late.week}: waits until something can be read")
        if not due.ready:
            self.say("no report is due")
            return ()
        made = make_editions(
            self.store, self.settings, self.load_phrases(), due.ready, owner=self.owner, now=now
        )
        for each in made:
            told = f"lies in {each.folder}" if each.folder else f"failed: {each.error}"
            self.say(f"report of {each.edition.brand} for {each.edition.week}: {told}")
        if any(each.folder for each in made):
            self.store.hasten_task(PUBLISH)
        return tuple(made)

    def _list_sources(self, collected: Collected) -> dict[str, frozenset[str]]:
        """Return the sources on which reports wait: not on those that have to wait themselves.

        Who comes once a week cannot wait for them. What another program reads is its business.
        """
        tried = {result.name for result in collected.results if result.state != "waiting"}
        sources = list_sources(self.plans)
        return {brand: names & tried or names for brand, names in sources.items()}

    def _tidy(self) -> str:
        why = tidy_in_turn(
            self.store, self.settings, now=self.now(), owner=self.owner, leases=self.leases
        )
        if why:
            self.say(f"not tidied: {why}")
        return why

    def _publish(self) -> str:
        """Publish after a report, and about once a day; that it fails stops nothing else."""
        if self.settings.publish.folder is None:
            return ""
        why = do_in_turn(
            self.store,
            PUBLISH,
            self._write_site,
            next_in=_DAILY,
            retry_in=_ANY_TIME,
            owner=self.owner,
            leases=self.leases,
        )
        if why:
            self.say(f"not published: {why}")
        return why

    def _write_site(self) -> str:
        folder = self.settings.publish.folder
        told = publish_by_itself(self.store, self.settings, self.load_phrases, now=self.now())
        if told is not None and folder is not None:
            self.say(f"published: {told.describe(folder)}")
        return ""

    def _tell(self) -> str:
        """Tell alerts; that some cannot be told stops nothing else."""
        if not self.settings.alerts.is_on:
            return ""
        why = do_in_turn(
            self.store,
            ALERTS,
            self._tell_all,
            next_in=_ANY_TIME,
            owner=self.owner,
            leases=self.leases,
        )
        if why:
            self.say(why)
        return why

    def _tell_all(self) -> str:
        told = tell_alerts(
            self.store,
            self.settings,
            self.tokens,
            self.load_phrases,
            now=self.now(),
            owner=self.owner,
            may_go_on=self._may_go_on,
        )
        if told.told:
            self.say(f"alerts: {told.told} told")
        return "; ".join(told.troubles)

    def _send(self) -> Sending:
        if not self.settings.mail.is_on:
            return Sending()
        sending = send_editions(
            self.store,
            self.settings,
            self.secrets,
            now=self.now(),
            owner=self.owner,
            load_phrases=self.load_phrases,
            may_go_on=self._may_go_on,
        )
        for line in (*(f"mail about {each.key}: sent" for each in sending.sent), *sending.troubles):
            self.say(line)
        return sending


def _name_account(result: RunResult) -> str:
    """Return why a run broke off, with its account; most errors name it themselves."""
    if result.account in result.error:
        return result.error
    return f"{result.platform} account @{result.account}: {result.error}"
