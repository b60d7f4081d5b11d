#!/usr/bin/env bash
# Train and publish the models that ship, from nothing: phantoms, autoencoder, sketches, denoisers, bundles.
# Repeating the command resumes it. The lengths in Training/configs are for two CPU cores; with a GPU,
# Training/continue_defaults.sh goes on from there.
set -euo pipefail
cd "$(dirname "$0")/.."

python Training/make_phantoms.py --count 160 --seed 100000 --grid 32 128 4.4 1.25 --out runs/phantoms-ae
python Training/make_phantoms.py --count 360 --seed 200000 --plain 0.15 --grid 32 128 4.4 1.25 --out runs/phantoms-3d
python Training/make_phantoms.py --count 110 --seed 300000 --plain 0.15 --grid 12 256 4.4 1.0 --out runs/phantoms-2d
python Training/make_phantoms.py --count 160 --seed 500000 --plain 0.15 --grid 32 256 4.4 0.625 --out runs/phantoms-fine
python Training/make_phantoms.py --count 160 --seed 600000 --plain 0.15 --grid 12 384 4.4 0.667 --out runs/phantoms-2d-fine

python Training/train_autoencoder.py Training/configs/default-autoencoder.yaml --out runs/default-autoencoder
python Training/train_sketch.py Training/configs/default-sketch.yaml --out runs/default-sketch
python Training/train_denoiser.py Training/configs/default-3d.yaml --out runs/default-3d
python Training/train_denoiser.py Training/configs/default-3d-few.yaml --out runs/default-3d-few
python Training/train_sketch.py Training/configs/default-sketch-2d.yaml --out runs/default-sketch-2d
python Training/train_denoiser.py Training/configs/default-2d.yaml --out runs/default-2d
python Training/train_sketch.py Training/configs/default-sketch-fine.yaml --out runs/default-sketch-fine
python Training/train_denoiser.py Training/configs/default-3d-fine.yaml --out runs/default-3d-fine
python Training/train_sketch.py Training/configs/default-sketch-2d-fine.yaml --out runs/default-sketch-2d-fine
python Training/train_denoiser.py Training/configs/default-2d-fine.yaml --out runs/default-2d-fine

# Denoisers are trained here; those of the bundles that ship are silent but for default-2d-fine's.
python Training/make_bundle.py runs/default-autoencoder runs/default-3d-few --name default-3d --version 0.16.0 --overwrite \
  --steps 1 1 1 --temperature 0.6 --needs-mask \
  --about "3D volumes of 32 x 128 x 128 voxels around the uterus; its sketch knows what tissues hold." --out Resources/Models/default-3d
python Training/make_bundle.py runs/default-autoencoder runs/default-2d --name default-2d --version 0.14.0 --overwrite \
  --steps 1 1 1 --temperature 0.6 --needs-mask \
  --about "Single sagittal slices of 256 x 256 pixels around the uterus; its sketch knows what tissues hold." --out Resources/Models/default-2d

python Training/make_bundle.py runs/default-autoencoder runs/default-3d-fine --name default-3d-fine --version 0.13.2 --overwrite \
  --steps 1 2 4 --temperature 0.7 --needs-mask \
  --about "3D volumes of 32 x 256 x 256 voxels around the uterus; default-3d, trained on." --out Resources/Models/default-3d-fine

python Training/make_bundle.py runs/default-autoencoder runs/default-2d-fine --name default-2d-fine --version 0.12.2 --overwrite \
  --steps 1 2 4 --temperature 0.6 --needs-mask \
  --about "Single sagittal slices of 384 x 384 pixels around the uterus; default-2d, trained on." --out Resources/Models/default-2d-fine
