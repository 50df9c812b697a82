"""The report's templates go with the package that is deployed."""

from fnmatch import fnmatch
from pathlib import Path

import triage.report

ROOT = Path(__file__).parents[3]
TEMPLATES = Path(triage.report.__file__).parent / "templates"


def test_no_line_of_funcignore_leaves_a_template_out() -> None:
    lines = (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    files = [file for file in TEMPLATES.iterdir() if file.is_file()]

    assert {"report.html.j2", "style.css"} <= {file.name for file in files}
    for file in files:
        for part in file.relative_to(ROOT).parts:
            assert not [pattern for pattern in patterns if fnmatch(part, pattern)], file
