"""Near-duplicates, and what training rows give away of held-out ones."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.corpus import Example
from training.data.duplicates import grams, near_duplicates
from training.data.leakage import leak_table, leaks, parts_of


def example(number: int, text: str, lang: str = "en", **more: str) -> Example:
    name = f"r{number}"
    row = Example(id=name, text=text, labels=(), lang=lang, group=name, doc=name)
    return replace(row, **more)


def compared_with_all(rows: list[Example], threshold: float) -> dict[tuple[str, str], float]:
    """What comparing every row with every other finds."""
    found = {}
    for i, first in enumerate(rows):
        for second in rows[i + 1 :]:
            a, b = grams(first.text, "en"), grams(second.text, "en")
            if len(a & b) / len(a | b) >= threshold:
                found[first.id, second.id] = len(a & b) / len(a | b)
    return found


texts = st.lists(
    st.text(alphabet="abc ", min_size=1, max_size=12).filter(str.strip), min_size=2, max_size=12
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(texts, st.sampled_from([0.3, 0.5, 0.6, 0.75, 0.9, 1.0]))
def test_finds_the_pairs_that_comparing_all_with_all_finds(
    sentences: list[str], threshold: float
) -> None:
    rows = [example(i, text) for i, text in enumerate(sentences)]
    found = near_duplicates(rows, threshold)
    assert {(d.first.id, d.second.id): d.similarity for d in found} == compared_with_all(
        rows, threshold
    )
    assert [d.similarity for d in found] == sorted((d.similarity for d in found), reverse=True)


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.8])
def test_hardly_a_pair_is_overlooked_among_sentences_changed_a_little(threshold: float) -> None:
    rng = random.Random(1)
    rows = []
    for number in range(60):
        words = ["".join(rng.choices("abcdefgh", k=6)) for _ in range(12)]
        for version in range(4):
            changed = [w if rng.random() > 0.04 * version else w[::-1] for w in words]
            rows.append(example(4 * number + version, " ".join(changed)))
    expected = compared_with_all(rows, threshold)
    assert len(expected) > 100
    found = {(d.first.id, d.second.id) for d in near_duplicates(rows, threshold)}
    assert found <= set(expected)
    assert len(set(expected) - found) <= 1


def test_a_reset_copy_is_found_and_another_sentence_is_not() -> None:
    rows = [
        example(1, "The Council condemned the attack on the convoy near Goma."),
        example(2, "the council  CONDEMNED the attack on the convoy, near Goma"),
        example(3, "The Council condemned the attack on the convoys near Goma and Bukavu."),
        example(4, "The envoy briefed members on the water talks."),
        example(5, "安理会谴责对戈马附近车队的袭击。", lang="zh"),
        example(6, "安理会谴责了对戈马附近车队的袭击！", lang="zh"),
    ]
    found = {(d.first.id, d.second.id): d.similarity for d in near_duplicates(rows)}
    assert found[("r1", "r2")] == 1
    assert 0.6 <= found[("r1", "r3")] < 1
    assert ("r5", "r6") in found
    assert not any("r4" in pair for pair in found)


def test_the_same_words_in_two_languages_are_no_pair() -> None:
    assert near_duplicates([example(1, "Addis Abeba"), example(2, "Addis Abeba", lang="fr")]) == []


def test_leaks_are_told_by_their_cause() -> None:
    training = [
        example(1, "The dam will hold.", doc="report"),
        example(2, "Le barrage tiendra.", lang="fr", group="dam"),
        example(3, "Fishers on both banks of the river fear the new dam."),
        example(4, "Nothing in common with the others at all."),
    ]
    held_out = [
        example(5, "Nobody spoke.", doc="report"),
        example(6, "The barrage is safe.", group="dam"),
        example(7, "Fishers on both banks of the river feared the new dam."),
    ]
    parts = {"train": training, "test": held_out}
    found = leaks(parts, near_duplicates([*training, *held_out]))
    assert {(leak.cause, leak.training.id, leak.held_out.id) for leak in found} == {
        ("document", "r1", "r5"),
        ("group", "r2", "r6"),
        ("text", "r3", "r7"),
    }
    assert leak_table(parts, found).rows == (("test", 3, 1, 1, 1),)


def test_held_out_rows_are_not_training_rows() -> None:
    rows = [example(1, "One sentence."), example(2, "Another sentence.")]
    parts = parts_of(rows, [rows[1], example(9, "A third one.")])
    assert [e.id for e in parts["train"]] == ["r1"]
    assert [e.id for e in parts["held out"]] == ["r2", "r9"]
    assert parts_of(rows) == {"train": rows}


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_projects_held_out_ids_make_a_part(part: str) -> None:
    from training.splits import Part, held_out_ids

    inside = min(held_out_ids(Part(part)))
    parts = parts_of([example(1, "In training."), replace(example(2, "Held out."), id=inside)])
    assert [e.id for e in parts[part]] == [inside]
    assert [e.id for e in parts["train"]] == ["r1"]
