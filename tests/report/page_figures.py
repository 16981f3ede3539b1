"""Read a page as a program does: its figures, and the lists of cases and posts they lead to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html

_ROWS = ".//tr[td] | .//ul[contains(@class, 'facts-list')]/li"


@dataclass(frozen=True)
class PageFigure:
    """A row that begins with a count, and the addresses to which it leads."""

    text: str
    count: int
    links: tuple[str, ...]


class Page:
    """A page taken apart."""

    def __init__(self, text: str) -> None:
        self.root = html.fromstring(text)
        self._listed = [
            (frozenset(each.get("data-f").split()), _count_rows(each))
            for each in self.root.xpath("//*[@data-f]")
        ]
        self._marks = {
            note.get("id").removeprefix("show-"): frozenset(note.get("data-m").split())
            for note in self.root.xpath("//*[@data-m]")
        }

    def count(self, name: str) -> int:
        """Count the cases and posts that a figure's link shows."""
        marks = self._marks[name]
        return sum(rows for named, rows in self._listed if marks <= named)

    def find_figures(self, *sections: str) -> Iterator[PageFigure]:
        """Yield the rows of some sections that count something; zeros have nothing to show."""
        for section in sections:
            for row in self.root.get_element_by_id(section).xpath(_ROWS):
                count = read_count(row.xpath("./td | ./strong")[0].text_content())
                if count:
                    text = " ".join(row.text_content().split())
                    yield PageFigure(text, count, tuple(row.xpath(".//a/@href")))

    def list_links(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each list that is linked, and the words of the link."""
        for a in self.root.xpath('//main/section[@id]//a[starts-with(@href, "#show-")]'):
            yield a.get("href").removeprefix("#show-"), _see(a)


def read_count(text: str) -> int | None:
    """Return the number that a text begins with, None where that is no count but a share."""
    found = re.match(r"\s*(\d[\d.,]*)(?!\d*\s*%)(?:\s|$)", text)
    return int(re.sub(r"\D", "", found[1])) if found else None


def read_numbers(text: str) -> list[int]:
    """Return all whole numbers of a text."""
    return [int(re.sub(r"\D", "", found)) for found in re.findall(r"\d[\d.,]*", text)]


def _count_rows(listed: html.HtmlElement) -> int:
    return 1 if listed.tag == "li" else len(listed.xpath("./p/span"))


def _see(a: html.HtmlElement) -> str:
    """Return what is seen of a link."""
    hidden = "".join(part.text_content() for part in a.xpath('.//*[@class="vh"]'))
    return a.text_content().removesuffix(hidden).strip()
