"""Which device computes, in which precision; nothing ever moves to another one in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from UterineSynthLib.errors import DeviceError

if TYPE_CHECKING:
    import torch

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class ComputeDevice:
    """A device that is there.

    Attributes:
        device: torch's; name: what a person calls it; precision: of the denoiser's matrix products.
    """

    device: torch.device
    name: str
    precision: Precision

    def __str__(self) -> str:
        return f"{self.name} ({self.device}, {self.precision})"


def choose_device(wish: str = "auto") -> ComputeDevice:
    """The device of ``auto`` (CUDA if there is one, else the CPU), ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        DeviceError: there is no such device here; names those that are.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    known = ["cpu", *(f"cuda:{n}" for n in range(count))]
    wanted = {"auto": known[-1] if count == 1 else known[min(count, 1)], "cuda": "cuda:0"}.get(wish, wish)
    if wanted not in known:
        why = "this machine has no CUDA device that torch can use" if wish.startswith("cuda") and not count else ""
        why = why or "there is no such device"
        raise DeviceError(f"device '{wish}': {why}; available: auto, {', '.join(known)}")
    device = torch.device(wanted)
    return ComputeDevice(device, _name_of(device), _precision_of(device))


def available_devices() -> list[ComputeDevice]:
    """Every device a request may name, the CPU first."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [choose_device(name) for name in ("cpu", *(f"cuda:{n}" for n in range(count)))]


def _name_of(device: torch.device) -> str:
    import torch

    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"CPU, {torch.get_num_threads()} threads"


def _precision_of(device: torch.device) -> Precision:
    """bfloat16 where the hardware multiplies it: emulated, it is slower than float32."""
    import torch

    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    capabilities = torch.cpu.get_capabilities()
    fast = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("arm_bf16")
    return "bfloat16" if fast else "float32"
