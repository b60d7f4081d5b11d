"""What a claim needs and what a study plans, in words, before there is a study."""

from __future__ import annotations

from collections.abc import Iterator

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Claim
from UterineSynthLib.readerstudy.statistics.power import sample_size


def size_words(
    claim: Claim, chance: float, readers: int, cases_per_reader: int, kinds_factor: float = 1.0
) -> Iterator[str]:
    """What is planned, what the claim needs, and a warning where the one is less than the other; one line each.

    ``kinds_factor`` is :func:`UterineSynthLib.readerstudy.statistics.power.imbalance` of real and synthetic cases.
    """
    planned = cases_per_reader * readers
    yield f"{readers} readers read {cases_per_reader} cases each: {planned} reads"
    words = f"{claim.aim} in {claim.measure}, margin {claim.margin:g}, power {claim.power:g}"
    try:
        needed = sample_size(claim, chance, readers, kinds_factor=kinds_factor)
    except InputError as error:
        yield f"WARNING: the claim ({words}) cannot be shown by this study: {error}"
        return
    yield f"the claim ({words}) needs {needed.reads} reads if what readers and cases share is small"
    if planned < needed.reads:
        yield f"WARNING: {planned} reads are too few; a smaller study will not be called conclusive"
