"""The tests that Slicer runs inside itself also pass on the stage."""

from __future__ import annotations

import sys
import unittest
from typing import Any


def test_the_tests_of_the_module_pass(panel: Any) -> None:
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(sys.modules["UterineSynth"].UterineSynthTest)
    assert tests.countTestCases() == 4
    result = unittest.TestResult()
    tests.run(result)
    assert [text for _, text in result.failures + result.errors] == []
    panel.panel.close()
