"""Charts are well-formed drawings that never leave their frame and escape what they are told."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from verifier.outlets import chart
from verifier.outlets.chart import Slot

RATIOS = st.floats(min_value=0, max_value=50)
SLOTS = st.lists(
    st.builds(
        Slot,
        seen=st.floats(min_value=0, max_value=1),
        length=st.floats(min_value=0.01, max_value=1),
        ratio=st.none() | RATIOS,
        error=st.none() | RATIOS,
    ),
    max_size=40,
)


def edges(svg: str, width: float, height: float) -> bool:
    """Whether every rectangle and line lies inside the frame."""
    for shape in ET.fromstring(svg).iter():  # noqa: S314 our own drawing
        if shape.get("class") in {None, "hatch"} or shape.tag == "svg":
            continue
        number = {name: float(value) for name, value in shape.attrib.items() if name not in {"class", "fill"}}
        if shape.tag == "rect":
            number |= {"x2": number["x"] + number["width"], "y2": number["y"] + number["height"]}
        inside_x = all(-0.02 <= value <= width + 0.02 for name, value in number.items() if name.startswith("x"))
        inside_y = all(-0.02 <= value <= height + 0.02 for name, value in number.items() if name.startswith("y"))
        if not (inside_x and inside_y):
            return False
    return True


@given(SLOTS)
def test_a_drawing_never_leaves_its_frame(slots: list[Slot]) -> None:
    assert edges(chart.delivery(slots, name="h", label="x"), 720, 180)


@given(st.none() | RATIOS, st.none() | st.tuples(RATIOS, RATIOS).map(sorted), st.none() | st.floats(0, 1))
def test_a_bar_never_leaves_its_frame(ratio: float | None, ends: list[float] | None, seen: float | None) -> None:
    interval = None if ends is None else (ends[0], ends[1])
    assert edges(chart.bar(ratio, name="b", label="x", interval=interval, seen=seen, allowed=0.05), 132, 14)


def test_what_was_not_seen_is_hatched_and_never_drawn_as_nothing_delivered() -> None:
    svg = chart.delivery([Slot(seen=0.0)], name="h", label="x")
    assert 'class="unseen"' in svg
    assert 'class="delivered"' not in svg
    assert 'class="unseen"' in chart.bar(None, name="b", label="x")


def test_nothing_delivered_is_a_line_at_the_bottom() -> None:
    svg = chart.delivery([Slot(seen=1.0, ratio=0.0)], name="h", label="x")
    assert '<line class="delivered" x1="0.0" y1="180.0"' in svg
    assert 'class="unseen"' not in svg


def test_a_label_cannot_leave_its_attribute() -> None:
    svg = chart.delivery([], name="h", label='"><script>')
    assert ET.fromstring(svg).get("aria-label") == '"><script>'  # noqa: S314 our own drawing


def test_no_drawing_carries_style() -> None:
    assert "style=" not in chart.delivery([Slot(seen=0.5, ratio=0.9, error=0.1, allowed=0.05)], name="h", label="x")


def test_the_allowed_band_is_one_piece_for_each_clause() -> None:
    slots = [Slot(seen=1.0, allowed=0.05)] * 2 + [Slot(seen=1.0)] + [Slot(seen=1.0, allowed=0.1)]
    svg = chart.delivery(slots, name="h", label="x", width=400, height=120)
    bands = [one for one in ET.fromstring(svg).iter() if one.get("class") == "allowed"]  # noqa: S314 our own drawing
    assert [(one.get("x"), one.get("width"), one.get("height")) for one in bands] == [
        ("0.0", "200.0", "5.0"),
        ("300.0", "100.0", "10.0"),
    ]


def test_every_result_has_a_shape_of_its_own() -> None:
    outcomes = ("met", "short", "undecided", "unknown", "not_applicable", "waiting")
    assert len({chart.mark(outcome).split(">", 1)[1] for outcome in outcomes}) == len(outcomes)


def test_the_counting_error_shrinks_with_the_root_of_the_shares() -> None:
    assert chart.counting_error(1.0, 400) == 0.05
    assert chart.counting_error(1.0, 0) == 0.0


@given(SLOTS, st.floats(min_value=15, max_value=30))
def test_evidence_stays_in_its_frame_and_reaches_the_line_where_a_problem_opens(slots: list[Slot], line: float) -> None:
    levels = [replace(slot, evidence=line * (place % 4) / 3 - 5) for place, slot in enumerate(slots)]
    svg = chart.evidence(levels, line=line, label="<evidence>", problems=[(0.0, sum(one.length for one in slots))])
    assert "&lt;evidence&gt;" in svg
    assert edges(svg, 720, 70)
    assert chart.evidence_height(line, line) < 1.0
    assert chart.evidence_height(chart.LEAST_EVIDENCE, line) == 0.0
