"""Shows predictions: as an HTML page, as a table of counts, and word by word.

`write_report` writes the page, `read_predictions` reads what `stance predict` or `stance batch`
wrote, `summary_table` counts, `explain` says which words moved a decision.
"""

from stance.report.explain import Explanation, Word, explain
from stance.report.files import is_predictions, read_predictions
from stance.report.page import write_report
from stance.report.summary import summary_table

__all__ = [
    "Explanation",
    "Word",
    "explain",
    "is_predictions",
    "read_predictions",
    "summary_table",
    "write_report",
]
