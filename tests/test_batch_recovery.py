"""What is finished survives kills, dead workers and full disks; resuming gives equal bytes."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest
from batch_case import (
    Deadly,
    DeadlyOnce,
    ExitsWhenSent,
    in_new_process,
    make_folder,
    make_model,
    make_texts,
    serial,
)

from stance.batch import Batch, run, runs
from stance.batch.checkpoint import COMPLETE, Settings, open_run
from stance.batch.local import run_local
from stance.batch.work import Finished, Item, Job, Part, Predictor
from stance.errors import StanceError

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
TEXTS = make_texts(30, seed=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, small parts."""
    monkeypatch.setattr(runs, "_engine", serial)
    monkeypatch.setattr(runs, "_PART_BYTES", (5000, 5000))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of 30 documents, of which one fails."""
    folder = make_folder(tmp_path / "texts", TEXTS)
    (folder / "0011.txt").write_bytes(b"")
    return folder


def result_of(output: Path) -> dict[str, bytes]:
    """All bytes of an output and of its list of failures."""
    files = sorted(output.iterdir()) if output.is_dir() else [output]
    files.append(output.with_name(output.name + ".run") / "failures.jsonl")
    return {file.name: file.read_bytes() for file in files}


def finished_parts(output: Path) -> int:
    folder = output.with_name(output.name + ".run") / "reports"
    return len(list(folder.iterdir())) if folder.exists() else 0


# Kills. They happen in a process of their own that forks: loading Python anew takes too long.


def kill_at_every_step(source: str, model: str, folder: str, suffix: str) -> None:
    """Kill a run before and after each time it touches the disk; resume; compare; print steps."""
    batch = Batch(Path(source), Path(folder) / f"out{suffix}", model=model, workers=1)
    runs._PART_BYTES = (14000, 14000)
    done = 0

    def counting(batch: Batch, job: Job, parts: Iterator[Part], workers: int) -> Iterator[Finished]:
        nonlocal done
        for finished in serial(batch, job, parts, workers):
            done += 1
            yield finished

    runs._engine = counting  # type: ignore[assignment]
    run(batch)
    undisturbed, all_parts = result_of(batch.output), done
    for step in count():
        shutil.rmtree(folder)
        Path(folder).mkdir()

        def run_until_killed(step: int = step) -> None:
            kill_at(step)
            run(batch)

        if not in_child(run_until_killed, deadly=True):
            assert result_of(batch.output) == undisturbed
            sys.stdout.write(str(step))
            return
        left = 0 if is_published(batch.output) else all_parts - finished_parts(batch.output)

        def resume(left: int = left) -> None:
            nonlocal done
            done = 0
            run(Batch(batch.source, batch.output, model=model, workers=1, resume=True))
            assert done == left, f"{done} parts done again, {left} were left"

        in_child(resume)
        assert result_of(batch.output) == undisturbed, f"step {step}"


def is_published(output: Path) -> bool:
    manifest = output.with_name(output.name + ".run") / "manifest.json"
    return manifest.exists() and json.loads(manifest.read_bytes())["state"] == COMPLETE


def kill_at(step: int) -> None:
    """From now on, the process is killed at the step-th moment before or after a system call."""
    moments = count()

    def wrapped(call: Callable[..., object]) -> Callable[..., object]:
        def one(*args: object, **named: object) -> object:
            if next(moments) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **named)
            if next(moments) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return one

    for name in ("fsync", "replace", "rename", "mkdir", "unlink", "rmdir"):
        setattr(os, name, wrapped(getattr(os, name)))


def in_child(work: Callable[[], object], *, deadly: bool = False) -> bool:
    """Do the work in a forked child; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0 or (deadly and status == -signal.SIGKILL), status
    return status != 0


def kill_at_random_moments(source: str, model: str, folder: str, kills: str) -> None:
    """Kill runs with real workers at random times, half of them with the workers; print times."""
    output = Path(folder) / "out.jsonl"
    batch = Batch(Path(source), output, model=model, workers=2, resume=True)
    runs._PART_BYTES = (2500, 2500)
    started = time.monotonic()
    in_child(lambda: run(batch))
    took = time.monotonic() - started
    undisturbed = result_of(output)
    shutil.rmtree(folder)
    draw, left, kept = random.Random(time.time()), int(kills), []
    while left:
        child = os.fork()
        if child == 0:
            os.setsid()
            run(batch)
            os._exit(0)
        time.sleep(draw.uniform(0.1, 1) * took)
        killed = os.waitpid(child, os.WNOHANG)[0] == 0
        if killed:
            (os.kill if left % 2 else os.killpg)(child, signal.SIGKILL)
            os.waitpid(child, 0)
            left -= 1
            kept.append(finished_parts(output))
        else:
            assert result_of(output) == undisturbed
            shutil.rmtree(folder)
    in_child(lambda: run(batch))
    assert result_of(output) == undisturbed
    sys.stdout.write(json.dumps(kept))


@needs_fork
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_kill_at_any_step_costs_nothing(
    tmp_path: Path, source: Path, model: Path, suffix: str
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    (tmp_path / "run").mkdir()
    steps = in_new_process(__name__, "kill_at_every_step", source, model, tmp_path / "run", suffix)
    assert int(steps) > 60


@needs_fork
def test_kills_at_20_random_moments_cost_nothing(tmp_path: Path, model: Path) -> None:
    source = make_folder(tmp_path / "texts", make_texts(60, seed=2))
    kept = json.loads(
        in_new_process(__name__, "kill_at_random_moments", source, model, tmp_path / "run", 20)
    )
    assert len(kept) == 20


# Workers that die.


def parts_of(texts: list[str], of: int = 3) -> list[Part]:
    items = [Item(str(number), text) for number, text in enumerate(texts)]
    return [Part(n // of, tuple(items[n : n + of])) for n in range(0, len(items), of)]


def by_number(results: Iterator[Finished]) -> dict[int, bytes]:
    return {one.number: one.data for one in results}


def test_a_worker_killed_from_outside_is_replaced(model: Path) -> None:
    job, parts = Job(str(model), "jsonl"), parts_of(TEXTS)
    alone = by_number(map(Predictor(job), parts))
    results = run_local(iter(parts), job, workers=2)
    first = next(results)
    killed = multiprocessing.active_children()[0]
    killed.kill()
    others = list(results)
    assert {one.number: one.data for one in (first, *others)} == alone
    assert not any(one.failures for one in others)
    assert not multiprocessing.active_children()


def test_a_document_that_kills_once_is_read_again(tmp_path: Path, model: Path) -> None:
    text = DeadlyOnce(f"{TEXTS[0]} {tmp_path / 'mark'}")
    job, parts = Job(str(model), "jsonl"), parts_of([*TEXTS[:7], text, *TEXTS[7:9]])
    results = by_number(run_local(iter(parts), job, workers=1))
    assert (tmp_path / "mark").exists()
    assert results == by_number(map(Predictor(job), parts))


def test_a_document_that_kills_twice_is_a_failure(model: Path) -> None:
    job, parts = Job(str(model), "jsonl"), parts_of([*TEXTS[:4], Deadly("a"), *TEXTS[4:9]])
    results = list(run_local(iter(parts), job, workers=2))
    failures = [failure for one in results for failure in one.failures]
    assert [failure.doc for failure in failures] == ["4"]
    assert "SIGKILL" in failures[0].reason
    read = {json.loads(line)["doc"] for one in results for line in one.data.splitlines()}
    assert read == {str(number) for number in range(10)} - {"4"}


def test_workers_that_cannot_start_end_the_run(model: Path) -> None:
    for job, message in (
        (Job("no-such-model", "jsonl"), "no model 'no-such-model'"),
        (Job(ExitsWhenSent(), "jsonl"), "died while starting .exit code 3."),
    ):
        with pytest.raises(StanceError, match=message):
            list(run_local(iter(parts_of(TEXTS)), job, workers=2))
        assert not multiprocessing.active_children()


def test_an_interrupt_ends_the_workers_and_keeps_what_is_finished(
    tmp_path: Path, model: Path
) -> None:
    source = make_folder(tmp_path / "texts", make_texts(400, seed=3))
    output = tmp_path / "out.jsonl"
    # Where the tests run in the background of a shell, children are born deaf to interrupts.
    code = """if True:
        import signal, typer
        from stance.batch import runs
        from stance.cli.batch import batch
        signal.signal(signal.SIGINT, signal.default_int_handler)
        runs._PART_BYTES = (2500, 2500)
        app = typer.Typer()
        app.command()(batch)
        app()"""
    arguments = [str(source), "-o", str(output), "-m", str(model), "--workers", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while not finished_parts(output) and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.startswith("stopped; what is finished is in"), errors
    assert finished_parts(output) > 0
    deadline = time.monotonic() + 20
    while is_alive(process.pid):
        assert time.monotonic() < deadline, "a worker is left"
        time.sleep(0.05)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# Full disks.


def refusal(batch: Batch) -> str:
    """Why the run failed; empty where it did not."""
    try:
        run(batch)
    except StanceError as error:
        return str(error)
    return ""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_full_disk_costs_nothing_finished(
    tmp_path: Path, source: Path, model: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The disk takes ever more writes before it is full: each attempt comes further."""
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    run(Batch(source, tmp_path / f"undisturbed{suffix}", model=str(model)))
    output = tmp_path / f"out{suffix}"
    fsync, room = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal room
        room -= 1
        if room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    kept = []
    for allowed in (0, 1, 2, 3, 5, 8, 13, 14, 15, 16, 17, 18, 100):
        room = allowed
        if reason := refusal(Batch(source, output, model=str(model), resume=True)):
            assert "No space left on device" in reason
            assert "--resume" in reason
            kept.append(finished_parts(output))
    assert len(kept) > 4
    assert kept == sorted(kept)
    found, undisturbed = result_of(output), result_of(tmp_path / f"undisturbed{suffix}")
    assert sorted(found.values()) == sorted(undisturbed.values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of so many bytes, which may be enlarged."""
    place = tmp_path / "disk"
    place.mkdir()

    def sized(size: int) -> Path:
        options = f"size={size}" + (",remount" if place.is_mount() else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("needs the right to mount a small file system")
        return place

    yield sized
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("quick")
def test_a_disk_that_is_really_full(
    tmp_path: Path, source: Path, model: Path, small_disk: Callable[[int], Path]
) -> None:
    run(Batch(source, tmp_path / "out.jsonl", model=str(model)))
    kept = []
    for size in range(16 << 10, 1 << 20, 16 << 10):
        output = small_disk(size) / "out.jsonl"
        reason = refusal(Batch(source, output, model=str(model), resume=True))
        if not reason:
            break
        assert "No space left" in reason
        kept.append(finished_parts(output))
    assert len(kept) > 3
    assert kept == sorted(kept)
    assert result_of(output) == result_of(tmp_path / "out.jsonl")


# What may be resumed.


def stop_after(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """From now on, runs end with an error after so many parts."""

    def stopping(batch: Batch, job: Job, todo: Iterator[Part], workers: int) -> Iterator[Finished]:
        for number, finished in enumerate(serial(batch, job, todo, workers)):
            if number == parts:
                raise StanceError("stopped")
            yield finished

    monkeypatch.setattr(runs, "_engine", stopping)


@pytest.mark.usefixtures("quick")
def test_resume_refuses_what_would_give_another_result(
    tmp_path: Path, source: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.jsonl"
    batch = Batch(source, output, model=str(model))
    with monkeypatch.context() as patched:
        stop_after(patched, 2)
        with pytest.raises(StanceError, match="stopped"):
            run(batch)
    with pytest.raises(StanceError, match="an unfinished run; go on with --resume"):
        run(batch)
    other = make_model(tmp_path / "other", seed=1)
    for changed, named in (
        (Batch(source, output, model=str(other), resume=True), "model 'tiny-0'.*'tiny-1'"),
        (Batch(source, output, model=str(model), limit=5, resume=True), "input_sha256"),
        (Batch(source, output, model=str(model), limit=1000, resume=True), "limit None.*1000"),
    ):
        with pytest.raises(StanceError, match=named):
            run(changed)
    (source / "0020.txt").write_text("It is changed.")
    with pytest.raises(StanceError, match="input_sha256"):
        run(Batch(source, output, model=str(model), resume=True))
    assert finished_parts(output) == 2
    assert not output.exists()


@pytest.mark.usefixtures("quick")
def test_a_model_of_the_same_name_with_other_weights_is_another(
    tmp_path: Path, source: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    batch = Batch(source, tmp_path / "out.jsonl", model=str(copy), resume=True)
    with monkeypatch.context() as patched:
        stop_after(patched, 1)
        with pytest.raises(StanceError, match="stopped"):
            run(batch)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "intercepts": [1.0] * 4}))
    with pytest.raises(StanceError, match="model_sha256"):
        run(batch)


@pytest.mark.usefixtures("quick")
def test_a_finished_run_is_not_done_again(tmp_path: Path, source: Path, model: Path) -> None:
    output = tmp_path / "out.jsonl"
    resumed = Batch(source, output, model=str(model), resume=True)
    first = run(resumed)
    before = result_of(output)
    assert run(resumed) == first
    assert result_of(output) == before
    with pytest.raises(StanceError, match="exists already"):
        run(Batch(source, output, model=str(model)))
    output.unlink()
    with pytest.raises(StanceError, match="moved or deleted"):
        run(resumed)
    run(Batch(source, output, model=str(model)))
    assert result_of(output) == before


def test_two_processes_never_work_on_one_run(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="no file locks on this system")
    settings = Settings("0", "m", "0", "0", 1, None, "jsonl", 1)
    with (
        open_run(tmp_path / "out.jsonl", settings, resume=False),
        pytest.raises(StanceError, match="another process"),
        open_run(tmp_path / "out.jsonl", settings, resume=True),
    ):
        pass


def never(*_: object) -> NoReturn:
    raise AssertionError("not to be called")


def test_a_name_that_is_taken_is_refused_before_any_work(
    tmp_path: Path, source: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_engine", never)
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(StanceError, match="exists already"):
        run(Batch(source, tmp_path / "out.csv", model=str(model)))
    assert (tmp_path / "out.csv").read_text() == "precious"
    for option in ("workers", "threads", "limit"):
        with pytest.raises(StanceError, match=f"{option} is 0; expected 1 or more"):
            run(Batch(source, tmp_path / "o.csv", model=str(model), **{option: 0}))  # type: ignore[arg-type]
