"""However a text breaks a secret up or spells it, it is found; what only resembles it is not."""

from __future__ import annotations

import base64
import sys

import pytest

from diagnose.secret_forms import BEGINNING, spells, spells_bytes

SECRET = "c4ba1d2e-77f0-4d0a-8a51-Ω-not-for-anybody"
LONG = "eyJ" + "".join(chr(ord("a") + number * 7 % 26) for number in range(900))
BLANKS = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]


@pytest.mark.parametrize("blank", [*BLANKS, "\0", "|", "\u2502", "\u200b", "\ufeff", "\x1b[31m", "\r\n  \u2500"])
def test_nothing_that_breaks_lines_or_draws_frames_hides_it(blank: str) -> None:
    assert spells(f"before {SECRET[:20]}{blank}{SECRET[20:]} after", [SECRET])
    assert not spells(f"before {SECRET[:20]}{blank}x{SECRET[20:]} after", [SECRET])


@pytest.mark.parametrize("surrounded", ["{}", "…{}", "\ud800{}"])
@pytest.mark.parametrize("changed", [str, str.upper, str.lower, str.title])
def test_case_does_not_count_in_a_text_of_any_letters(changed: type[str], surrounded: str) -> None:
    assert spells(surrounded.format(changed(SECRET)), [SECRET])
    assert not spells(surrounded.format(changed(SECRET).replace("4", "5")), [SECRET])


@pytest.mark.parametrize("form", [LONG, LONG.upper(), LONG.encode("utf-16-le").hex(), f"a%2{LONG}%"])
def test_a_long_one_is_looked_for_whole(form: str) -> None:
    assert spells(form, [LONG])
    assert not spells(form[: len(form) // 2], [LONG])
    assert not spells(LONG[:BEGINNING] + LONG[:BEGINNING] + LONG[BEGINNING + 1 :], [LONG])


@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_what_surrounds_it_does_not_hide_it(shift: int, encode: type[bytes]) -> None:
    text = encode(b"." * shift + SECRET.encode() + b" and more")
    assert spells_bytes(text, [SECRET])
    assert not spells_bytes(encode(b"." * shift + SECRET[1:].encode()), [SECRET])
