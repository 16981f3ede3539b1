"""Say in the page's language what a measure says of a case."""

from datetime import datetime

from listener.measure.sentence import Sentence, Span, Term, Value
from listener.report.language import Language
from listener.report.wording import floor_wait


def say_value(language: Language, value: Value) -> str:
    """Return a sentence, or what stands in one, in this language."""
    if isinstance(value, Sentence):
        named = {name: say_value(language, item) for name, item in value.values.items()}
        return language.gettext(value.text) % named
    if isinstance(value, Term):
        return language.word(value.group, value.key)
    if isinstance(value, Span):
        return _say_span(language, value)
    if isinstance(value, datetime):
        return language.zoned_moment(value)
    if isinstance(value, tuple):
        return ", ".join(say_value(language, item) for item in value)
    return str(value)


def _say_span(language: Language, span: Span) -> str:
    if span.observed:
        return language.duration(span.seconds)
    longer = language.gettext("more than %(time)s")
    return longer % {"time": language.duration(floor_wait(span.seconds))}
