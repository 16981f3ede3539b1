"""Invented customers: names, handles, habits of spelling."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.demo_source.chance import Chance

FIRST = {
    "de": [
        "Svenja",
        "Malte",
        "Ronja",
        "Torben",
        "Wiebke",
        "Enno",
        "Heike",
        "Jannis",
        "Rike",
        "Gesa",
        "Kolja",
        "Imke",
        "Fiete",
        "Hanna",
        "Lasse",
        "Birte",
        "Ole",
        "Merle",
        "Arne",
        "Swantje",
        "Hauke",
        "Tjark",
        "Frauke",
        "Bosse",
        "Antje",
        "Okko",
        "Silke",
        "Yunus",
        "Aylin",
        "Dragan",
        "Milena",
        "Piotr",
        "Thuy",
        "Karim",
        "Renate",
        "Horst",
        "Gudrun",
        "Werner",
        "Marlies",
    ],
    "en": [
        "Maeve",
        "Callum",
        "Priya",
        "Owen",
        "Siobhan",
        "Gareth",
        "Nuala",
        "Tariq",
        "Bronwen",
        "Declan",
        "Fiona",
        "Hamish",
        "Imogen",
        "Kofi",
        "Lorna",
        "Niall",
        "Olwen",
        "Padraig",
        "Rosalind",
        "Seamus",
        "Tegan",
        "Una",
        "Winston",
        "Yasmin",
        "Alistair",
        "Bethan",
        "Conor",
        "Doreen",
        "Eamon",
        "Freya",
        "Glenys",
        "Harpreet",
        "Ines",
        "Jago",
        "Kezia",
        "Lewin",
        "Morag",
    ],
    "fr": ["Odile", "Bastien", "Maëlle", "Yves", "Coralie"],
}
LAST = {
    "de": [
        "Brammstedt",
        "Tiefensee",
        "Knappert",
        "Uhlenbrook",
        "Harmsdorp",
        "Wittkuhl",
        "Pöhlmann",
        "Storckel",
        "Lüttjohann",
        "Dierksmeier",
        "Vossgrund",
        "Ahrendsen",
        "Ketteler",
        "Moosbach",
        "Rademann",
        "Quastmeyer",
        "Zinndorf",
        "Ellerkamp",
    ],
    "en": [
        "Thistlewood",
        "Marchbank",
        "Hollinrake",
        "Pendry",
        "Quillfeather",
        "Ashgrove",
        "Tremblett",
        "Coldwell",
        "Garrity",
        "Oakshott",
        "Brannock",
        "Wetherley",
        "Fennimore",
        "Lusk",
        "Dunmorrow",
        "Kettleby",
        "Swarbrook",
        "Penhale",
    ],
    "fr": ["Vauclerc", "Montreux-Lain", "Desroseaux", "Guivarc", "Pellerane"],
}
NICKS = {
    "de": (
        "gleisgeschichten", "teetrinkerin", "moorwanderer", "dickenadel", "kaffeesatz",
        "pendlerpost",
        "ruhewagen", "frostbeule", "wollmaus", "schnellzugfan", "kuestenkind", "nachteule",
    ),
    "en": (
        "teaandtoast", "mostlyharmony", "gardengnome", "rainyday", "tinwhistle", "slowloris",
        "biscuitfan", "windowseat", "lostsocks", "marmaladecat", "hillwalker", "nightshift",
    ),
    "fr": ("petitvelo", "merdunord"),
}  # fmt: skip
HOSTS = ("mastodon.example", "social.example", "norden.example", "fedi.example", "deich.example")
HABITS = (("plain", 60.0), ("lower", 15.0), ("ascii", 7.0), ("typos", 9.0), ("emoji", 9.0))
HOSTILE_NAMES = {
    "hostile": '<script>alert("Kranich")</script>',
    "bidi": "\u202etsag\u202c Gast \u2067\u2069",
}
QUIET = timedelta(days=9)


@dataclass
class Person:
    """A customer on one platform."""

    platform: str
    language: str
    handle: str
    first: str
    name: str
    author_id: str
    habit: str
    last_seen: datetime | None = None


class Crowd:
    """All customers so far; some of them come back after a quiet week."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self._handles: set[str] = set()

    def find(
        self, chance: Chance, platform: str, language: str, habit: str, at: datetime
    ) -> Person:
        """Return somebody new, or now and then somebody who wrote long ago."""
        known = [
            person
            for person in self.people
            if (person.platform, person.language) == (platform, language) and _is_free(person, at)
        ]
        if known and habit == "" and chance.happens(0.12):
            return chance.pick(known)
        person = self._make(chance, platform, language, habit)
        self.people.append(person)
        return person

    def _make(self, chance: Chance, platform: str, language: str, habit: str) -> Person:
        first, last = chance.pick(FIRST[language]), chance.pick(LAST[language])
        handle = self._handle(chance, platform, language, first, last)
        name = chance.pick((f"{first} {last}", f"{first} {last[0]}.", first, f"{first} {last}"))
        number = str(1_000_000_000 + chance.below(8_000_000_000))
        return Person(
            platform=platform,
            language=language,
            handle=handle,
            first=first,
            name=HOSTILE_NAMES.get(habit, name),
            author_id=number if platform == "x" else handle.casefold(),
            habit=habit or HABITS[chance.weighted([weight for _, weight in HABITS])][0],
        )

    def _handle(self, chance: Chance, platform: str, language: str, first: str, last: str) -> str:
        while True:
            stem = chance.pick(
                (
                    f"{first}_{last[:4]}", f"{first[0]}{last}", f"{last[:6]}{first[:3]}",
                    chance.pick(NICKS[language]),
                    f"{first}_{chance.pick(NICKS[language])[:7]}",
                )
            )  # fmt: skip
            ending = str(chance.between(2, 99)) if chance.happens(0.7) else ""
            name = fold_letters(stem)[: 15 - len(ending)].replace("-", "") + ending
            name = name if chance.happens(0.3) else name.lower()
            handle = f"{name.lower()}@{chance.pick(HOSTS)}" if platform == "mastodon" else name
            if handle.casefold() not in self._handles:
                self._handles.add(handle.casefold())
                return handle


def _is_free(person: Person, at: datetime) -> bool:
    seen = person.last_seen
    return person.habit not in HOSTILE_NAMES and seen is not None and seen + QUIET < at


def fold_letters(text: str) -> str:
    """Write umlauts and accents in plain letters, as many people do."""
    for letter, plain in zip(
        "äöüÄÖÜßéèëç", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "e", "e", "e", "c"), strict=True
    ):
        text = text.replace(letter, plain)
    return text
