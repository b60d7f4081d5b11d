"""A built study in the coordinator's hands: check it, unite the answers, close and unblind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.build import COORDINATOR_FOLDER, KEY_FILE, READER_FOLDER
from UterineSynthLib.readerstudy.folder import ReaderFolder, open_reader_folder
from UterineSynthLib.readerstudy.key import StudyKey, read_key
from UterineSynthLib.readerstudy.leakcheck import LeakCheck, check_leaks
from UterineSynthLib.readerstudy.merge import Merged, StudyResponses, merge_responses
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.unblind import close_study, unblind
from UterineSynthLib.records import from_json, to_json, write_text_whole


@dataclass(frozen=True)
class BuiltStudy:
    """The folder that a build made; the coordinator's part of it never leaves her."""

    path: Path
    folder: ReaderFolder

    @property
    def key_path(self) -> Path:
        """The truth."""
        return self.path / COORDINATOR_FOLDER / KEY_FILE

    @property
    def leak_check_path(self) -> Path:
        """What the leak check found."""
        return self.path / COORDINATOR_FOLDER / "leak_check.json"

    @property
    def responses_path(self) -> Path:
        """The united answers, still blind."""
        return self.path / COORDINATOR_FOLDER / "responses.json"

    @property
    def closing_path(self) -> Path:
        """When and how the reading was closed."""
        return self.path / COORDINATOR_FOLDER / "closing.json"

    @property
    def readings_path(self) -> Path:
        """The answers with the truth."""
        return self.path / COORDINATOR_FOLDER / "readings.json"

    @property
    def analysis_path(self) -> Path:
        """The statistics."""
        return self.path / COORDINATOR_FOLDER / "analysis.json"

    def read_key(self, passphrase: str | None = None) -> StudyKey:
        """The truth; raises :class:`StudyError` for a wrong passphrase or a key that was swapped."""
        return read_key(self.key_path, self.folder.study.key_sha256, passphrase)

    def check(self, passphrase: str | None = None) -> LeakCheck:
        """Check every file, then look for leaks; the finding is written into the coordinator's folder.

        Raises:
            StudyError: a file is missing, was changed or does not belong there; or the key cannot be opened.
        """
        self.folder.check_images()
        found = check_leaks(self.folder, self.read_key(passphrase))
        write_text_whole(self.leak_check_path, to_json(found, indent=1) + "\n")
        return found

    def found_leaks(self) -> LeakCheck | None:
        """What the last leak check found; None before the first."""
        if not self.leak_check_path.exists():
            return None
        return from_json(LeakCheck, _text(self.leak_check_path), str(self.leak_check_path))

    def merge(self, sources: Sequence[Path], chosen: Mapping[str, Path] | None = None) -> Merged:
        """Unite answers and write them, unless copies of one reader's answers are in conflict.

        Raises:
            StudyError: the study was unblinded before; or answers that cannot be used.
        """
        if self.closing_path.exists():
            raise StudyError(self.path, "was closed and unblinded; answers that come now cannot be taken in")
        merged = merge_responses(self.folder, sources, chosen)
        if not merged.conflicts:
            write_text_whole(self.responses_path, to_json(merged.responses, indent=1) + "\n")
        return merged

    def unblind(self, passphrase: str | None = None, reason: str | None = None) -> StudyReadings:
        """Close the reading and join the answers with the truth; a second time gives the same readings.

        Args:
            reason: closes a study with items that nobody read.

        Raises:
            StudyError: nothing was merged, items are open without a reason, or the key cannot be opened.
        """
        if not self.responses_path.exists():
            raise StudyError(self.path, "has no united answers yet; merge the readers' folders first")
        key = self.read_key(passphrase)
        responses = from_json(StudyResponses, _text(self.responses_path), str(self.responses_path))
        closing = close_study(self.folder, responses, datetime.now(UTC).isoformat(timespec="seconds"), reason)
        readings = unblind(self.folder, responses, key, closing)
        if not self.closing_path.exists():
            write_text_whole(self.closing_path, to_json(closing, indent=1) + "\n")
        write_text_whole(self.readings_path, to_json(readings, indent=1) + "\n")
        return readings

    def readings(self) -> StudyReadings:
        """The unblinded readings; raises :class:`StudyError` before the study was unblinded."""
        if not self.readings_path.exists():
            raise StudyError(self.path, "is still blind; unblind it first")
        return from_json(StudyReadings, _text(self.readings_path), str(self.readings_path))


def open_built_study(path: str | Path) -> BuiltStudy:
    """Open the folder that a build made.

    Raises:
        StudyError: it is not one, or only the readers' part of one.
    """
    path = Path(path)
    if not (path / READER_FOLDER).is_dir():
        raise StudyError(path, f"is not a built study; expected {READER_FOLDER}/ and {COORDINATOR_FOLDER}/ in it")
    return BuiltStudy(path, open_reader_folder(path / READER_FOLDER))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(path, "cannot be read") from error
