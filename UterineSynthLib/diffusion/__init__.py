"""Schedule, denoiser, sampler: pure tensors, no file, no clinic.

Notation: ``x_t = alpha_t x_0 + sigma_t eps`` with clean latents ``x_0``, standard normal ``eps`` and time ``t`` in
[0, 1] (0 is clean). Tensors are ``(B, C, D, H, W)`` or ``(B, C, H, W)``; times are ``(B,)``.
"""
