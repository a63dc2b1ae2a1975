"""The fine-tuned multilingual transformer, as int8 ONNX: onnxruntime and tokenizers, no torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.classifiers.base import Calibration, Classifier, FloatArray
from stance.classifiers.store import ModelFolder
from stance.errors import ModelError
from stance.labels import STANCES

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

WEIGHTS = "model.onnx"
TOKENIZER = "tokenizer.json"
_BUFFER = 1024


class Transformer(Classifier):
    """Each sentence is one run of the model, several at a time in threads of their own.

    Running sentences one by one costs no speed on a CPU (there is no padding), and it makes a
    score independent of the other sentences: dynamic quantisation takes its scales from all that
    is computed together.

    A sentence longer than the model's `max_tokens` is read in overlapping windows. The logit of a
    label for the sentence is the highest of its windows: a stance expressed anywhere in the
    sentence is expressed by it.
    """

    def __init__(
        self,
        name: str,
        session: InferenceSession,
        tokenizer: Tokenizer,
        max_tokens: int,
        calibration: Calibration,
        thresholds: tuple[float, ...],
        threads: int,
    ) -> None:
        self.name = name
        self.thresholds = thresholds
        self._session = session
        self._tokenizer = tokenizer
        self._calibration = calibration
        self._threads = threads
        # Special tokens frame every window, so sentences are encoded without them and framed here.
        framed = tokenizer.encode("").ids
        self._start, self._end = framed[:1], framed[1:]
        self._room = max_tokens - len(framed)

    @classmethod
    def load(cls, folder: ModelFolder, threads: int | None = None) -> Transformer:
        """Load from a checked folder; `threads` is how many sentences run at a time."""
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        # Tokenising takes a hundredth of the time; threads of its own would only get in the way.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        weights, words = str(folder.file(WEIGHTS)), str(folder.file(TOKENIZER))
        try:
            session = InferenceSession(weights, options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(words)
        except Exception as error:
            raise ModelError(f"{folder.path}: cannot be loaded ({error})") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(
            folder.name,
            session,
            tokenizer,
            int(folder.need("max_tokens")),
            folder.calibration,
            folder.thresholds,
            threads or os.cpu_count() or 1,
        )

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Calibrated probabilities, (n, 4)."""
        return self._calibration(self.logits(texts))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The model's scores before calibration, (n, 4)."""
        result = np.empty((len(texts), len(STANCES)), dtype=np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for start in range(0, len(texts), _BUFFER):
                part = list(texts[start : start + _BUFFER])
                encodings = self._tokenizer.encode_batch_fast(part, add_special_tokens=False)
                rows = pool.map(self._sentence, (encoding.ids for encoding in encodings))
                for row, logits in enumerate(rows, start):
                    result[row] = logits
        return result

    def _sentence(self, ids: list[int]) -> NDArray[np.float32]:
        runs = [self._run(window) for window in self._windows(ids)]
        return np.asarray(np.max(runs, axis=0))

    def _windows(self, ids: list[int]) -> Iterator[list[int]]:
        """The token ids in runs that fit, each overlapping the one before by half."""
        step = self._room // 2
        for begin in range(0, max(len(ids) - step, 1), step):
            yield ids[begin : begin + self._room]
            if begin + self._room >= len(ids):
                return

    def _run(self, ids: list[int]) -> NDArray[np.float32]:
        framed = np.array([[*self._start, *ids, *self._end]], dtype=np.int64)
        (logits,) = self._session.run(None, {"input_ids": framed})
        return np.asarray(logits[0], dtype=np.float32)
