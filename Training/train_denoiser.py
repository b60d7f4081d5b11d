"""Train the denoiser of a latent model: ``train_denoiser.py PRESET --out DIR [setting=value ...]``."""

import sys

from UterineSynthLib.training.command import run_training
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.runs import train_denoiser

if __name__ == "__main__":
    sys.exit(run_training(DenoiserTraining, train_denoiser, "Train the denoiser of a latent model."))
