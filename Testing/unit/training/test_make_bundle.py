from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "Training" / "make_bundle.py"


@pytest.mark.parametrize("told", [["--needs-mask"], ["--steps", "1", "1", "1"], ["--temperature", "0.8"]])
def test_what_samples_is_refused_for_a_prior_before_anything_is_read(told: list[str], tmp_path: Path) -> None:
    asked = ["--prior", "2", "--name", "a", "--about", "b", "--out", str(tmp_path / "bundle")]
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "run"), *asked, *told], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.rstrip().endswith(
        f"error: {told[0]}: a prior is drawn from once and takes no label map; leave out what samples"
    )
