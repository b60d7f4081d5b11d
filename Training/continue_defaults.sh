#!/usr/bin/env bash
# Train the shipped models on from where they are, side by side on one GPU:
#
#   Training/continue_defaults.sh phantoms    make the phantoms (minutes on many cores)
#   Training/continue_defaults.sh train       sketches and denoisers of four models, and the judge
#
# ONLY names some of them (default "3d 2d fine 2d-fine judge"). MINUTES is what the whole of `train` may take (default
# 20); each training waits for its phantoms, so that both may run at once. SETTINGS are overrides of all denoisers, RUNS
# is the folder of phantoms and runs (default runs). Networks of this size leave most of a large GPU idle between two
# small operations, so that four trainings at once cost each of them little. Repeating a command resumes it.
set -euo pipefail
cd "$(dirname "$0")/.."
RUNS=${RUNS:-runs}
ONLY=${ONLY:-3d 2d fine 2d-fine judge}
MINUTES=${MINUTES:-20}
PYTHON=${PYTHON:-python}
BUNDLES=Resources/Models
LONG=(optimiser.steps=1000000 cadence.sheet=1000000 cadence.snapshot=500 cadence.checkpoint=500)

END=$(($(date +%s) + $($PYTHON -c "print(round(60 * $MINUTES))")))

share() { # minutes, of those that are left
  $PYTHON -c "print(max(0.1, round(($END - $(date +%s)) / 60 * $1, 2)))"
}

manifest() { # PHANTOMS, once they are there
  local made="$RUNS/phantoms-$1/manifest.jsonl"
  until [[ -f "$made" || $(date +%s) -gt $END ]]; do sleep 1; done
  echo "cases.manifests=[$made]"
}

phantoms_of() { # NAME, as in ONLY
  local out=(--out "$RUNS/phantoms-$1") plain=(--plain 0.15)
  case "$1" in
    3d) $PYTHON Training/make_phantoms.py --count 640 --seed 200000 --grid 32 128 4.4 1.25 "${plain[@]}" "${out[@]}" ;;
    2d) $PYTHON Training/make_phantoms.py --count 240 --seed 300000 --grid 12 256 4.4 1.0 "${plain[@]}" "${out[@]}" ;;
    fine) $PYTHON Training/make_phantoms.py --count 160 --seed 500000 --grid 32 256 4.4 0.625 "${plain[@]}" "${out[@]}" ;;
    2d-fine) $PYTHON Training/make_phantoms.py --count 160 --seed 600000 --grid 12 384 4.4 0.667 "${plain[@]}" "${out[@]}" ;;
    judge) $PYTHON Training/make_phantoms.py --count 560 --seed 700000 --grid 32 160 4.4 1.25 "${out[@]}" ;;
    *) echo "ONLY names '$1'; known are 3d 2d fine 2d-fine judge" >&2; exit 2 ;;
  esac
}

# NAME SKETCH START PHANTOMS BATCH: a sketch in a quarter of the time, then a denoiser, which keeps what it was taught.
model() {
  local settings=("$(manifest "$4")" "autoencoder=$BUNDLES/default-3d" "optimiser.batch_size=$5" "${LONG[@]}")
  $PYTHON Training/train_sketch.py "Training/configs/$2.yaml" --out "$RUNS/on-$2" "${settings[@]}" \
    "start_from=$BUNDLES/$3" "optimiser.minutes=$(share 0.2)"
  $PYTHON Training/train_denoiser.py "Training/configs/$1.yaml" --out "$RUNS/on-$1" "${settings[@]}" \
    "start_from=$BUNDLES/$3" "sketch=$RUNS/on-$2" silent_start=false optimiser.learning_rate=0.0008 optimiser.ema_decay=0.998 \
    "optimiser.minutes=$(share 0.8)" ${SETTINGS:-}
}

judge() {
  $PYTHON Training/train_judge.py Training/configs/judge.yaml --out "$RUNS/on-judge" \
    "$(manifest judge)" "start_from=$BUNDLES/judge/models/segmenter.safetensors" optimiser.batch_size=16 \
    "optimiser.minutes=$(share 0.85)" "${LONG[@]}"
}

train_one() { # NAME, as in ONLY
  case "$1" in
    3d) model default-3d-few default-sketch default-3d 3d 16 ;;
    2d) model default-2d default-sketch-2d default-2d 2d 32 ;;
    fine) model default-3d-fine default-sketch-fine default-3d-fine fine 4 ;;
    2d-fine) model default-2d-fine default-sketch-2d-fine default-2d-fine 2d-fine 16 ;;
    judge) judge ;;
    *) echo "ONLY names '$1'; known are 3d 2d fine 2d-fine judge" >&2; exit 2 ;;
  esac
}

train() {
  local running=()
  for name in $ONLY; do train_one "$name" & running+=($!); done
  for one in "${running[@]}"; do wait "$one"; done
}

case "${1:-}" in
  phantoms) for name in $ONLY; do phantoms_of "$name"; done ;;
  train) train ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
