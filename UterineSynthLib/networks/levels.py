"""What learned spaces with levels share: slices or volumes, and levels that halve every axis they see."""

from __future__ import annotations


class LearnedLevels:
    """A space with weights; ``spatial_dims`` 2 works slice by slice, 3 on volumes."""

    spatial_dims: int

    @property
    def works_slice_by_slice(self) -> bool:
        """Whether no slice knows of another."""
        return self.spatial_dims == 2

    @property
    def has_weights(self) -> bool:
        """Whether there is something to train and to store."""
        return True


class HalvingLevels(LearnedLevels):
    """Each level after the first halves the axes it sees."""

    channels: tuple[int, ...]

    @property
    def reductions(self) -> tuple[int, int, int]:
        """How many slices, rows and columns become one latent."""
        reduction = int(2 ** (len(self.channels) - 1))
        return (1 if self.works_slice_by_slice else reduction), reduction, reduction
