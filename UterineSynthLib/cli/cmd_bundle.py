"""``uterinesynth bundle``: which models are here, what they are, whether they are whole; and others' models in."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from UterineSynthLib.cli.bundle_import import IMPORT_HELP, configure_import, run_import
from UterineSynthLib.errors import BundleError

HELP = "List the models on this machine, show one with its card, check that one is whole, or import somebody's."
EPILOG = """examples:
  uterinesynth bundle list
  uterinesynth bundle show phantom-3d
  uterinesynth bundle check path/to/a/bundle --json
  uterinesynth bundle import autoencoder.pth models/theirs --kind autoencoder-kl --network network.json \\
    --licence Apache-2.0 --source "where it comes from" --grid 32 128 4.4 1.25"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare list, show, check and import."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in (
        ("list", "every model found, with what it makes and whether it is whole"),
        ("show", "one model: what it makes, what it was trained on, its card"),
        ("check", "read one model as it would be for use, to the last tensor; exit 0 if it is whole, 2 if not"),
    ):
        action = actions.add_parser(name, help=words, description=words)
        action.add_argument("--json", action="store_true", help="print one JSON object a model")
        if name != "list":
            action.add_argument("model", help="name or folder")
    configure_import(actions.add_parser("import", help=IMPORT_HELP, description=IMPORT_HELP))


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    return {"list": _list, "show": _show, "check": _check, "import": run_import}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from UterineSynthLib.bundles.catalogue import list_bundles, model_folders

    entries = list_bundles()
    for entry in entries:
        if entry.bundle is None:
            fault = {"path": str(entry.path), "whole": False, "fault": entry.fault}
            _print(json.dumps(fault) if args.json else f"{entry.path.name}: REFUSED, {entry.fault}")
        else:
            facts = _facts(entry.bundle)
            _print(json.dumps(facts) if args.json else _line(facts))
    if not entries and not args.json:
        _print(f"no model found in {', '.join(map(str, model_folders()))}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from UterineSynthLib.bundles.catalogue import find_bundle

    bundle = find_bundle(args.model)
    facts = _facts(bundle)
    if args.json:
        _print(json.dumps({**facts, "card": bundle.card()}))
        return 0
    width = max(map(len, facts))
    for name, value in facts.items():
        _print(f"{name.replace('_', ' '):{width}}  {value}")
    _print(f"\n{bundle.card()}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from UterineSynthLib.bundles.catalogue import find_bundle

    try:
        bundle = find_bundle(args.model)
        bundle.load_codec()
        bundle.load_denoiser()
        if bundle.inference.denoiser.conditions.text:
            bundle.load_tokenizer()
    except BundleError as error:
        if not args.json:
            raise
        _print(json.dumps({"path": error.bundle, "whole": False, "fault": str(error)}))
        return error.exit_code
    facts = _facts(bundle)
    _print(json.dumps(facts) if args.json else f"{bundle.path} is whole: {_line(facts)}")
    return 0


def _facts(bundle: Any) -> dict[str, Any]:
    metadata, inference = bundle.metadata, bundle.inference
    return {
        "name": metadata.name,
        "version": metadata.version,
        "path": str(bundle.path),
        "whole": True,
        "dimension": inference.dimension,
        "grid": str(inference.grid),
        "weights": bundle.weight_count,
        "phantom_trained": metadata.phantom_trained,
        "weights_licence": bundle.ledger.weights_licence,
        "trained_on": [f"{entry.name} ({entry.cases} cases, {entry.licence})" for entry in bundle.ledger.entries],
        "digest": bundle.digest,
    }


def _line(facts: dict[str, Any]) -> str:
    training = "phantom-trained" if facts["phantom_trained"] else "trained on scans"
    return (
        f"{facts['name']} {facts['version']}: {facts['dimension']}D, {facts['grid']}, "
        f"{facts['weights'] / 1e6:.1f} million weights, {training}, digest {facts['digest'][:12]}"
    )


def _print(text: str) -> None:
    print(text, file=sys.stdout)  # noqa: T201
