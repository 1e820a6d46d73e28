"""Work of an interval that reaches into time left out, and what rounded figures leave open."""

from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verdicts.spans import Span, as_known_last, joined, total, work_in


def span(start: float = 0.0, rounding: float = 0.0) -> Span:
    return Span(
        start=start,
        end=start + 600.0,
        seen=600.0,
        hashes=950.0,
        promised=1000.0,
        boundary=950.0,
        noise=950.0 * 2.0,
        rounding=rounding,
    )


@given(st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1e6))
def test_work_beside_time_left_out_is_never_less_than_even_nor_more_than_all(
    hashes: float, part: float, promised: float
) -> None:
    work = work_in(hashes, part, promised)
    assert hashes * part * (1.0 - 1e-9) <= work <= hashes
    assert work >= min(hashes, promised) * (1.0 - 1e-9) or part >= 1.0 - 1e-9
    assert work_in(np.array([hashes]), np.array([part]), np.array([promised]))[0] == work


def test_a_seller_who_paused_in_the_time_left_out_delivered_what_the_rest_asks() -> None:
    assert work_in(500.0, 0.5, 500.0) == 500.0
    assert work_in(1000.0, 0.5, 500.0) == 500.0, "and one who went on did not deliver twice as much"
    assert work_in(300.0, 0.5, 500.0) == 300.0, "less than that is missing whenever it was done"
    assert work_in(900.0, 1.0, 1000.0) == 900.0


def test_rounding_adds_up_because_all_figures_may_be_rounded_the_same_way() -> None:
    spans = [span(600.0 * number, rounding=5.0) for number in range(100)]
    assert total(spans).rounding == joined(total(spans[:50]), total(spans[50:])).rounding == 500.0
    one, all_of_them = spans[0], total(spans)
    assert one.share == pytest.approx(2.0 + 25.0 / 3.0 / 950.0)
    assert all_of_them.share == pytest.approx(2.0 + 500.0**2 / 3.0 / 95_000.0)
    low, high = all_of_them.interval()
    assert high - low > 2.0 * 500.0 / 100_000.0, "a figure of three digits is not known to a part in a thousand"
    assert as_known_last(all_of_them, 1.0).rounding == 500.0


def test_the_alarm_believes_no_shortfall_that_the_last_digit_may_hide() -> None:
    assert span().for_an_alarm() == span()
    careful = span(rounding=5.0).for_an_alarm()
    assert careful.boundary == 945.0
    assert careful.hashes == 950.0
    assert isclose(careful.share, span(rounding=5.0).share, rel_tol=1e-3)
    assert span(rounding=5000.0).for_an_alarm().boundary == 475.0
