"""What a page knows of the published site that it is part of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ROBOTS = {"none": "noindex, nofollow, noarchive", "all": "index, follow"}
NAMES = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class CorrectionNote:
    """That figures of a page changed after it was published.

    Attributes:
        reason: `posts` or `method`: what changed them.
        rows: The main figures that changed: label, before and after.
    """

    at: datetime
    reason: str
    rows: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all pages of a site have in common.

    Attributes:
        address: Where it will be, without a slash at its end.
        title: Empty for a plain one.
        statement: Paragraphs that stand below every page.
        languages: The first one is at the plain address.
        robots: `none` or `all`.
    """

    address: str
    title: str = ""
    publisher: str = ""
    statement: tuple[str, ...] = ()
    imprint: str = ""
    languages: tuple[str, ...] = ("en",)
    robots: str = "none"

    def name_page(self, language: str) -> str:
        """Return the name of a page's file in a language."""
        return f"index{self._tell_apart(language)}.html"

    def name_feed(self, language: str) -> str:
        """Return the name of a feed's file in a language."""
        return f"feed{self._tell_apart(language)}.xml"

    def find_address(self, folder: str, language: str) -> str:
        """Return where a page can be opened; its folder is `""` or ends with a slash."""
        is_plain = language == self.languages[0]
        return f"{self.address}/{folder}{'' if is_plain else self.name_page(language)}"

    def _tell_apart(self, language: str) -> str:
        return "" if language == self.languages[0] else f".{language}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """One page of a site in one language; addresses are relative to it.

    Attributes:
        folder: Where it lies, `""` for the first page or such as `acme/2026-W10/`.
        title: Of the site, in the language of the page.
        corrections: What changed since it was published.
        notes: Sentences about what is not shown.
        is_erased: Whether the posts behind it are not kept any more.
        is_of_brand: Whether its folder, or the one above, is that of a brand.
    """

    site: Site
    folder: str
    language: str
    title: str
    corrections: Sequence[CorrectionNote] = ()
    notes: Sequence[str] = ()
    is_erased: bool = False
    is_of_brand: bool = True

    @property
    def names(self) -> dict[str, str]:
        """What languages call themselves."""
        return NAMES

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.site.name_page(self.language)

    @property
    def address(self) -> str:
        """Where it can be opened."""
        return self.site.find_address(self.folder, self.language)

    @property
    def alternates(self) -> tuple[tuple[str, str], ...]:
        """The same page in all languages, if there are several."""
        if len(self.site.languages) == 1:
            return ()
        return tuple((tag, self.site.name_page(tag)) for tag in self.site.languages)

    @property
    def robots(self) -> str:
        """What search engines are told."""
        return ROBOTS[self.site.robots]

    @property
    def home(self) -> str:
        """The first page of the site."""
        return f"{'../' * self.folder.count('/')}{self.name}"

    @property
    def brand_home(self) -> str:
        """The page of the brand."""
        return f"{'../' * (self.folder.count('/') - 1)}{self.name}"

    @property
    def feed(self) -> str:
        """The feed of the brand, else that of the site."""
        above = self.folder.count("/") - self.is_of_brand
        return f"{'../' * above}{self.site.name_feed(self.language)}"

    @property
    def publisher(self) -> str:
        """Who publishes."""
        return self.site.publisher

    @property
    def statement(self) -> tuple[str, ...]:
        """Paragraphs that stand below."""
        return self.site.statement

    @property
    def imprint(self) -> str:
        """Address of the imprint."""
        return self.site.imprint
