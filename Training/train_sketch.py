"""Train the sketch of a denoiser: ``train_sketch.py PRESET --out DIR [setting=value ...]``."""

import sys

from UterineSynthLib.training.command import run_training
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.runs import train_sketch

if __name__ == "__main__":
    sys.exit(run_training(SketchTraining, train_sketch, "Train the sketch of a denoiser, which paints its label maps."))
