"""The arithmetic a device is fast in."""

from __future__ import annotations

import torch


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware (AVX-512 BF16 or AMX on a CPU, compute 8.0 on a GPU)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def autocast_of(device: torch.device, fast: bool = True) -> torch.autocast:
    """Autocast to bfloat16 where the device is fast in it, else no change."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast and has_fast_bfloat16(device))
