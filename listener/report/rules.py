"""Tell in a few sentences what each section of `docs/measures.md` lays down.

A page is read far from that file: where it names a section, it leads to these lines.
"""

from listener.report.language import Language


def _(text: str) -> str:
    return text


RULES = (
    (
        _("Posts, cases, turns"),
        _(
            "A case is what one customer and one brand say in one conversation; after fourteen "
            "days of silence a new one begins. Posts of one side in a row are a turn. Automatic"
            " replies and deleted posts of customers count in no figure."
        ),
    ),
    (
        _("Time to answer"),
        _(
            "A clock runs from the customer’s first post to the brand’s next public reply; that"
            " of help runs on until a reply answers or says that it is done. A case that waits is"
            " counted for as long as it was watched (Kaplan–Meier). A printed wait is rounded "
            "up, so that “within” stays true; what is “more than” is rounded down."
        ),
    ),
    (
        _("Handling"),
        _(
            "A case is answered with one reply that is not automatic. It was sent elsewhere if "
            "a reply asks to go on by message, telephone, email, form or another account, and "
            "helped in public if a reply answers or reports it done. That a customer is sent "
            "elsewhere is no accusation."
        ),
    ),
    (
        _("What really came of it"),
        _(
            "The customer’s words after the brand’s last word decide; silence is never counted "
            "as solved, and only counts as silence once the conversation was looked at again "
            "after seven days. A promise is kept if the brand comes back in public by its time;"
            " “quick reply, no help” means a reply within an hour and no help within seven "
            "days."
        ),
    ),
    (
        _("The private part"),
        _(
            "Private messages are seen with the brand’s own access only, stay out of all public"
            " figures but the fate of hand-overs, and are never quoted."
        ),
    ),
    (
        _("Voice"),
        _(
            "A reply is canned if it nearly equals replies to three or more other customers in "
            "the 28 days before. How both sides address each other is read from the words of "
            "address."
        ),
    ),
    (
        _("Dialogue or monologue"),
        _(
            "How many of the brand’s posts are replies, how many customers get one, how often "
            "both sides speak twice, whether the brand asks, and whether praise is answered "
            "more often than complaints."
        ),
    ),
    (
        _("Statistics and coverage"),
        _(
            "Each share bears its counts and a 95-per-cent interval (Wilson); below ten cases only "
            "counts are told. A change is claimed only if it stands after correction for all "
            "comparisons of the page. Only weeks seen in the same way are compared."
        ),
    ),
    (
        _("Evidence"),
        _(
            "The tables from which the figures were computed lie beside the report; “listener "
            "verify” computes all of them again."
        ),
    ),
)


def list_rules(language: Language) -> tuple[tuple[str, str], ...]:
    """Return title and text of each section, in order from 1."""
    return tuple((language.gettext(title), language.gettext(text)) for title, text in RULES)
