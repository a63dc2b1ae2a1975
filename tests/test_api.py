"""The public face of the package."""

import subprocess
import sys
from pathlib import Path

import pytest

import stance
from stance.errors import DocumentError

LETTER = Path(__file__).parent.parent / "seeds" / "documents" / "un-letter-fr.md"


def test_importing_stance_stays_light() -> None:
    code = (
        "import stance, sys; heavy = ('sklearn', 'onnxruntime', 'torch', 'numpy', 'lxml'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_predict_is_the_function_also_after_the_module_is_imported() -> None:
    code = (
        "import stance; import stance.predict; from stance.predict import load; "
        "print(callable(stance.predict), len(stance.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "8"]


def test_text_path_document_and_lists_of_them_give_the_same() -> None:
    from_path = stance.predict(LETTER, model="baseline")
    document = stance.read(LETTER)
    from_text = stance.predict(document.text, model="baseline")
    assert [p.labels for p in from_path] == [p.labels for p in from_text]
    both = stance.predict([LETTER, document], model=stance.load("baseline"))
    assert both == from_path * 2


def test_predictions_point_into_the_text() -> None:
    document = stance.read(LETTER)
    predictions = stance.predict(LETTER, model="baseline")
    assert [p.sentence for p in predictions] == stance.split(document)
    assert [p.sent for p in predictions] == list(range(len(predictions)))
    for p in predictions:
        assert document.text[p.sentence.start : p.sentence.end] == p.text


def test_no_text_is_no_prediction() -> None:
    assert stance.predict("", model="baseline") == []
    assert stance.predict([], model="baseline") == []


def test_a_missing_file_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.txt"):
        stance.predict(tmp_path / "gone.txt", model="baseline")
