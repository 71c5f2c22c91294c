"""What a text says when it is read aloud: for how long, which keys it names, whether it speaks of a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

#: How long a word takes to be said, and an audio file to be played, in milliseconds: documents do not tell.
WORD_MS = 400
FILE_MS = 10_000
#: What a carrier speaks where nothing names a language.
_USUAL = "en"
_DIGITS = "0123456789"
#: How far the ends of a range may stand apart, in characters.
_APART = 80


def spoken_ms(text: str) -> int:
    """About how long it takes to say a text, in milliseconds."""
    return WORD_MS * len(text.split())


@dataclass(frozen=True, eq=False, repr=False)
class Tongue:
    """How a language speaks of keys and of recordings, in parts of regular expressions.

    `press` are the verbs, `fill` the words between a verb and its key, `joins` what joins two keys, `leads` what
    follows a key that stands without a verb ("2 for support"), `spans` what stands before the end of a range, `counts`
    what follows a number word that names no key ("one of"), and `recording` how a word about a recording begins.
    `keys` are the names of keys; `vague` are those that mean something else as well ("een" is also the Dutch "a"), so
    that they only show that a key may have been named.
    """

    press: str
    fill: str
    joins: str
    leads: str
    spans: str
    counts: str
    recording: str
    keys: Mapping[str, str]
    vague: Mapping[str, str]

    def pressed(self, text: str) -> frozenset[str]:
        """The single keys that a text certainly tells to press."""
        said = [key for match in self._verbal.finditer(text) for key in self._read(match[1])]
        if said:
            said += [match[1] for match in self._bare.finditer(text)]
        return frozenset(key for key in said if len(key) == 1)

    def mentioned(self, text: str) -> frozenset[str]:
        """The keys that a text may have named, in whatever way."""
        ends = (tuple(map(self._key, match.groups())) for match in self._range.finditer(text))
        within = (_DIGITS[_DIGITS.find(low) : _DIGITS.find(high) + 1] for low, high in ends)
        return frozenset((*self._read(text), *"".join(within)))

    def records(self, text: str) -> bool:
        """Whether a text speaks of a recording."""
        return self._recorded.search(text) is not None

    def _read(self, text: str) -> Iterator[str]:
        return (self._key(match[0]) for match in self._word.finditer(text))

    def _key(self, word: str) -> str:
        return self.keys.get(word.lower()) or self.vague.get(word.lower()) or word

    @cached_property
    def _recorded(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.recording})", re.IGNORECASE)

    @cached_property
    def _verbal(self) -> re.Pattern[str]:
        fill = rf"(?:(?:{self.fill})\s+)*"
        names = "|".join(self.keys)
        counting = "|".join(name for name, key in self.keys.items() if key in _DIGITS)
        # Keys in a row with nothing between ("9 1 1") are a number that is spelled out.
        word = rf"(?!(?:{counting})\s+(?:{self.counts})\b)(?:{names})(?!\w)"
        key = rf"(?:{word}|[0-9]+(?!\w|-[0-9])|[*#])(?!\s+(?:{names}|[0-9])\b)"
        more = rf"(?:(?:\s*,\s*(?:(?:{self.joins})\s+)?|\s+(?:{self.joins})\s+){fill}{key})*"
        return re.compile(rf"\b(?:{self.press})\s+{fill}({key}{more})", re.IGNORECASE)

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        start = rf"(?:^|[.,;:!?]\s+|\b(?:{self.joins})\s+)(?:(?:{self.joins}|{self.fill})\s+)*"
        return re.compile(rf"{start}([0-9])\s+(?:{self.leads})\b(?!\s+[0-9])", re.IGNORECASE)

    @cached_property
    def _range(self) -> re.Pattern[str]:
        end = rf"\b([0-9]|{'|'.join((*self.keys, *self.vague))})\b"
        between = rf"(?:[^.!?0-9]{{0,{_APART}}}\b(?:{self.spans})|\s*[-\u2013])\s*"
        return re.compile(f"{end}{between}{end}", re.IGNORECASE)

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join((*self.keys, *self.vague))})(?!\w)|[0-9]+|[*#]", re.IGNORECASE)


def tongue_of(language: str) -> Tongue | None:
    """The language of a tag such as en-US, the usual one where it is empty; None where nothing is known of it."""
    return _TONGUES.get(language.partition("-")[0].lower() or _USUAL)


def _keys(digits: str, star: str, pound: str) -> dict[str, str]:
    """The names of 0 to 9 in their order, of the star and of the pound key; a slash stands between names of one key."""
    rows = zip("0123456789*#", (*digits.split(), star, pound), strict=True)
    return {name: key for key, names in rows for name in names.split("/") if name != "-"}


#: By the first part of a language's tag.
_TONGUES = {
    "en": Tongue(
        press="press|push|hit|punch|dial|enter|type|choose|select",
        fill="the|number|digit|option|button|key|on|or say|please",
        joins="or|and",
        leads="for|to",
        spans="to|through|until|and",
        counts="of|or more|more|keys?|digits?|numbers?|buttons?|options?|at",
        recording="record|taped",
        keys=_keys("zero one two three four five six seven eight nine", "star/asterisk", "pound/hash"),
        vague={"oh": "0"},
    ),
    "de": Tongue(
        press="drücken|drücke|drück|wählen|wähle|tippen|tippe",
        fill="sie|bitte|die|auf|taste|ziffer|zahl|nun|jetzt|dann|einfach",
        joins="oder|und",
        leads="für|um",
        spans="bis|und",
        counts="von|mal|tasten|ziffern",
        recording="aufgezeichnet|aufzeichn|aufgenommen|aufnahme|aufnehmen|mitgeschnitten|mitschnitt",
        keys=_keys(
            "null eins zwei/zwo drei vier fünf sechs sieben acht neun",
            "stern/sterntaste/sternchen",
            "raute/rautetaste/doppelkreuz",
        ),
        vague={"eine": "1", "einen": "1"},
    ),
    "fr": Tongue(
        press="appuyez|appuyer|tapez|taper|faites|composez|pressez|choisissez|sélectionnez",
        fill="sur|le|la|touche|chiffre|numéro",
        joins="ou|et",
        leads="pour",
        spans="à|et",
        counts="des|de",
        recording="enregistr",
        keys=_keys("zéro - deux trois quatre cinq six sept huit neuf", "étoile/astérisque", "dièse/carré"),
        vague={"un": "1", "une": "1"},
    ),
    "es": Tongue(
        press="pulse|pulsa|presione|presiona|oprima|oprime|marque|marca|digite|teclee",
        fill="el|la|tecla|número|dígito|opción",
        joins="o|u|y|e",
        leads="para",
        spans="a|al|hasta|y",
        counts="de",
        recording="grab",
        keys=_keys(
            "cero uno dos tres cuatro cinco seis siete ocho nueve", "asterisco/estrella", "almohadilla/numeral/gato"
        ),
        vague={"un": "1", "una": "1"},
    ),
    "it": Tongue(
        press="premere|premete|premi|prema|digitare|digiti|digita|digitate|selezionare|selezioni",
        fill="il|lo|la|tasto|numero|cifra",
        joins="o|oppure|e",
        leads="per",
        spans="a|al|e",
        counts="dei|delle|di",
        recording="registra",
        keys=_keys("zero uno due tre quattro cinque sei sette otto nove", "asterisco/stella", "cancelletto"),
        vague={"un": "1", "una": "1"},
    ),
    "pt": Tongue(
        press="pressione|prima|marque|digite|tecle|aperte|disque|carregue",
        fill="o|a|em|no|na|tecla|número|dígito|opção",
        joins="ou|e",
        leads="para",
        spans="a|até|e",
        counts="dos|das|de",
        recording="grava",
        keys=_keys(
            "zero - dois três quatro cinco seis sete oito nove", "asterisco/estrela", "cardinal/sustenido/jogo da velha"
        ),
        vague={"um": "1", "uma": "1", "meia": "6", "tres": "3"},
    ),
    "nl": Tongue(
        press="toets|druk|kies|drukt|kiest|toetst",
        fill="u|op|de|toets|cijfer|het|dan|nu",
        joins="of|en",
        leads="voor|om",
        spans="tot|en|met",
        counts="van|keer",
        recording="opgenomen|opname|opnemen",
        keys=_keys("nul één twee drie vier vijf zes zeven acht negen", "sterretje/ster", "hekje"),
        vague={"een": "1"},
    ),
}
