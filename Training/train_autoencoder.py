"""Train the autoencoder of a latent model: ``train_autoencoder.py PRESET --out DIR [setting=value ...]``."""

import sys

from UterineSynthLib.training.command import run_training
from UterineSynthLib.training.config import AutoencoderTraining
from UterineSynthLib.training.runs import train_autoencoder

if __name__ == "__main__":
    sys.exit(run_training(AutoencoderTraining, train_autoencoder, "Train the autoencoder of a latent model."))
