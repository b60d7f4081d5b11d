"""What the coordinator is told about a built study, before anything is unblinded."""

from __future__ import annotations

import html

from slicer.i18n import tr as _

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.readerstudy.coordinator import BuiltStudy
from UterineSynthLib.readerstudy.leakcheck import GroupFinding, LeakCheck
from UterineSynthLib.records import from_json

_GOOD, _UNSURE, _BAD = "#2f6f4f", "#9a5b13", "#a33030"
_CLEAN_BELOW = 0.75
"""With an interval that reaches higher, a finding of nothing says little."""


def leakWords(study: BuiltStudy) -> str:
    """Rich text: what the leak check found when it was run last."""
    path = study.leak_check_path
    if not path.exists():
        return _("Nobody has looked for leaks yet: press <b>Check again</b>.")
    try:
        found = from_json(LeakCheck, path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError, UterineSynthError) as error:
        return html.escape(str(error))
    return findingWords(found)


def findingWords(found: LeakCheck) -> str:
    """Rich text of a finding: the verdict, then each group with its AUC and most telling feature."""
    if not found.groups and not found.differing:
        return _("Leak check: {remark}.").format(remark=html.escape(found.remark))
    if found.warnings:
        verdict = _chip(_("Something tells real from synthetic"), _BAD)
    elif max(group.estimate.high for group in found.groups) >= _CLEAN_BELOW:
        verdict = _chip(_("Nothing was found, but these images are too few to be sure"), _UNSURE)
    else:
        verdict = _chip(_("Nothing trivial tells real from synthetic"), _GOOD)
    warnings = "".join(f"<li><b>{html.escape(words)}</b></li>" for words in found.warnings)
    groups = "".join(f"<li>{_groupWords(group)}</li>" for group in found.groups)
    return f"{verdict}<br>{html.escape(found.remark)}<ul>{warnings}{groups}</ul>"


def _groupWords(group: GroupFinding) -> str:
    estimate = group.estimate
    return html.escape(
        _("{group}: AUC {auc:.2f} ({low:.2f} to {high:.2f}), most telling is {telling}").format(
            group=group.group, auc=estimate.auc, low=estimate.low, high=estimate.high, telling=group.telling
        )
    )


def _chip(text: str, colour: str) -> str:
    return f'<span style="background-color:{colour}; color:#ffffff">&nbsp;{html.escape(text)}&nbsp;</span>'
