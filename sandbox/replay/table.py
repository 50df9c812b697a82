"""Rows of a CSV file, as PowerShell, Purview, a SIEM and a European Excel write it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

_DELIMITERS = ",;\t"
_PREAMBLES = ("#type", "sep=")  # before the header, by Windows PowerShell and for Excel
_LARGEST_FIELD = 1 << 30  # characters
_LONGEST_ROW = 1000  # lines of one row, which quoted text may break


class NoTable(ValueError):
    """The file is no CSV with any of the columns."""


def rows(
    file: TextIO, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str] | str | None]]:
    """Line number and content of each row.

    `columns` are names in lower case; the first of them that the table has is the one that
    matters. A row without anything in it is given as None, one that is too short to have it as no
    text, and a line that ends within quotes as it is: the rows after it are not lost to it.
    Raises `NoTable`.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    lines = enumerate(file, 1)
    header = next((text for _, text in lines if not _is_preamble(text)), "")
    delimiter = next((each for each in _DELIMITERS if _has(header, each, columns)), None)
    if delimiter is None:
        raise NoTable("it is neither JSON nor a CSV with an AuditData column")
    names = _names(header, delimiter)
    lowered = [name.lower() for name in names]
    place = next(lowered.index(name) for name in columns if name in lowered)
    for line, row in _table(lines, delimiter, len(names)):
        if isinstance(row, str):
            yield line, row
        elif len(row) > place:
            filled = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
            yield line, filled if row[place].strip() else None
        else:
            yield line, "" if any(cell.strip() for cell in row) else None


def _has(header: str, delimiter: str, columns: Sequence[str]) -> bool:
    return any(name.lower() in columns for name in _names(header, delimiter))


def _is_preamble(line: str) -> bool:
    words = line.strip().strip('"').lower()
    return not words or words.startswith(_PREAMBLES)


def _names(header: str, delimiter: str) -> list[str]:
    # Log Analytics writes the zone of its times into the column's name.
    return [name.strip().removesuffix(" [UTC]") for name in _parsed(header, delimiter) or ()]


def _table(
    lines: Iterator[tuple[int, str]], delimiter: str, width: int
) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with the number of its first line, and as text the lines that are no row."""
    held: list[tuple[int, str]] = []  # a row that goes on in the next line
    for number, text in lines:
        held.append((number, text))
        row = _parsed("".join(each for _, each in held), delimiter)
        if row is None and len(held) > 1:
            row = _parsed(text, delimiter)
            if row is not None and len(row) == width:
                yield from held[:-1]
                held = held[-1:]
            else:
                row = None
        if row is not None:
            yield held[0][0], row
            held.clear()
        elif len(held) == _LONGEST_ROW:
            yield from held
            held.clear()
    yield from held


def _parsed(text: str, delimiter: str) -> list[str] | None:
    """The cells of a row; None if it is not complete."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
