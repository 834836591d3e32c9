"""Numbers as people read them, the same in pictures, on the command line and, in ``viewer/numbers.js``, in the viewer.

The rule: a true minus sign; three figures; thousands set apart by commas; halves rounded away from zero; and no number
that says more than is true: what is not quite 0, 100 % or 1 never reads as if it were. ``tests/numbers.json`` holds
both to it.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def value(number: float, figures: int = 3) -> str:
    """A value of a map with ``figures`` significant figures; powers of ten below 0.0001 and from 100,000 on."""
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return "not a number" if math.isnan(number) else "∞" if number > 0 else "−∞"
    rounded = _rounded(number, figures)
    power = rounded.adjusted()
    if not -4 <= power <= 4:
        return f"{_minus(_fixed(rounded.scaleb(-power), figures - 1))} × 10{str(power).translate(_SUPERSCRIPTS)}"
    return _minus(_fixed(number, max(0, figures - 1 - power)))


def probability(fraction: float) -> str:
    """A probability, or another share in 0..1, as a percentage: one decimal, two below one per cent."""
    percent = 100 * fraction
    if percent == 0:
        return "0 %"
    if percent < 0.01:
        return "< 0.01 %"
    if percent < 0.995:
        return f"{_fixed(percent, 2)} %"
    if 99.95 <= percent < 100:
        return "> 99.9 %"
    return f"{_fixed(percent, 1)} %"


def points(change: float) -> str:
    """A change of a probability, -1..1, in percentage points, without the unit: one decimal, two below a tenth."""
    number = 100 * change
    if number == 0:
        return "0"
    length = abs(number)
    if length < 0.005:
        return "≈ 0"
    return ("−" if number < 0 else "+") + _fixed(length, 2 if length < 0.095 else 1)


def share(fraction: float) -> str:
    """A signed share in -1..1 as a percentage, with as many decimals as ``points``."""
    return f"{points(fraction)} %"


def correlation(rho: float) -> str:
    """A rank correlation in -1..1 with two decimals: 1.00 only when it is 1, as 0.998 is not."""
    if 0.995 <= rho < 1:
        return "> 0.99"
    if -1 < rho <= -0.995:
        return "< −0.99"
    text = _fixed(rho, 2)
    return "0.00" if text == "-0.00" else _minus(text)


def count(number: float) -> str:
    """A whole number with its thousands set apart by commas."""
    return _minus(_fixed(number, 0, ","))


def large(number: int) -> str:
    """A large number in thousands, millions or billions with at most three figures: "11.7 M", "1.81 G"."""
    rounded = float(_rounded(number, 3))
    unit, name = next(((u, n) for u, n in ((1e9, " G"), (1e6, " M"), (1e3, " k")) if rounded >= u), (1, ""))
    return f"{rounded / unit:.3g}{name}"


def size(bytes_: float) -> str:
    """Bytes in megabytes, as downloads are usually counted (1 MB = 1,000,000 bytes): one decimal below ten."""
    megabytes = bytes_ / 1e6
    return f"{_fixed(megabytes, 1) if megabytes < 9.95 else count(megabytes)} MB"


def seconds(duration: float) -> str:
    """Milliseconds, with one decimal below ten; from ten seconds on seconds."""
    milliseconds = 1000 * duration
    if milliseconds >= 9999.5:
        return f"{_fixed(duration, 1)} s"
    return f"{_fixed(milliseconds, 1) if milliseconds < 9.95 else count(milliseconds)} ms"


def _rounded(number: float, figures: int) -> Decimal:
    """A number with so many figures. Python's own formats round a half to the even digit, browsers away from zero."""
    return Context(prec=figures, rounding=ROUND_HALF_UP).create_decimal_from_float(float(number))


def _fixed(number: float | Decimal, digits: int, separator: str = "") -> str:
    exact = number if isinstance(number, Decimal) else Decimal(float(number))
    return f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):{separator}f}"


def _minus(text: str) -> str:
    return text.replace("-", "−")
