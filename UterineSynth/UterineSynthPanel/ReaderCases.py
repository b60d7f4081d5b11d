"""The images of the case that is on and of the next one, read and checked before they are needed."""

from __future__ import annotations

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.image_file import BlindedImage, read_blinded_image


class ReaderCases:
    """Holds few images at a time: those that were asked for last and those that come next."""

    def __init__(self, folder: ReaderFolder) -> None:
        self._folder = folder
        self._held: dict[str, BlindedImage] = {}

    def take(self, images: tuple[str, ...]) -> tuple[BlindedImage, ...]:
        """The images of a case, from memory where they were prepared; all others are let go.

        Raises:
            StudyError, VolumeError: an image is missing or not the one that was built.
        """
        self._held = {name: self._held.get(name) or self._read(name) for name in images}
        return tuple(self._held[name] for name in images)

    def prepare(self, images: tuple[str, ...]) -> bool:
        """Read one image of the next case that is not there yet; whether there was one.

        An image that cannot be read is told when its case is on.
        """
        missing = next((name for name in images if name not in self._held), None)
        if missing is None:
            return False
        try:
            self._held[missing] = self._read(missing)
        except UterineSynthError:
            return False
        return True

    def holds(self, images: tuple[str, ...]) -> bool:
        """Whether all images are in memory."""
        return all(name in self._held for name in images)

    def _read(self, name: str) -> BlindedImage:
        return read_blinded_image(self._folder.checked_image_path(name))
