"""Freed memory is kept where the C library can be told so."""

import subprocess
import sys

import pytest

_FAULTS = """
import resource, sys
import numpy as np
from UterineSynthLib.heap import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(40_000_000, dtype=np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's heap")
def test_a_large_block_is_filled_without_new_pages() -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", _FAULTS, mode], check=True, capture_output=True, text=True).stdout)
        for mode in ("keep", "leave")
    )
    assert given_back > 50
    assert kept < given_back / 10
