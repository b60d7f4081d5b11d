"""What is lost on the way through a model's space: an image against what its autoencoder makes of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from UterineSynthLib.evaluation.likeness import psnr_db, ssim
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.volumes.intensity import to_unit

_SLICES_AT_ONCE = 8


class Restorer:
    """Encodes and decodes volumes as a model does; ``digest`` is the model's."""

    def __init__(self, codec: LatentCodec, digest: str) -> None:
        self._codec, self.digest = codec, digest

    def likeness(self, volume: npt.NDArray[np.float32]) -> dict[str, float]:
        """PSNR (dB) and SSIM of a volume ``[D, H, W]`` in any unit and its restoration."""
        unit = to_unit(volume)
        restored = self.restored(unit)
        return {"psnr_db": round(psnr_db(unit, restored), 3), "ssim": round(ssim(unit, restored), 5)}

    @torch.inference_mode()
    def restored(self, unit: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A volume ``[D, H, W]`` in [-1, 1] after encoding and decoding."""
        whole = torch.from_numpy(unit)[None, None].to(self._codec.autoencoder.device)
        slice_by_slice = self._codec.autoencoder.config.works_slice_by_slice
        pieces = torch.split(whole, _SLICES_AT_ONCE, dim=2) if slice_by_slice else (whole,)
        parts = [self._codec.decode(self._codec.encode(piece)) for piece in pieces]
        return torch.cat(parts, dim=2)[0, 0].float().cpu().numpy()
