"""The Ray engine. Ray runs in a process of its own: it warns, and it leaves threads behind."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from batch_case import Deadly, DeadlyOnce, in_new_process, make_folder, make_model, make_texts

from stance.batch import Batch, run, runs
from stance.batch.ray_engine import run_ray
from stance.batch.work import Item, Job, Part, Predictor
from stance.errors import MissingExtraError, StanceError

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed"
)
TEXTS = make_texts(12, seed=4)


def compare_engines(source: str, model: str, folder: str) -> None:
    runs._PART_BYTES = (4000, 4000)
    outputs = []
    for engine in ("ray", "local"):
        outputs.append(Path(folder) / f"{engine}.jsonl")
        run(Batch(Path(source), outputs[-1], model=model, engine=engine, workers=2))
    ray, local = (output.read_bytes() for output in outputs)
    assert ray == local
    assert ray


def read_what_kills_an_actor(model: str, mark: str) -> None:
    texts = [*TEXTS[:3], DeadlyOnce(f"{TEXTS[3]} {mark}"), *TEXTS[4:]]
    parts = [Part(number, (Item(str(number), text),)) for number, text in enumerate(texts)]
    job = Job(model, "jsonl")
    found = {one.number: one.data for one in run_ray(iter(parts), job, 2, None)}
    assert Path(mark).exists(), "no actor was killed"
    assert found == {one.number: one.data for one in map(Predictor(job), parts)}
    sys.stdout.write(json.dumps(sorted(found)))


def read_what_kills_every_actor(model: str) -> None:
    parts = [Part(0, (Item("good", TEXTS[0]), Item("bad", Deadly("text"))))]
    with pytest.raises(StanceError, match=r"3 actors died on the documents good to bad;"):
        list(run_ray(iter(parts), Job(model, "jsonl"), 1, None))


def load_what_is_not_there(folder: str) -> None:
    with pytest.raises(StanceError, match="no model 'no-such-model'"):
        list(run_ray(iter([Part(0, ())]), Job("no-such-model", "jsonl"), 1, None))


@needs_ray
def test_ray_gives_the_bytes_of_the_local_engine(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    source = make_folder(tmp_path / "texts", TEXTS)
    (source / "0003.txt").write_bytes(b"")
    in_new_process(__name__, "compare_engines", source, model, tmp_path)
    failures = [tmp_path / f"{name}.jsonl.run" / "failures.jsonl" for name in ("ray", "local")]
    assert failures[0].read_bytes() == failures[1].read_bytes() != b""


@needs_ray
def test_ray_survives_an_actor_that_is_killed(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    found = in_new_process(__name__, "read_what_kills_an_actor", model, tmp_path / "mark")
    assert json.loads(found.splitlines()[-1]) == list(range(12))  # Ray writes to stdout too


@needs_ray
@pytest.mark.parametrize("case", ["read_what_kills_every_actor", "load_what_is_not_there"])
def test_ray_ends_with_a_reason(tmp_path: Path, case: str) -> None:
    in_new_process(__name__, case, make_model(tmp_path / "tiny"))


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stance\[ray\]'"):
        list(run_ray(iter(()), Job("m", "jsonl"), 1, None))


def test_what_travels_is_handed_over_in_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    from stance.batch import ray_engine

    monkeypatch.setattr(ray_engine, "_WAVE_BYTES", 100)
    parts = [Part(n, (Item(str(n), "x" * 30), Item("file", Path("x")))) for n in range(10)]
    waves = list(ray_engine._waves(iter(parts)))
    assert [len(wave) for wave in waves] == [4, 4, 2]
    assert [part for wave in waves for part in wave] == parts
