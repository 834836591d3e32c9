"""Numbers as people read them, written as the viewer writes them (``viewer/numbers.js``): one figure, one look."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def value(number: float, figures: int = 3) -> str:
    """A value of a map with ``figures`` significant figures; powers of ten below 0.0001 and from 100,000 on."""
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return "not a number" if math.isnan(number) else "∞" if number > 0 else "−∞"
    mantissa, exponent = f"{number:.{figures - 1}e}".split("e")
    power = int(exponent)
    if not -4 <= power <= 4:
        return _minus(f"{mantissa} × 10") + str(power).translate(_SUPERSCRIPTS)
    return _minus(f"{number:.{max(0, figures - 1 - power)}f}")


def probability(fraction: float) -> str:
    """A probability in 0..1 as a percentage: one decimal, two below one per cent, and never a false 0 or 100."""
    percent = 100 * fraction
    if percent == 0:
        return "0 %"
    if percent < 0.01:
        return "< 0.01 %"
    if percent < 0.995:
        return f"{percent:.2f} %"
    if 99.95 <= percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def share(fraction: float) -> str:
    """A signed share in -1..1 as a percentage: one decimal, two below a tenth of a per cent, and never a false 0."""
    percent = 100 * fraction
    if percent == 0:
        return "0 %"
    length = abs(percent)
    if length < 0.005:
        return "≈ 0 %"
    text = f"{length:.2f}" if length < 0.095 else f"{length:.1f}"
    return ("−" if percent < 0 else "+") + text + " %"


def size(count: int) -> str:
    """Bytes in megabytes, as downloads are usually counted (1 MB = 1,000,000 bytes)."""
    return f"{count / 1e6:,.0f} MB" if count >= 9_500_000 else f"{count / 1e6:,.1f} MB"


def large(count: int) -> str:
    """A large number in thousands, millions or billions with three figures: "11.7 M", "1.81 G"."""
    for unit, name in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if count >= unit:
            return f"{count / unit:.3g}{name}"
    return str(count)


def seconds(duration: float) -> str:
    """Milliseconds, or seconds from ten on."""
    if duration >= 10:
        return f"{duration:.1f} s"
    milliseconds = 1000 * duration
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:,.0f} ms"


def _minus(text: str) -> str:
    return text.replace("-", "−")
