"""Fine-tuning and export on tiny encoders made here, of the shapes that users bring."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnxruntime import InferenceSession

pytest.importorskip("torch", reason="needs the extra 'train'")
pytest.importorskip("datasets", reason="needs the extra 'train'")

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    AutoModel,
    BertConfig,
    DebertaV2Config,
    ModernBertConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
)

import stance
from stance.classifiers.base import Classifier
from stance.classifiers.store import open_folder
from stance.classifiers.transformer import WEIGHTS, Transformer
from stance.cli.export import export
from stance.errors import DataError, ModelError
from training.average import average_models
from training.corpus import Example, read_examples
from training.encoder import EncoderRecipe, train_encoder
from training.evaluation.leakage import row_hash, training_rows, write_training_rows
from training.evaluation.unseen import markdown, unseen_sources
from training.export import KEPT_IN_FLOAT, Gate, export_model
from training.model import StanceModel
from training.onnx_graph import quantise, quantised_rows, to_onnx
from training.pairs import Pair
from training.soft_labels import SoftLabelRecipe, soft_label
from training.splits import Part
from training.trainer import (
    Collator,
    TransformerRecipe,
    grouped,
    layer_groups,
    positive_weights,
)
from training.transformer import train_transformer
from training.vocabulary import CLS, MASK, PAD, SEP, UNK, starting_embeddings, train_tokenizer

# Libraries that training stands on warn about each other's coming changes.
pytestmark = pytest.mark.filterwarnings("default")

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "pad_token_id": 0,
}
SHAPES = {
    "bert": (BertConfig, {}),
    "xlm-r": (XLMRobertaConfig, {"max_position_embeddings": 140}),
    "deberta": (DebertaV2Config, {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
    "modernbert": (ModernBertConfig, {"max_position_embeddings": 140}),
}
WORDS = {"condemns": "condemnation", "hails": "welcome", "backs": "support", "fears": "concern"}


def examples(count: int = 120) -> list[Example]:
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        word = rng.choice([*WORDS, "met", "met"])
        text = f"The council {word} the {rng.choice(['report', 'attack', 'plan'])} {number % 7}"
        labels = (WORDS[word],) if word in WORDS else ()
        made += [
            Example(str(number), text, labels, lang, str(number), f"d{number}")
            for lang in ("en", "xx")
        ]
    return made


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=train_tokenizer((e.text for e in examples()), 120),
        pad_token=PAD,
        unk_token=UNK,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
    )


def base_model(folder: Path, shape: str, tokenizer: PreTrainedTokenizerFast) -> Path:
    kind, more = SHAPES[shape]
    config: PretrainedConfig = kind(vocab_size=len(tokenizer), **SIZES, **more)
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("shape", SHAPES)
def test_any_encoder_is_fine_tuned_exported_and_loaded(
    shape: str, tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    base = base_model(tmp_path / "base", shape, tokenizer)
    recipe = TransformerRecipe(
        base_model=str(base), max_tokens=32, epochs=8, learning_rate=3e-3, evaluations=2
    )
    lines: list[str] = []
    given = examples()
    summary = train_transformer(given[40:], given[:40], tmp_path / "hub", recipe, lines.append)
    assert json.loads((tmp_path / "hub" / "config.json").read_text())["id2label"]["0"] == "concern"
    assert any("eval_macro_f1" in line for line in lines)
    gate = export_model(tmp_path / "hub", tmp_path / "model", given[:40], lines.append)
    assert gate.passed
    assert b"onnx_graph.py" not in (tmp_path / "model" / "model.onnx").read_bytes(), "no paths"
    model = stance.load(tmp_path / "model")
    assert isinstance(model, Transformer)
    scores = model.predict_proba(["The council condemns the attack", "x", ""])
    assert scores.shape == (3, 4)
    assert np.isfinite(scores).all()
    assert summary["languages"] == ["en", "xx"]
    words = "condemns " * 50
    assert model.predict([words])[0].truncated is False
    assert len(list(model._windows(list(range(100))))) > 5


def test_a_run_is_resumed_with_its_own_recipe_and_data_alone(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    base = base_model(tmp_path / "base", next(iter(SHAPES)), tokenizer)
    recipe = TransformerRecipe(base_model=str(base), max_tokens=32, epochs=2, evaluations=2)
    given, hub = examples(), tmp_path / "hub"
    train_transformer(given[40:], given[:40], hub, recipe, print)
    for train, other in ((given[41:], recipe), (given[40:], replace(recipe, seed=7))):
        with pytest.raises(DataError, match="written by another recipe or for other data"):
            train_transformer(train, given[:40], hub, other, print, resume=True)
    train_transformer(given[40:], given[:40], hub, recipe, print, resume=True)
    stale = hub / "checkpoints" / "checkpoint-99"
    stale.mkdir()
    train_transformer(given[40:], given[:40], hub, recipe, print)
    assert not stale.exists(), "a former run's checkpoint would be resumed"


class Sure(Classifier):
    """Knows one word, in English alone."""

    name = "sure"
    thresholds = (0.5,) * 4

    def scores(self, texts: Sequence[str]) -> NDArray[np.floating]:
        return np.array([[0.9 if "condemns" in t else 0.02, 0.0, 0.0, 0.0] for t in texts])


def test_soft_labels_reach_the_training_of_all_versions(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    pairs = [
        Pair("fr", "Le conseil condamne", "The council condemns"),
        Pair("es", "El consejo condena", "The council condemns"),
        *(Pair("fr", f"Séance {n}", f"Meeting {n}") for n in range(10)),
    ]
    file = tmp_path / "soft.jsonl"
    recipe = SoftLabelRecipe(versions=3, others=2.0)
    assert soft_label(pairs, [Sure(), Sure()], file, recipe, print) == 3
    rows = read_examples(file)
    told = {e.lang: e for e in rows if e.labels}
    assert set(told) == {"en", "fr", "es"}
    assert {e.probabilities for e in told.values()} == {(0.9, 0.0, 0.0, 0.0)}
    assert len({e.group for e in told.values()}) == 1

    (row,) = grouped(list(told.values()), tokenizer, TransformerRecipe(soft_weight=0.25))
    assert row["targets"] == [0.9, 0.0, 0.0, 0.0]
    assert row["weight"] == 0.25
    given = examples()
    alone = positive_weights(given, 0.5)
    assert torch.equal(positive_weights([*given, *rows], 0.5), alone)


def test_nothing_to_train_on_or_to_resume_is_an_error(tmp_path: Path) -> None:
    given, recipe = examples(10), TransformerRecipe(base_model=str(tmp_path / "never-read"))
    for parts in ((given, []), ([], given)):
        with pytest.raises(DataError, match="sentences to train on"):
            train_transformer(*parts, tmp_path / "made", recipe, print)
    with pytest.raises(DataError, match="nothing to resume"):
        train_transformer(given, given, tmp_path / "made", recipe, print, resume=True)


def test_nothing_to_label_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to label"):
        soft_label([], [Sure()], tmp_path / "soft.jsonl", SoftLabelRecipe(), print)
    assert not (tmp_path / "soft.jsonl").exists()


def test_windows_cover_every_token_and_overlap(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    model = Transformer.__new__(Transformer)
    model._room = 14
    for length in (0, 1, 13, 14, 15, 20, 21, 22, 100):
        windows = list(model._windows(list(range(length))))
        assert max(map(len, windows)) <= 14
        assert set().union(*windows) == set(range(length))
        assert all(set(a) & set(b) for a, b in pairwise(windows))


def test_the_gate_holds_both_bounds() -> None:
    assert Gate(0.99, 0.8, 0.796, 0.0).passed
    assert not Gate(0.989, 0.8, 0.8, 0.0).passed
    assert not Gate(1.0, 0.8, 0.794, 0.0).passed


@pytest.mark.parametrize("keep_float", KEPT_IN_FLOAT)
def test_graphs_hold_no_paths_however_much_stays_in_float(
    keep_float: tuple[str, ...], tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    base = base_model(tmp_path / "base", "bert", tokenizer)
    to_onnx(StanceModel.begin(str(base)), tmp_path / "exact.onnx", max_tokens=32)
    quantise(tmp_path / "exact.onnx", tmp_path / WEIGHTS, keep_float)
    assert b"onnx_graph.py" in (tmp_path / "exact.onnx").read_bytes(), "the exporter's own notes"
    assert b"onnx_graph.py" not in (tmp_path / WEIGHTS).read_bytes()
    tokens = {"input_ids": np.ones((1, 5), dtype=np.int64)}
    wanted, made = (
        InferenceSession(tmp_path / name).run(None, tokens)[0] for name in ("exact.onnx", WEIGHTS)
    )
    assert np.allclose(wanted, made, atol=0.1)


def test_quantised_rows_are_near_the_table() -> None:
    table = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    rows, scales = quantised_rows(table)
    assert rows.dtype == np.int8
    assert np.abs(rows * scales - table).max() <= scales.max() / 2 + 1e-6


def test_translations_of_a_sentence_are_paired() -> None:
    collate = Collator(pad=0, translations=2, seed=0)
    item = {"versions": [[1, 2], [3], [4, 5, 6]], "targets": [1.0, 0, 0, 0], "weight": 0.5}
    alone = {"versions": [[7]], "targets": [0.0] * 4, "weight": 1.0}
    batch = collate([item, alone])
    assert batch["input_ids"].shape[0] == 3
    assert batch["pairs"].tolist() == [[0, 1]]
    assert batch["weights"].tolist() == [0.5, 0.5, 1.0]


def test_lower_layers_learn_more_slowly(tmp_path: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    model = AutoModel.from_pretrained(base_model(tmp_path, "bert", tokenizer))
    groups = layer_groups(model, TransformerRecipe(learning_rate=1.0, layer_decay=0.5))
    assert [g["lr"] for g in groups] == [
        1.0,
        0.5,
        0.25,
        0.125,
    ]  # pooler, layers 1 and 0, embeddings
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))


def test_a_folder_that_is_no_fine_tuned_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="stance train transformer"):
        export_model(tmp_path, tmp_path / "out", examples(), print)
    recipe = TransformerRecipe(base_model=str(tmp_path / "none"))
    with pytest.raises(DataError, match="cannot be loaded"):
        train_transformer(examples(), examples(), tmp_path / "out", recipe, print)


def test_an_encoder_comes_nearer_to_its_teacher_and_resumes(tmp_path: Path) -> None:
    tokenizer = train_tokenizer((e.text for e in examples()), 120)
    teacher = base_model(
        tmp_path / "teacher", "bert", PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    )
    texts = sorted({e.text for e in examples()})
    pairs = [Pair("fr", text.upper().replace("THE", "LE"), text) for text in texts]
    recipe = EncoderRecipe(
        teacher=str(teacher),
        languages=("fr",),
        vocabulary=100,
        samples=800,
        batch_size=16,
        checkpoint_every=20,
    )
    lines: list[str] = []
    accuracies = train_encoder(pairs[10:], pairs[:10], tmp_path / "made", recipe, lines.append)
    assert set(accuracies["fr"]) == {"to_english", "from_english"}
    assert AutoModel.from_pretrained(tmp_path / "made").config.vocab_size <= 100
    losses = [float(line.split()[3]) for line in lines if " loss " in line]
    assert losses == sorted(losses, reverse=True)
    with pytest.raises(DataError, match="nothing to resume"):
        train_encoder(pairs, pairs[:5], tmp_path / "made", recipe, lines.append, resume=True)

    nowhere = replace(recipe, start=str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"nowhere/tokenizer\.json: no such file"):
        train_encoder(pairs, pairs[:5], tmp_path / "more", nowhere, lines.append)
    more = replace(recipe, start=str(tmp_path / "made"), learning_rate=3e-5)
    lines.clear()
    train_encoder(pairs[10:], pairs[:10], tmp_path / "more", more, lines.append)
    first = next(float(line.split()[3]) for line in lines if " loss " in line)
    assert first < losses[0], "goes on from the first encoder, not from the starting embeddings"


def word_tokenizer(texts: list[str]) -> Tokenizer:
    words = [PAD, UNK, *sorted({word for text in texts for word in text.split()})]
    made = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token=UNK))
    made.pre_tokenizer = Whitespace()
    return made


def test_a_piece_starts_from_the_pieces_it_goes_with() -> None:
    french = ["paix guerre", "paix", "guerre", "paix traité", "traité"]
    english = ["peace war", "peace", "war", "peace treaty", "treaty"]
    new, old = word_tokenizer([*french, "seul"]), word_tokenizer(english)
    table = np.random.default_rng(0).normal(size=(old.get_vocab_size(), 6)).astype(np.float32)
    start = starting_embeddings(list(zip(french, english, strict=True)), new, old, table, top=1)
    for piece, partner in (("paix", "peace"), ("guerre", "war"), ("traité", "treaty")):
        expected = table[old.token_to_id(partner)]
        np.testing.assert_allclose(start[new.token_to_id(piece)], expected, rtol=1e-5)
    np.testing.assert_allclose(start[new.token_to_id("seul")], table.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(start[new.token_to_id(PAD)], table[old.token_to_id(PAD)])


def test_a_gate_that_cannot_be_passed_writes_nothing(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = base_model(tmp_path / "base", "bert", tokenizer)
    recipe = TransformerRecipe(base_model=str(base), max_tokens=16, epochs=0.2, evaluations=1)
    train_transformer(examples(30), examples(30), tmp_path / "hub", recipe, lambda _: None)
    monkeypatch.setattr(Gate, "passed", property(lambda _: False))
    with pytest.raises(ModelError, match="nothing was written"):
        export_model(tmp_path / "hub", tmp_path / "model", examples(30), lambda _: None)
    assert not (tmp_path / "model").exists()


def test_export_does_not_calibrate_on_training_sentences(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("text,labels\nWe met.,\n", encoding="utf-8")
    write_training_rows(tmp_path, [Example("a", "we met", ())])
    with pytest.raises(DataError, match="trained on all of the data"):
        export(tmp_path, tmp_path / "made", [tmp_path / "my.csv"])


def test_an_average_lies_between_its_models(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    base = base_model(tmp_path / "base", "bert", tokenizer)
    given = examples()
    for seed in (0, 1):
        recipe = TransformerRecipe(str(base), max_tokens=32, epochs=1, evaluations=1, seed=seed)
        train_transformer(given[40:], given[:40], tmp_path / f"{seed}", recipe, print)
    average_models([tmp_path / "0", tmp_path / "1"], tmp_path / "mean")
    weights = [StanceModel.load(tmp_path / name).head.weight for name in ("0", "1", "mean")]
    assert not torch.equal(weights[0], weights[1])
    torch.testing.assert_close(weights[2], ((weights[0] + weights[1]) / 2).half().float())
    stored = load_file(tmp_path / "mean" / "model.safetensors").values()
    assert {tensor.dtype for tensor in stored} == {torch.float16}
    assert json.loads((tmp_path / "mean" / "stance.json").read_text())["seeds"] == [0, 1]
    (tmp_path / "1" / "training_rows.txt").rename(tmp_path / "rows")
    with pytest.raises(DataError, match=r"1/training_rows\.txt: no such file"):
        average_models([tmp_path / "0", tmp_path / "1"], tmp_path / "alone")
    with pytest.raises(DataError, match="two or more"):
        average_models([tmp_path / "0"], tmp_path / "alone")
    other = base_model(tmp_path / "other", "xlm-r", tokenizer)
    recipe = TransformerRecipe(str(other), max_tokens=32, epochs=1, evaluations=1)
    train_transformer(given[40:], given[:40], tmp_path / "unlike", recipe, print)
    with pytest.raises(DataError, match="differs"):
        average_models([tmp_path / "0", tmp_path / "unlike"], tmp_path / "alone")


def test_a_source_is_scored_by_models_that_never_saw_it(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    base = base_model(tmp_path / "base", "bert", tokenizer)
    recipe = TransformerRecipe(base_model=str(base), max_tokens=32, epochs=1, evaluations=1)
    given = [
        replace(e, source="letters" if number % 4 else "press", text=f"{e.text} No {number}")
        for number, e in enumerate(examples(count=300))
        if e.lang == "en"
    ]
    letter = next(e for e in given if e.source == "letters")
    given.append(replace(letter, id="copy", source="press"))
    held_out = {e.id for e in given[:12]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.splits.held_out_ids", lambda part, _: held_out_of(part, held_out))
        found = unseen_sources(given, [["press"]], recipe, tmp_path / "work")
        with pytest.raises(DataError, match="no source 'radio'; found letters, press"):
            unseen_sources(given, [["radio"]], recipe, tmp_path / "work")
        trained = tmp_path / "base" / "training_rows.txt"
        trained.write_text("\n".join(row_hash(e.text) for e in given))
        with pytest.raises(DataError, match="press: every sentence also stands in"):
            unseen_sources(given, [["press"]], recipe, tmp_path / "again")
    assert [u.model for u in found] == ["rules", "baseline", "transformer"]
    press = [e for e in given if e.source == "press" and e.id != "copy"]
    assert {u.sentences for u in found} == {len(press)}, "the copy of a letter is left out"
    texts = {row_hash(e.text) for e in press}
    for model in ("baseline", "transformer"):
        rows = training_rows(open_folder(tmp_path / "work" / "press" / model))
        assert rows is not None
        letters = {row_hash(e.text) for e in given if e.source == "letters"}
        assert rows <= letters
        assert not rows & texts
    assert "| mean of sources | | baseline |" in markdown(found)


def held_out_of(part: Part, ids: set[str]) -> frozenset[str]:
    return frozenset(ids if part is Part.VALIDATION else ())
