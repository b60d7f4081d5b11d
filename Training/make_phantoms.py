"""Make a training set of phantoms: ``make_phantoms.py --count 1000 --grid 32 128 4.4 1.25 --out runs/phantoms-3d``."""

import argparse
import os
import sys
from pathlib import Path

from UterineSynthLib.dataset.phantom_cases import PhantomCases, make_phantom_cases
from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.phantom.field_of_view import UterineField


def main() -> int:
    """Parse, make, and say where the manifest is."""
    parser = argparse.ArgumentParser(description="Make a training set of phantoms; repeating the command resumes.")
    parser.add_argument("--count", type=int, required=True, help="phantoms to make")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first; the others follow (default 0)")
    parser.add_argument(
        "--grid",
        type=float,
        nargs=4,
        default=(32, 128, 4.4, 1.25),
        metavar=("SLICES", "MATRIX", "SLICE_MM", "PIXEL_MM"),
        help="grid around the uterus (default 32 128 4.4 1.25)",
    )
    parser.add_argument(
        "--plain",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share whose label maps tell no parts apart (gas, calcium), as drawn masks do not (default 0)",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the data set")
    args = parser.parse_args()
    slices, matrix, slice_mm, pixel_mm = args.grid
    field = UterineField(int(slices), int(matrix), slice_mm, pixel_mm)
    try:
        print(make_phantom_cases(PhantomCases(args.count, args.seed, field, args.plain), args.out, args.workers))
    except UterineSynthError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
