"""What a report counts: stances by document, and where in the text they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report import prediction

from stance.labels import STANCES
from stance.report import summary_table
from stance.report.course import Course


def test_summary_table_counts_each_document_and_all() -> None:
    rows = summary_table(
        [
            prediction("x", "concern", "welcome", doc="a"),
            prediction("x", doc="a", sent=1),
            prediction("x", "concern", doc="b", truncated=True),
        ]
    )
    columns = ("doc", "sentences", "labelled", *STANCES, "truncated")
    assert rows == [
        dict(zip(columns, row, strict=True))
        for row in [
            ("a", 2, 1, 1, 0, 0, 1, 0),
            ("b", 1, 1, 1, 0, 0, 0, 1),
            ("total", 3, 2, 2, 0, 0, 1, 1),
        ]
    ]


def _marks(course: Course) -> tuple[int, dict[str, list[tuple[int, int, int]]]]:
    """The width of the bar, and start, length and height of each mark, by stance."""
    svg = course.svg()
    (width,) = re.findall(r'viewBox="0 0 (\d+) ', svg)
    paths = re.findall(r'class="(\w+)" d="([^"]*)"', svg)
    mark = re.compile(r"M(\d+) \d+v-(\d+)h(\d+)v")
    found = {
        stance: [(int(x), int(w), int(h)) for x, h, w in mark.findall(path)]
        for stance, path in paths
    }
    return int(width), found


def test_course_shows_where_in_a_short_text_a_stance_is() -> None:
    course = Course()
    for length, labels in [(100, []), (50, ["support"]), (50, ["support", "welcome"]), (200, [])]:
        course.add(length, labels)
    assert _marks(course) == (400, {"support": [(100, 100, 16)], "welcome": [(150, 50, 16)]})


@given(
    st.lists(
        st.tuples(st.integers(1, 4000), st.sets(st.sampled_from(STANCES))), min_size=1, max_size=60
    )
)
def test_course_of_any_text_is_off_by_little(sentences: list[tuple[int, set[str]]]) -> None:
    course = Course()
    for length, labels in sentences:
        course.add(length, labels)
    width, marks = _marks(course)
    total = sum(length for length, _ in sentences)
    at, expected = 0, dict.fromkeys(STANCES, 0.0)
    for length, labels in sentences:
        for stance in labels:
            expected[stance] += length / total
            assert any(
                x / width <= (at + length / 2) / total + 1 / width
                and (x + w) / width >= (at + length / 2) / total - 1 / width
                for x, w, _ in marks[stance]
            )
        at += length
    if len(sentences) * 2 <= width:
        slack = (2 * len(sentences) + 1) / width + 0.01
        for stance in STANCES:
            share = sum(w for _, w, _ in marks.get(stance, [])) / width
            assert expected[stance] - 1e-9 <= share + 1 / width
            assert share <= expected[stance] + slack


def test_course_of_a_long_text_shows_how_much_of_each_stretch() -> None:
    course = Course()
    for number in range(40_000):
        late = number >= 20_000
        course.add(50, ["concern"] if number % (2 if late else 4) == 0 else [])
    width, marks = _marks(course)
    heights = [h for _, w, h in marks["concern"] for _ in range(w)]
    assert width <= 128
    assert max(heights) == 16
    assert sum(heights[: width // 2 - 1]) / sum(heights[width // 2 + 1 :]) == pytest.approx(
        0.5, abs=0.06
    )
