"""In what words a brand speaks (`docs/measures.md`, section 6)."""

from dataclasses import dataclass

from listener.figures.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Canned replies that hang together.

    Attributes:
        post: The platform's id of the period's last one of them.
        platform: Where that is.
        replies: How many of the period's replies they are.
        customers: How many customers they were given to.
    """

    post: str
    platform: str
    replies: Share
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A brand's voice in the period itself.

    Attributes:
        canned_share: Replies that are near duplicates of what at least three other
            customers were told in the 28 days before.
        clusters: The largest groups of them.
        signed_share: Replies with a signature.
        register_brand: How the brand addresses people, `familiar` ("du"), `formal`
            ("Sie"), `mixed` or `none`, over the cases in which it wrote in a language
            that tells these apart.
        register_customer: The same of customers.
        register_mismatch: Cases in which one side says "du" and the other "Sie", over
            those in which each side keeps to one.
    """

    canned_share: Share
    clusters: tuple[Cluster, ...]
    signed_share: Share
    register_brand: dict[str, Share]
    register_customer: dict[str, Share]
    register_mismatch: Share
