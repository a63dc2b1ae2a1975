"""A multilingual sentence encoder made from an English one, without a hub.

The English teacher's layers are kept, its vocabulary is replaced by a multilingual one
(`training.vocabulary`), and the student learns to give a translation, and the English sentence
itself, the vector that the teacher gives the English sentence (Reimers and Gurevych 2020,
"Making monolingual sentence embeddings multilingual using knowledge distillation").
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, PreTrainedModel, PreTrainedTokenizerFast

from stance.errors import DataError
from training.model import load_encoder, packaged
from training.pairs import LANGUAGES, Pair
from training.retrieval import described, embed, retrieval
from training.vocabulary import CLS, MASK, PAD, SEP, UNK, starting_embeddings, train_tokenizer

Log = Callable[[str], None]


@dataclass(frozen=True)
class EncoderRecipe:
    """How an encoder is made. `samples` counts sentences seen.

    With `start`, a folder, training goes on from an encoder made before, with its vocabulary.
    """

    teacher: str = "all-MiniLM-L6-v2"
    start: str = ""
    languages: tuple[str, ...] = LANGUAGES
    vocabulary: int = 40_000
    max_tokens: int = 80
    samples: int = 260_000
    batch_size: int = 96
    english_share: float = 0.12
    learning_rate: float = 3e-4
    embedding_learning_rate: float = 1e-3
    warmup: float = 0.03
    weight_decay: float = 0.01
    temperature: float = 0.05
    seed: int = 0
    device: str = "cpu"
    checkpoint_every: int = 400


def load_teacher(name: str) -> tuple[Any, Tokenizer]:
    """The English encoder and its tokenizer: all-MiniLM-L6-v2 as packaged, or a folder."""
    name = packaged(name)
    tokenizer = _tokenizer(Path(name))
    model = load_encoder(name).eval()
    tokenizer.no_padding()
    return model, tokenizer


def train_encoder(
    pairs: Sequence[Pair],
    held_out: Sequence[Pair],
    output: Path,
    recipe: EncoderRecipe,
    log: Log,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Make an encoder from `pairs`, save it in `output`, and return its retrieval accuracies.

    `held_out` pairs are used for evaluation only. With `resume` the run goes on from the checkpoint
    in `output`; the recipe must be the one that wrote it.
    """
    torch.manual_seed(recipe.seed)
    output.mkdir(parents=True, exist_ok=True)
    device = torch.device(recipe.device)
    teacher, teacher_tokenizer = load_teacher(recipe.teacher)
    teacher_tokenizer.enable_truncation(recipe.max_tokens)
    teacher.to(device)
    checkpoint = output / "checkpoint.pt"
    if resume and not checkpoint.is_file():
        raise DataError(f"{checkpoint}: nothing to resume; run without --resume")
    if not resume and not recipe.start:
        made = train_tokenizer(_texts(pairs), recipe.vocabulary)
        made.save(str(output / "tokenizer.json"))
    tokenizer = _tokenizer(Path(recipe.start or output))
    log(f"vocabulary of {tokenizer.get_vocab_size()} pieces")
    student = _student(teacher, tokenizer.get_vocab_size())

    def measured(pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
        return retrieval(student, tokenizer, pairs, recipe.languages, recipe.max_tokens)

    if recipe.start and not resume:
        _copy_weights(recipe.start, student)
        log(f"starting encoder: {described(measured(held_out))}")
    elif not resume:
        rows = _starting_rows(pairs, tokenizer, teacher, teacher_tokenizer)
        student.get_input_embeddings().weight.data.copy_(torch.from_numpy(rows))
        log(f"starting embeddings: {described(measured(held_out))}")
    tokenizer.enable_truncation(recipe.max_tokens)
    student.to(device)

    embedding_weights = list(student.get_input_embeddings().parameters())
    known = {id(p) for p in embedding_weights}
    optimiser = torch.optim.AdamW(
        [
            {
                "params": [p for p in student.parameters() if id(p) not in known],
                "lr": recipe.learning_rate,
            },
            {"params": embedding_weights, "lr": recipe.embedding_learning_rate},
        ],
        weight_decay=recipe.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    steps = recipe.samples // recipe.batch_size
    warmup = max(1, int(recipe.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup))),
    )
    done = 0
    if resume:
        done = _restore(checkpoint, student, optimiser, schedule, recipe)
    began, running = time.monotonic(), 0.0
    student.train()
    for step, batch in enumerate(islice(_batches(pairs, recipe, steps), done, None), done + 1):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            with torch.no_grad():
                wanted = embed(teacher, teacher_tokenizer, [e for _, e in batch], device)
            given = embed(student, tokenizer, [t for t, _ in batch], device)
        loss = distillation_loss(given.float(), wanted.float(), recipe.temperature)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += loss.item()
        if step % 50 == 0:
            rate = (step - done) * recipe.batch_size / (time.monotonic() - began)
            left = (steps - step) * recipe.batch_size / rate / 60
            pace = f"{rate:.0f} sentences/s, {left:.0f} min left"
            log(f"step {step}/{steps} loss {running / 50:.4f} {pace}")
            running = 0.0
        if step % recipe.checkpoint_every == 0:
            _save_checkpoint(checkpoint, student, optimiser, schedule, step, recipe)
            log(f"step {step}: {described(measured(held_out[:1500]))}")
            student.train()
    accuracies = measured(held_out)
    log(described(accuracies))
    _save(student, tokenizer, output)
    checkpoint.unlink(missing_ok=True)
    return accuracies


def _student(teacher: Any, words: int) -> Any:
    """The teacher's layers over so many embeddings, which are still to be filled.

    No dropout: the targets are exact and a sample is hardly seen twice. On a CPU the plain
    attention trains half as fast again as the fused one (4 400 against 2 900 tokens/s).
    """
    config = copy.deepcopy(teacher.config)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    student = AutoModel.from_config(config, attn_implementation="eager")
    student.load_state_dict(teacher.state_dict())
    student.resize_token_embeddings(words, mean_resizing=False)
    return student


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected the folder of an encoder")
    return Tokenizer.from_file(str(path))


def _copy_weights(folder: str, student: nn.Module) -> None:
    try:
        student.load_state_dict(load_encoder(folder).state_dict())
    except RuntimeError as error:
        raise DataError(
            f"{folder}: layers unlike the teacher's ({str(error).splitlines()[-1].strip()}); "
            "start from an encoder that was made with this teacher"
        ) from None


def _starting_rows(
    pairs: Sequence[Pair], tokenizer: Tokenizer, teacher: Any, pieces: Tokenizer
) -> NDArray[np.float32]:
    english = {p.english: None for p in pairs}
    both = [(p.text, p.english) for p in pairs] + [(e, e) for e in english]
    known = teacher.get_input_embeddings().weight.detach().cpu().numpy()
    return starting_embeddings(both, tokenizer, pieces, known)


def distillation_loss(given: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """Squared error of the unit vectors plus in-batch contrast, both (n, width)."""
    given, wanted = functional.normalize(given), functional.normalize(wanted)
    squared = (given - wanted).pow(2).sum(dim=1).mean()
    logits = given @ wanted.T / temperature
    # Two rows of one English sentence are no negatives of each other.
    same = (wanted @ wanted.T) > 0.999
    same.fill_diagonal_(False)
    contrast = functional.cross_entropy(
        logits.masked_fill(same, float("-inf")), torch.arange(len(given), device=given.device)
    )
    return 2 * squared + 0.5 * contrast


def _batches(
    pairs: Sequence[Pair], recipe: EncoderRecipe, steps: int
) -> Iterator[list[tuple[str, str]]]:
    """Batches of (text, English), of like length within a bucket of 40 batches, in random order."""
    rng = random.Random(recipe.seed)  # noqa: S311
    made = 0
    while made < steps:
        order = list(range(len(pairs)))
        rng.shuffle(order)
        bucket_size = 40 * recipe.batch_size
        for begin in range(0, len(order) - recipe.batch_size, bucket_size):
            bucket = [
                (p.english if rng.random() < recipe.english_share else p.text, p.english)
                for p in (pairs[i] for i in order[begin : begin + bucket_size])
            ]
            bucket.sort(key=lambda pair: len(pair[1]))
            batches = [
                bucket[i : i + recipe.batch_size] for i in range(0, len(bucket), recipe.batch_size)
            ]
            rng.shuffle(batches)
            for batch in batches:
                if made == steps:
                    return
                if len(batch) == recipe.batch_size:
                    made += 1
                    yield batch


def _texts(pairs: Sequence[Pair]) -> Iterator[str]:
    yield from (p.text for p in pairs)
    yield from {p.english: None for p in pairs}


def _save_checkpoint(
    path: Path, student: nn.Module, optimiser: Any, schedule: Any, step: int, recipe: EncoderRecipe
) -> None:
    state = {
        "student": student.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
        "recipe": json.dumps(asdict(recipe)),
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def _restore(
    path: Path, student: nn.Module, optimiser: Any, schedule: Any, recipe: EncoderRecipe
) -> int:
    state = torch.load(path, weights_only=True)
    if state["recipe"] != json.dumps(asdict(recipe)):
        raise DataError(f"{path}: written by another recipe; give the same options")
    student.load_state_dict(state["student"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])


def _save(student: PreTrainedModel, tokenizer: Tokenizer, output: Path) -> None:
    student.half().save_pretrained(output)
    tokenizer.no_truncation()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNK,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
        model_max_length=512,
    ).save_pretrained(output)
