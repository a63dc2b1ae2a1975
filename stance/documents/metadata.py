"""What a document says of itself: title, date, symbol, language."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

KEYS: Final = ("title", "date", "symbol", "language")

_SYMBOL: Final = re.compile(
    r"(?<![\w/])(?:A|S|E|T|ST|TD|CAT|CCPR|CED|CEDAW|CERD|CMW|CRC|CRPD)/"
    r"(?=[^\s]*\d)[A-Z0-9][A-Za-z0-9.-]*(?:/[A-Z0-9][A-Za-z0-9.-]*)*"
    r"(?:\s?\((?:\d{4}|[IVXLC]+|Sect\.\s?\d+)\))?"
)


def find_symbol(text: str) -> str | None:
    """The first UN document symbol in a text (A/75/999, S/2021/687, S/RES/2774 (2025)), or None."""
    match = _SYMBOL.search(text)
    return match[0].rstrip(".-") if match else None


_MONTHS: Final = (
    "january janvier enero января يناير كانون_الثاني",
    "february février febrero февраля فبراير شباط",
    "march mars marzo марта مارس آذار",
    "april avril abril апреля أبريل نيسان",
    "may mai mayo мая مايو أيار",
    "june juin junio июня يونيه حزيران",
    "july juillet julio июля يوليه تموز",
    "august août agosto августа أغسطس آب",
    "september septembre septiembre сентября سبتمبر أيلول",
    "october octobre octubre октября أكتوبر تشرين_الأول",
    "november novembre noviembre ноября نوفمبر تشرين_الثاني",
    "december décembre diciembre декабря ديسمبر كانون_الأول",
)
_MONTH_NUMBER: Final = {
    name.replace("_", " "): number
    for number, names in enumerate(_MONTHS, start=1)
    for name in names.split()
}
_MONTH: Final = "|".join(_MONTH_NUMBER)
_DATE: Final = re.compile(
    r"\b(?:"
    rf"(?P<day>\d{{1,2}})(?:er|º)?\s+(?:de\s+)?(?P<month>{_MONTH})(?:/\w+)?\s+(?:de\s+)?(?P<year>\d{{4}})\b"
    r"|(?P<y>\d{4})\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?日"
    r"|(?P<iso>\d{4}-\d\d-\d\d)(?!\d))",
    re.IGNORECASE,
)


def is_symbol(text: str) -> bool:
    """Whether a text is nothing but a UN document symbol."""
    return bool(_SYMBOL.fullmatch(text.strip()))


def find_date(text: str) -> str | None:
    """The first full date in a text, in any of the six languages, as YYYY-MM-DD; or None."""
    for match in _DATE.finditer(text):
        if match["iso"]:
            return match["iso"]
        day, month, year = (
            (match["d"], match["m"], match["y"])
            if match["y"]
            else (match["day"], _MONTH_NUMBER[match["month"].lower()], match["year"])
        )
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue  # "31 February": not a date
    return None


def first_page(text: str) -> dict[str, str]:
    """The symbol and the date that a document's first page, its masthead above all, shows."""
    found = {"symbol": find_symbol(text), "date": find_date(text)}
    return {key: value for key, value in found.items() if value}
