"""Evaluating models on files: refusals, missing models, the formats, the command, the card."""

import json
import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("sklearn")

from stance.classifiers.store import MANIFEST, ModelFolder, find, open_folder
from stance.cli.app import app
from stance.errors import DataError, ModelError
from stance.labels import STANCES
from training.baseline import BaselineRecipe, train_baseline
from training.corpus import read_examples
from training.evaluation import cards, formats, page, peers
from training.evaluation.leakage import TRAINING_ROWS, training_rows
from training.evaluation.plan import Plan, models_and_data, read_recipe
from training.evaluation.run import evaluate
from training.splits import Part, held_out_ids

WORDS = {
    "concern": ("worried", "inquiets"),
    "condemnation": ("outraged", "scandalisés"),
    "support": ("committed", "engagés"),
    "welcome": ("pleased", "ravis"),
    "": ("informed", "informés"),
}
RECIPES = peers.Path(__file__).parents[1] / "training" / "recipes"


def rows(first, last, ids=None):
    """Sentences in two languages, each a document, and as many again in one language."""
    for number in range(first, last):
        for label, (english, french) in WORDS.items():
            labels = [label] if label else []
            texts = {
                "en": f"We are {english} about case {number}.",
                "fr": f"Nous sommes {french} du cas {number}.",
            }
            identity = next(ids) if ids else f"{label}{number}"
            yield {"id": identity, "text": texts, "labels": labels, "explicit": labels}
            alone = f"The letter {number} says that they are {english}."
            identity = next(ids) if ids else f"{label}{number}n"
            yield {"id": identity, "text": alone, "lang": "en", "labels": labels}


def write(path, some):
    path.write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    return path


def quiet(line):
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    write(folder / "train.jsonl", rows(0, 12))
    write(folder / "unseen.jsonl", rows(100, 106))
    recipe = BaselineRecipe(bits=12, folds=2)
    train_baseline(read_examples(folder / "train.jsonl"), folder / "model", recipe, quiet)
    return folder


@pytest.fixture(scope="module")
def plan(folder):
    model = str(folder / "model")
    return Plan(("majority", "rules", model), (folder / "unseen.jsonl",), against=model)


@pytest.fixture(scope="module")
def report(plan):
    return evaluate(plan, quiet)


def test_models_stand_side_by_side_on_both_sets(report):
    assert [model.name for model in report.models] == ["majority", "rules", "model"]
    majority, rules, model = report.models
    for scores in model.sets.values():
        assert scores.macro_f1.value > 0.9
    assert set(model.sets) == {"translated", "native"}
    assert model.sets["translated"].sentences == 60
    assert model.sets["native"].sentences == 30
    assert set(model.sets["translated"].languages) == {"en", "fr"}
    assert majority.sets["native"].macro_f1.value == 0
    assert majority.sets["native"].exact == pytest.approx(1 / 5)
    assert rules.sets["native"].agreement is None
    assert model.sets["translated"].agreement.groups == 30


def test_every_other_model_is_tested_against_the_one_named(report):
    assert [(t.model, t.against, t.set) for t in report.tests] == [
        (model, "model", name)
        for model in ("majority", "rules")
        for name in ("translated", "native")
    ]
    assert all(test.result.p < 0.05 for test in report.tests)
    assert all(test.result.difference.high < 0 for test in report.tests)


def test_folders_of_one_name_are_told_apart(folder, tmp_path):
    other = tmp_path / "model"
    shutil.copytree(folder / "model", other)
    names = (str(folder / "model"), str(other))
    found = evaluate(Plan(names, (folder / "unseen.jsonl",), against=names[1]), quiet)
    assert tuple(model.name for model in found.models) == names
    assert [(test.model, test.against, test.result.p) for test in found.tests] == 2 * [(*names, 1)]


def test_two_runs_with_a_seed_give_the_same_report(plan, report):
    assert evaluate(plan, quiet).to_json() == report.to_json()


def test_training_sentences_are_refused(folder):
    model = str(folder / "model")
    with pytest.raises(DataError, match=r"model: trained on 180 of the sentences .*--part"):
        evaluate(Plan((model,), (folder / "train.jsonl",)), quiet)
    mixed = write(folder / "mixed.jsonl", [*rows(100, 104), *rows(3, 4)])
    with pytest.raises(DataError, match="trained on 15 of the sentences"):
        evaluate(Plan((model,), (mixed,)), quiet)


def test_a_held_out_part_takes_its_ids_alone(folder):
    test_ids = iter(sorted(held_out_ids(Part.TEST)))
    held_out = list(rows(200, 203, test_ids))
    data = write(folder / "parts.jsonl", [*rows(0, 5), *held_out])
    found = evaluate(Plan((str(folder / "model"),), (data,), part="test"), quiet)
    assert found.sentences == 3 * 5 * 3
    with pytest.raises(DataError, match="no sentence of the validation part"):
        evaluate(Plan(("rules",), (data,), part="validation"), quiet)
    with pytest.raises(DataError, match="'train'; expected validation or test"):
        Plan(("rules",), (data,), part="train")


def test_a_held_out_part_does_not_hide_training_sentences(folder):
    ids = iter(sorted(held_out_ids(Part.TEST)))
    data = write(folder / "leak.jsonl", rows(0, 2, ids))
    with pytest.raises(DataError, match="train without them"):
        evaluate(Plan((str(folder / "model"),), (data,), part="test"), quiet)


def test_a_cascade_was_trained_on_what_its_models_were(folder, tmp_path):
    shutil.copytree(folder / "model", tmp_path / "first")
    shutil.copytree(folder / "model", tmp_path / "second")
    (tmp_path / "second" / TRAINING_ROWS).write_text("abc\n")
    manifest = json.loads((tmp_path / "second" / MANIFEST).read_text())
    del manifest["files"][TRAINING_ROWS]
    (tmp_path / "second" / MANIFEST).write_text(json.dumps(manifest))
    cascade = ModelFolder(tmp_path / "cascade", {"models": ["first", "second"]})
    first = training_rows(ModelFolder(tmp_path / "first", {}))
    assert len(first) == 180
    assert training_rows(cascade) == first | {"abc"}
    manifest["files"].pop(TRAINING_ROWS, None)
    (tmp_path / "second" / TRAINING_ROWS).unlink()
    assert training_rows(cascade) is None


def test_missing_models_are_errors_unless_a_plan_skips_them(folder):
    data = (folder / "unseen.jsonl",)
    with pytest.raises(ModelError, match="no model 'absent'"):
        evaluate(Plan(("rules", "absent"), data), quiet)
    found = evaluate(Plan(("rules", "absent"), data, against="absent", skip_missing=True), quiet)
    assert list(found.missing) == ["absent"]
    assert [model.name for model in found.models] == ["rules"]
    assert "absent" in formats.as_markdown(found)


def test_a_peer_that_reads_english_is_scored_on_english(folder, monkeypatch):
    def train(examples, seed):
        assert {e.lang for e in examples} == {"en"}
        known = {word: i for i, (word, _) in enumerate(WORDS.values()) if i < len(STANCES)}
        return lambda texts: np.asarray(
            [[9.0 if known.get(w) == i else -9.0 for i in range(4)] for w in map(_feeling, texts)]
        )

    monkeypatch.setitem(peers.PEERS, "english", peers.PeerKind(train, frozenset({"en"})))
    with pytest.raises(DataError, match="english is trained on the training part first"):
        evaluate(Plan(("english",), (folder / "unseen.jsonl",)), quiet)
    ids = [iter(sorted(held_out_ids(part))) for part in (Part.VALIDATION, Part.TEST)]
    data = write(
        folder / "peers.jsonl", [*rows(0, 4), *rows(10, 14, ids[0]), *rows(20, 24, ids[1])]
    )
    plan = Plan(("english", "rules"), (data,), part="test", against="rules")
    found = evaluate(plan, quiet)
    english = found.models[0]
    assert english.languages == ("en",)
    assert set(english.sets["translated"].languages) == {"en"}
    assert english.sets["translated"].macro_f1.value == 1
    assert found.tests[0].languages == ("en",)
    # Its mean over one language is not put beside means over all.
    summary = [
        line for line in formats.as_text(found).splitlines() if line.startswith("translated")
    ]
    assert "english (en)" in summary[0]
    assert "1.000" not in summary[0]


def _feeling(text):
    return next(w for w in re.findall(r"[a-z]+", text) if w in {e for e, _ in WORDS.values()})


def test_seeds_of_a_recipe_give_mean_and_deviation(folder):
    model = str(folder / "model")
    plan = Plan(
        ("rules",),
        (folder / "unseen.jsonl",),
        seeds={"linear": (model, model, "gone")},
        skip_missing=True,
    )
    found = evaluate(plan, quiet)
    assert {(s.name, s.set, s.seeds) for s in found.spreads} == {
        ("linear", "translated", 2),
        ("linear", "native", 2),
    }
    assert all(s.deviation == 0 and s.mean > 0.9 for s in found.spreads)
    assert list(found.missing) == ["gone"]


def test_nothing_to_evaluate_on_is_an_error():
    with pytest.raises(DataError, match="name data files or folders, or --challenge"):
        evaluate(Plan(("rules",)), quiet)


def test_arguments_are_told_apart(folder):
    model, data = str(folder / "model"), str(folder)
    found = models_and_data(["rules", model, "gone", data, "x.csv", "y.jsonl.xz", "fasttext"])
    assert found[0] == ("rules", model, "gone", "fasttext")
    assert [str(path) for path in found[1]] == [data, "x.csv", "y.jsonl.xz"]


def test_recipes_are_checked(tmp_path):
    path = tmp_path / "recipe.toml"
    for text, message in [
        ("models = 'rules'", "models is 'rules'; expected a value of type list"),
        ("modells = ['rules']", "unknown key 'modells'; expected models, part"),
        ("models = [", "cannot be read as a recipe"),
        ("closing = 'gone.md'", "cannot be read as a recipe"),
    ]:
        path.write_text(text)
        with pytest.raises(DataError, match=re.escape(message)):
            read_recipe(path, ())
    (tmp_path / "end.md").write_text("## Errors read\n")
    path.write_text("models = ['rules']\nclosing = 'end.md'\nseed = 3")
    plan = read_recipe(path, ())
    assert (plan.models, plan.closing, plan.seed) == (("rules",), "## Errors read\n", 3)


def test_the_committed_recipe_is_readable():
    plan = read_recipe(RECIPES / "results.toml", ())
    trained = {"baseline", "multilingual", "cascade"}
    assert {"majority", "rules", "vectors:probe-encoder", *trained, *peers.PEERS} == set(
        plan.models
    )
    assert plan.part == "test"


def test_json_is_strict_and_rounded(report):
    def refuse(name):
        raise AssertionError(name)

    found = json.loads(report.to_json(), parse_constant=refuse)
    model = found["models"][2]["sets"]["native"]
    assert model["labels"]["concern"]["f1"]["value"] == pytest.approx(1, abs=0.2)
    assert found["models"][0]["sets"]["native"]["labels"]["concern"]["precision"]["value"] is None


def test_text_and_markdown_hold_every_table(report):
    text, markdown = formats.as_text(report), formats.as_markdown(report)
    for table in formats.all_tables(report):
        assert table.title.upper() in text
        assert f"## {table.title}" in markdown
    assert "nan" not in text + markdown
    for block in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1


def test_markdown_marks_in_names_are_escaped():
    table = formats.Table("a|b", ("x",), (("<b>|*[l](u)*",),))
    assert "| \\<b\\>\\|\\*[l]\\(u)\\* |" in formats.markdown_table(table)


def test_the_page_escapes_what_it_is_given(folder, tmp_path):
    bad = '<img src=x onerror="alert(1)">&'
    shutil.copytree(folder / "model", tmp_path / bad.replace("/", ""))
    data = list(rows(100, 102))
    for row in data:
        row["source"] = bad
    write(tmp_path / "data.jsonl", data)
    plan = Plan(
        (str(tmp_path / bad),),
        (tmp_path / "data.jsonl",),
        title=bad,
        introduction=f"{bad}\n\n{bad}",
    )
    html = page.as_html(evaluate(plan, quiet))
    assert "<img" not in html
    assert "&lt;img" in html
    # Well formed as XML, but for the doctype and the two void <meta> elements.
    body = re.sub(r"<!DOCTYPE html>|<meta[^>]*>", "", html)
    root = ElementTree.fromstring(body)
    assert root.attrib == {"lang": "en", "dir": "ltr"}
    assert root.find("head/title").text == bad
    assert "http" not in html
    assert "<script" not in html


def test_the_page_draws_every_plot(report):
    html = page.as_html(report)
    root = ElementTree.fromstring(re.sub(r"<!DOCTYPE html>|<meta[^>]*>", "", html))
    plots = [svg.get("aria-label") for svg in root.iter("svg") if svg.get("role") == "img"]
    per_set = ["Macro-F1 by language", *3 * STANCES, "majority", "rules", "model"]
    assert plots == 2 * per_set
    assert "NaN" not in html
    assert "nan" not in html


def run(*arguments):
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_the_command_prints_and_writes(folder, tmp_path):
    model, data = folder / "model", folder / "unseen.jsonl"
    shown = run(model, "rules", data, "-o", tmp_path / "out", "-f", "json", "--seed", 1)
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["seed"] == 1
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert set(written) == {"results.json", "results.md", "results.html"}
    assert written["results.json"] == shown.stdout
    assert "model: labelling" in shown.stderr


def test_the_command_reads_a_recipe(folder, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("models = ['rules', 'gone']\ntitle = 'Mine'")
    shown = run(folder / "unseen.jsonl", "--recipe", recipe, "-f", "markdown")
    assert shown.stdout.startswith("# Mine\n")
    assert "## Missing" in shown.stdout
    assert run("rules", folder / "unseen.jsonl", "--recipe", recipe).exit_code == 2


def test_the_command_needs_a_model(folder):
    assert run(folder / "unseen.jsonl").exit_code == 2
    assert run("rules", folder / "unseen.jsonl", "--part", "train").exit_code == 2


def test_cards_are_complete_and_leave_the_model_loadable(folder, tmp_path):
    yaml = pytest.importorskip("yaml")
    shutil.copytree(folder / "model", tmp_path / "baseline")
    plan = Plan(("rules", str(tmp_path / "baseline")), (folder / "unseen.jsonl",), challenge=True)
    found = evaluate(plan, quiet)
    cards.write_cards(plan, found)
    card = (tmp_path / "baseline" / "README.md").read_text()
    header = yaml.safe_load(card.split("---\n")[1])
    assert header["license"] == "apache-2.0"
    assert header["pipeline_tag"] == "text-classification"
    assert header["language"] == ["en", "fr"]
    assert header["model-index"][0]["results"][0]["metrics"][0]["value"] > 0.9
    for heading in (
        "# baseline-1",
        "## Use",
        "## Intended use",
        "## Data and terms",
        "## Recipe",
        "### Translated sentences by label",
        "### Native sentences by language",
        "### Native sentences by label and language",
        "## Challenge sets and biases",
        "Bias towards names: in",
        "## Limits",
    ):
        assert heading in card, heading
    assert "CC BY-NC-SA" in card
    assert str(tmp_path) not in card.replace(f'"{tmp_path}', "")
    metrics = json.loads((tmp_path / "baseline" / "metrics.json").read_text())
    assert [model["name"] for model in metrics["models"]] == ["baseline"]
    manifest = open_folder(find(tmp_path / "baseline")).manifest
    assert set(manifest["metrics"]) == {"un", "native"}
    again = evaluate(plan, quiet)
    cards.write_cards(plan, again)
    assert (tmp_path / "baseline" / "README.md").read_text() == card


def test_the_hub_reads_the_header(folder, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    shutil.copytree(folder / "model", tmp_path / "mine")
    plan = Plan((str(tmp_path / "mine"),), (folder / "unseen.jsonl",))
    cards.write_cards(plan, evaluate(plan, quiet))
    data = hub.ModelCard.load(tmp_path / "mine" / "README.md").data
    assert data.license == "apache-2.0"
    assert {result.metric_type for result in data.eval_results} == {"f1"}
