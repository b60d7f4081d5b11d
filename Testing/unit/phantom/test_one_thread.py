from __future__ import annotations

import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom import phantom
from UterineSynthLib.synthesis import anatomy


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("module", [phantom, anatomy])
def test_a_pelvis_is_built_in_one_thread_and_all_are_given_back(module, monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[set[int]] = []
    build = module.build_anatomy

    def watched(*told):
        met.append(blas_threads())
        return build(*told)

    monkeypatch.setattr(module, "build_anatomy", watched)
    grid = ModelGrid((4, 64, 64), (5.0, 3.0, 3.0))
    with threadpool_limits(limits=2, user_api="blas"):
        if module is anatomy:
            anatomy.anatomy_of(UterusDescription(), grid, 1, 0)
        else:
            phantom.make_label_map(UterusDescription(), 1)
        assert met == [{1}]
        assert blas_threads() == {2}


def test_anatomies_are_drawn_where_the_threads_cannot_be_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = ModelGrid((4, 64, 64), (5.0, 3.0, 3.0))
    usual = anatomy.anatomy_of(UterusDescription(), grid, 1, 0)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert anatomy.anatomy_of(UterusDescription(), grid, 1, 0).description == usual.description
