"""Label Studio: tasks to annotate or review, and what comes back from its JSON export."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.classifiers.base import Classifier
from stance.labels import STANCES
from stance.records import Prediction
from training.data.rows import Problem, Row

STANCE, EXPLICIT, TEXT = "stance", "explicit", "text"

LABEL_CONFIG = f"""<View>
  <Text name="{TEXT}" value="$text"/>
  <Header value="Stances that the sentence expresses (none: submit without a choice)"/>
  <Choices name="{STANCE}" toName="{TEXT}" choice="multiple">
    {"".join(f'<Choice value="{s}"/>' for s in STANCES)}
  </Choices>
  <Header value="Those among them that a word or set phrase names"/>
  <Choices name="{EXPLICIT}" toName="{TEXT}" choice="multiple">
    {"".join(f'<Choice value="{s}"/>' for s in STANCES)}
  </Choices>
</View>
"""
"""The labelling interface that the tasks are for; paste it into the project's settings."""


def write(rows: Sequence[Mapping[str, Any]], path: Path, model: Classifier | None = None) -> None:
    """Write tasks for Label Studio's import: a JSON list.

    A row's labels become an annotation, its other columns the task's data. `model` adds its
    prediction to each task; the prediction's score is how far the model is from doubt about its
    least certain label, in [0.5, 1], so that tasks can be ordered by it.
    """
    tasks = [_task(row) for row in rows]
    if model is not None:
        predictions = model.predict([str(row["text"]) for row in rows])
        for task, prediction in zip(tasks, predictions, strict=True):
            task["predictions"] = [_prediction(prediction)]
    text = json.dumps(tasks, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Iterator[Row | Problem]:
    """The rows of a JSON export, or of tasks; `where` counts tasks from 1.

    A task's labels are those that more than half of its annotators chose; where there are several
    annotators, `readings` holds what each chose. Cancelled annotations do not count, and a task
    without any gives a row without labels.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        yield Problem(str(path), f"not JSON ({error})")
        return
    if not isinstance(tasks, list):
        yield Problem(str(path), f"expected a list of tasks, got {type(tasks).__name__}")
        return
    for number, task in enumerate(tasks, 1):
        where = f"{path}: task {number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            yield Problem(where, "no 'data'; export as JSON, not as JSON-MIN")
            continue
        yield Row(where, task["data"] | _annotated(task.get("annotations") or []))


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    data = {column: value for column, value in row.items() if column not in ("labels", EXPLICIT)}
    if "labels" not in row:
        return {"data": data}
    result = [_choices(STANCE, row["labels"]), _choices(EXPLICIT, row.get(EXPLICIT) or [])]
    return {"data": data, "annotations": [{"result": [r for r in result if r["value"]["choices"]]}]}


def _prediction(prediction: Prediction) -> dict[str, Any]:
    labels = list(prediction.labels)
    return {
        "model_version": prediction.model,
        "score": round(min(max(p, 1 - p) for p in prediction.scores), 4),
        "result": [_choices(STANCE, labels)] if labels else [],
    }


def _choices(name: str, chosen: Sequence[str]) -> dict[str, Any]:
    value = {"choices": list(chosen)}
    return {"from_name": name, "to_name": TEXT, "type": "choices", "value": value}


def _annotated(annotations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counted = [a.get("result") or [] for a in annotations if not a.get("was_cancelled")]
    if not counted:
        return {}
    readings = [_chosen(result, STANCE) for result in counted]
    labels = _majority(readings)
    explicit = _majority([_chosen(result, EXPLICIT) for result in counted])
    values = {"labels": labels, EXPLICIT: [label for label in explicit if label in labels]}
    return values | ({"readings": readings} if len(readings) > 1 else {})


def _chosen(result: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    parts = (r["value"].get("choices", []) for r in result if r.get("from_name") == name)
    return [choice for part in parts for choice in part]


def _majority(readings: Sequence[Sequence[str]]) -> list[str]:
    votes = Counter(label for reading in readings for label in reading)
    return [label for label, count in votes.items() if 2 * count > len(readings)]
