"""The report in a real browser: chromium, driven over the WebDriver protocol."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence
from stance.report import write_report

DOCUMENTS = Path(__file__).parents[1] / "seeds" / "documents"

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


class Browser:
    """As much of WebDriver (https://www.w3.org/TR/webdriver2/) as the tests need."""

    def __init__(self, address: str, options: list[str]) -> None:
        self._address = address
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": CHROMIUM, "args": options},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        found = self._send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._address += f"/session/{found['sessionId']}"

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, method=method)
        with urllib.request.urlopen(request, timeout=290) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path) -> None:
        self._send("POST", "/url", {"url": page.as_uri()})

    def run(self, script: str) -> Any:
        """What a JavaScript function body returns in the page."""
        return self._send("POST", "/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        query = {"using": "css selector", "value": selector}
        (element,) = self._send("POST", "/element", query).values()
        self._send("POST", f"/element/{element}/click", {})

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def complaints(self) -> list[Any]:
        """What the browser logged: errors, refused loads."""
        return list(self._send("POST", "/se/log", {"type": "browser"}))

    def size(self, width: int, height: int) -> None:
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def scheme(self, name: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": name}
        self.devtools("Emulation.setEmulatedMedia", features=[feature])

    def close(self) -> None:
        self._send("DELETE", "")


@pytest.fixture(scope="module")
def driver() -> Iterator[str]:
    if not CHROMIUM or not DRIVER:
        pytest.skip("no browser: needs chromium and chromedriver (Debian: chromium-driver)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as trial:
                if not trial.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser(driver: str) -> Iterator[Browser]:
    # Chromium's own sandbox does not start under root, as in many containers.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    opened = Browser(driver, ["--headless=new", "--disable-gpu", "--hide-scrollbars", *alone])
    yield opened
    opened.close()


def made_up() -> list[Prediction]:
    """Predictions of the seed documents, with their expected labels and made-up probabilities."""
    found = []
    for path in sorted(p for p in DOCUMENTS.iterdir() if p.suffix != ".jsonl"):
        lines = path.with_name(f"{path.stem}.expected.jsonl").read_text(encoding="utf-8")
        language = path.stem[-2:]
        start = 0
        for number, line in enumerate(lines.splitlines()):
            row = json.loads(line)
            text, labels = row["text"], tuple(row["labels"])
            kind, page = Kind(row["kind"]), 1 + number // 15
            sentence = Sentence(start, start + len(text), text, kind, language, page)
            scores = tuple(0.8 if stance in labels else 0.1 for stance in STANCES)
            found.append(Prediction(path.name, number, sentence, scores, labels, "made-up-1"))
            start = sentence.end + (2 if number % 3 == 2 else 1)
    return found


PREDICTIONS = made_up()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "six.html"
    write_report(PREDICTIONS, path)
    return path


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.size(1200, 1000)
    browser.scheme("light")
    browser.open(page)
    return browser


SHOWN = """
    const shown = Array.from(document.querySelectorAll(".s")).filter((s) => s.checkVisibility());
    return shown.map((s) => s.textContent);
"""


def choose(browser: Browser, script: str) -> list[str]:
    """Change the filter's form by a script, as a user would; the sentences that are shown then."""
    browser.run(
        f"const form = document.getElementById('filter'); {script};"
        "form.dispatchEvent(new Event('input'));"
        "return new Promise((done) => setTimeout(done, 400));"
    )
    return list(browser.run(SHOWN))


def test_the_page_opens_without_complaint(opened: Browser) -> None:
    assert opened.complaints() == []
    assert opened.run(SHOWN) == [p.text for p in PREDICTIONS]
    assert not opened.run("return document.getElementById('filter').hidden")


@pytest.mark.parametrize("width", [360, 800, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_in_both_schemes(opened: Browser, width: int, scheme: str) -> None:
    opened.size(width, 900)
    opened.scheme(scheme)
    assert opened.run("return document.documentElement.scrollWidth") <= width
    assert opened.run(
        "const spans = Array.from(document.querySelectorAll('.s'));"
        "return spans.every((s) => s.getBoundingClientRect().right <= innerWidth + 1);"
    )
    colour = opened.run("return getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour)[:3])) > 380) == (scheme == "light")


def test_arabic_runs_from_the_right(opened: Browser) -> None:
    direction, from_right, from_left = opened.run(
        "const s = document.querySelector('.s[lang=ar]');"
        "const text = s.getClientRects()[0], box = s.closest('.b').getBoundingClientRect();"
        "return [getComputedStyle(s).direction, box.right - text.right, text.left - box.left];"
    )
    assert direction == "rtl"
    assert from_right < 1 < 100 < from_left


@pytest.mark.parametrize(
    ("script", "fits"),
    [
        ("form.querySelector('[value=concern]').checked = true", lambda p: "concern" in p.labels),
        (
            "for (const one of ['support', 'none'])"
            " form.querySelector(`[value=${one}]`).checked = true",
            lambda p: not p.labels or "support" in p.labels,
        ),
        ("form.lang.value = 'zh'", lambda p: p.sentence.language == "zh"),
        ("form.kind.value = 'heading'", lambda p: p.sentence.kind is Kind.HEADING),
        ("form.document.value = 'd4'", lambda p: p.doc == "resolution-en.txt"),
        ("form.words.value = ' DEPLORE '", lambda p: "deplore" in p.text.lower()),
        (
            "form.lang.value = 'ru'; form.querySelector('[value=welcome]').checked = true",
            lambda p: p.sentence.language == "ru" and "welcome" in p.labels,
        ),
    ],
)
def test_filters(opened: Browser, script: str, fits: Callable[[Prediction], bool]) -> None:
    expected = [p.text for p in PREDICTIONS if fits(p)]
    assert choose(opened, script) == expected
    count = opened.run("return document.querySelector('output').textContent")
    assert count == f"{len(expected)} of {len(PREDICTIONS)} sentences"
    opened.run("document.querySelector('[type=reset]').click()")
    assert choose(opened, "") == [p.text for p in PREDICTIONS]


def test_the_tags_of_a_hidden_sentence_are_hidden(opened: Browser) -> None:
    choose(opened, "form.querySelector('[value=support]').checked = true")
    tags = opened.run(
        "return Array.from(document.querySelectorAll('.why'))"
        ".filter((w) => w.checkVisibility()).length"
    )
    assert tags == sum("support" in p.labels for p in PREDICTIONS)


def test_probabilities_are_shown_for_what_has_the_focus_or_the_pointer(opened: Browser) -> None:
    status = "return document.getElementById('status').textContent"
    opened.run("document.querySelector('.why summary').focus()")
    first = next(p for p in PREDICTIONS if p.labels)
    assert f"sentence {first.sent + 1}, " in opened.run(status)
    opened.run(
        "document.querySelector('.s:not(mark)').dispatchEvent("
        "new MouseEvent('mouseover', {bubbles: true}))"
    )
    assert opened.run(status).endswith("welcome 0.10")


def test_the_bar_leads_to_its_place_in_the_text(opened: Browser) -> None:
    opened.run(
        "const svg = document.querySelector('#d5 svg'); const box = svg.getBoundingClientRect();"
        "svg.dispatchEvent(new MouseEvent('click', {clientX: box.right - 1}))"
    )
    assert opened.run(
        "const all = document.querySelectorAll('#d5 .s');"
        "const box = all[all.length - 1].getBoundingClientRect();"
        "return box.top > 0 && box.bottom < innerHeight;"
    )


def test_without_javascript_all_is_there_but_the_filter(browser: Browser, page: Path) -> None:
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        assert browser.run(SHOWN) == [p.text for p in PREDICTIONS]
        assert not browser.run("return document.getElementById('filter').checkVisibility()")
        assert "welcome 0.10" in browser.run("return document.querySelector('.s').title")
        assert not browser.run("return document.querySelector('.why table').checkVisibility()")
        browser.click(".why summary")
        assert browser.run("return document.querySelector('.why table').checkVisibility()")
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)


def test_a_document_cannot_run_a_script(browser: Browser, tmp_path: Path) -> None:
    attack = '</script><script>window.taken=1</script><img src=x onerror="window.taken=1">"\'<b>'
    sentence = Sentence(0, len(attack), attack, Kind.PARAGRAPH, '"><script>window.taken=1</script>')
    path = tmp_path / "attack.html"
    write_report([Prediction(attack, 0, sentence, (0.9,) * 4, ("concern",), attack)], path, attack)
    browser.open(path)
    assert browser.run("return window.taken === undefined")
    assert browser.run("return [document.title, document.querySelector('.s').textContent]") == [
        attack,
        attack,
    ]
    assert browser.complaints() == []


def test_paper_shows_folded_documents_too(browser: Browser, tmp_path: Path) -> None:
    predictions = [
        Prediction(f"{d}", n, Sentence(0, 9, f"Word{d}x{n}.", language="en"), (0.1,) * 4, (), "m")
        for d in range(3)
        for n in range(900)
    ]
    path = tmp_path / "long.html"
    write_report(predictions, path)
    browser.open(path)
    assert len(browser.run(SHOWN)) == 1800
    pdf = pypdfium2.PdfDocument(base64.b64decode(browser.devtools("Page.printToPDF")["data"]))
    try:
        printed = "".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()
    assert "Word2x899." in printed
    assert "Word1x450." in printed
    assert "all languages" not in printed


def test_a_long_report_unfolds_what_a_filter_finds(browser: Browser, tmp_path: Path) -> None:
    predictions = [
        Prediction(
            f"{d}",
            n,
            Sentence(0, 9, "We say so.", language="en"),
            (0.1,) * 4,
            ("support",) if n == 7 else (),
            "m",
        )
        for d in range(40)
        for n in range(100)
    ]
    path = tmp_path / "long.html"
    write_report(predictions, path)
    browser.open(path)
    folded = "return document.querySelectorAll('.document:not([open])').length"
    assert browser.run(folded) == 20
    found = choose(browser, "form.querySelector('[value=support]').checked = true")
    assert len(found) == 40
    choose(browser, "form.reset()")
    assert browser.run(folded) == 20
