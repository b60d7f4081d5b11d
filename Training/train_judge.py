"""Train the judge's segmenter: ``train_judge.py Training/configs/judge.yaml --out DIR [setting=value ...]``."""

import sys

from UterineSynthLib.training.command import run_training
from UterineSynthLib.training.segmenter_task import SegmenterTraining, train_segmenter

if __name__ == "__main__":
    sys.exit(run_training(SegmenterTraining, train_segmenter, "Train the network that judges generated images."))
