"""The worker as a process: answers, cancels, survives faults, and keeps stdout for the protocol."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from UterineSynthLib.records import from_json, to_plain
from UterineSynthLib.synthesis import worker as worker_module
from UterineSynthLib.synthesis.messages import failed_message
from UterineSynthLib.synthesis.provenance import Provenance
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

Message = dict[str, Any]
WAIT_S = 120.0


class Client:
    """Talks to a worker process."""

    def __init__(self, command: list[str]) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.messages: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.messages.put(json.loads(line))

    def say(self, **message: Any) -> None:
        self.process.stdin.write(json.dumps({"protocol": 1, **message}) + "\n")
        self.process.stdin.flush()

    def generate(self, name: str, bundle: Path, out: Path, **fields: Any) -> None:
        request = {"way": "direct", "model": str(bundle), **fields}
        self.say(type="generate", id=name, request=request, out=str(out))

    def until(self, wanted: Callable[[Message], bool]) -> list[Message]:
        heard = []
        while not heard or not wanted(heard[-1]):
            heard.append(self.messages.get(timeout=WAIT_S))
        return heard

    def until_end(self) -> list[Message]:
        return self.until(lambda message: message["type"] in ("done", "stopped", "failed"))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A worker started by its path, as Slicer does."""
    client = Client([sys.executable, worker_module.__file__, "--device", "cpu"])
    ready = client.messages.get(timeout=WAIT_S)
    assert ready["type"] == "ready"
    assert "cpu" in ready["device"]
    yield client
    client.say(type="quit")
    assert client.process.wait(timeout=30) == 0
    client.process.stdin.close()
    client.process.stdout.close()
    client.process.stderr.close()


def test_a_request_is_answered_step_by_step_and_its_files_are_there(
    client: Client, tiny_bundle: Path, tmp_path: Path
) -> None:
    client.generate("a", tiny_bundle, tmp_path, count=2, steps=2, seed=3)
    heard = client.until_end()
    assert all(message["protocol"] == 1 and message["id"] == "a" for message in heard)
    assert heard[-1]["type"] == "done"
    steps = [m["step"] for m in heard if m["type"] == "progress" and m["stage"] == "denoising" and m["index"] == 0]
    assert steps == [0, 1, 2]
    results = [message for message in heard if message["type"] == "result"]
    assert [result["index"] for result in results] == [0, 1]
    for result in results:
        assert Path(result["image"]).is_file()
        assert result["labels"] is None
        assert from_json(Provenance, Path(result["provenance"]).read_text(encoding="utf-8")).index == result["index"]


def test_a_cancel_is_heard_within_a_step_and_finished_volumes_stay(
    client: Client, tiny_bundle: Path, tmp_path: Path
) -> None:
    client.generate("b", tiny_bundle, tmp_path, count=500, steps=2, seed=3)
    client.until(lambda message: message["type"] == "result")
    client.say(type="cancel", id="b")
    heard = client.until_end()
    assert heard[-1] == {"protocol": 1, "type": "stopped", "id": "b"}
    complete = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]
    assert 1 <= len(complete) < 100
    assert len(list(tmp_path.glob("*.nii.gz"))) == len(complete)


def test_a_request_cancelled_while_it_waits_never_begins(client: Client, tiny_bundle: Path, tmp_path: Path) -> None:
    client.generate("first", tiny_bundle, tmp_path / "first", count=3, steps=3)
    client.generate("second", tiny_bundle, tmp_path / "second", count=3)
    client.say(type="cancel", id="second")
    assert client.until_end()[-1] == {"protocol": 1, "type": "done", "id": "first"}
    assert client.until_end() == [{"protocol": 1, "type": "stopped", "id": "second"}]
    assert not (tmp_path / "second").exists()


def test_a_model_that_was_loaded_ahead_is_the_one_that_generates(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    from_bundle = Synthesizer.from_bundle
    monkeypatch.setattr(
        Synthesizer, "from_bundle", lambda bundle, *rest: loaded.append(bundle.name) or from_bundle(bundle, *rest)
    )
    said: list[Message] = []
    inbox = worker_module.Inbox([], said.append)
    request = {"model": str(tiny_bundle), "way": "direct", "steps": 1}
    inbox.requests.put({"protocol": 1, "type": "load", "id": "a", "request": request})
    inbox.requests.put({"protocol": 1, "type": "generate", "id": "b", "request": request, "out": str(tmp_path)})
    inbox.requests.put(None)
    worker_module.Worker("cpu", said.append).serve(inbox)
    assert said[0] == {"type": "done", "id": "a"}
    assert said[-1] == {"type": "done", "id": "b"}
    assert len(loaded) == 1


def test_a_text_encoder_that_the_model_does_not_take_is_refused_in_words(
    client: Client, tiny_bundle: Path, tmp_path: Path
) -> None:
    client.say(type="load", id="w", request={"model": str(tiny_bundle)}, text_encoder=str(tmp_path))
    failed = client.until_end()[-1]
    assert failed["exit_code"] == 2
    assert "reads text with its own encoder" in failed["message"]
    client.say(type="load", id="w", request={"model": str(tiny_bundle)}, text_encoder=3)
    assert "text_encoder: expected the path of a folder" in client.until_end()[-1]["message"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"count": 0}, "count = 0"),
        ({"colour": "red"}, "request.colour: unknown field"),
        ({"dimension": 2}, "this model makes 3D images"),
        ({"mask": "/nowhere.nrrd", "way": "anatomy_first"}, "/nowhere.nrrd: no such file"),
        ({"model": "nothing-like-it"}, "nothing-like-it: not found"),
    ],
)
def test_a_bad_request_fails_in_words_and_the_next_one_works(
    client: Client, tiny_bundle: Path, tmp_path: Path, fields: Message, words: str
) -> None:
    client.generate("c", tiny_bundle, tmp_path, **fields)
    failed = client.until_end()[-1]
    assert failed["type"] == "failed"
    assert words in failed["message"]
    assert failed["advice"]
    assert failed["exit_code"] == 2
    client.generate("d", tiny_bundle, tmp_path, steps=1)
    assert client.until_end()[-1]["type"] == "done"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ('{"protocol": 9}', "protocol: is 9"),
        ('{"protocol": 1}', "type"),
    ],
)
def test_a_line_that_is_no_message_is_answered(client: Client, line: str, words: str) -> None:
    client.process.stdin.write(line + "\n")
    client.process.stdin.flush()
    failed = client.until_end()[-1]
    assert failed["id"] is None
    assert words in failed["message"]


def test_the_worker_ends_when_its_client_is_gone(tiny_bundle: Path, tmp_path: Path) -> None:
    client = Client([sys.executable, "-m", worker_module.__name__, "--device", "cpu"])
    client.generate("e", tiny_bundle, tmp_path, count=500, steps=2)
    client.until(lambda message: message["type"] == "result")
    client.process.stdin.close()
    assert client.process.wait(timeout=30) == 0
    client.process.stdout.close()
    client.process.stderr.close()
    assert not list(tmp_path.glob(".*"))


def test_no_such_device_is_told_and_ends_the_worker() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", worker_module.__name__, "--device", "abacus"],
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["message"].startswith("device 'abacus'")


def test_what_a_library_prints_never_reaches_the_protocol() -> None:
    code = (
        "import os, sys; from UterineSynthLib.synthesis.worker import speaker, take_stdout;"
        "say = speaker(take_stdout()); print('stray'); os.write(1, b'strayer'); say({'type': 'x'})"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=WAIT_S)
    assert json.loads(ended.stdout) == {"protocol": 1, "type": "x"}
    assert "stray" in ended.stderr
    assert "strayer" in ended.stderr


def test_a_fault_of_the_program_is_told_with_its_kind() -> None:
    message = failed_message("x", KeyError("k"))
    assert message["exit_code"] == 1
    assert "KeyError" in message["message"]


def test_the_panels_request_is_the_librarys_record() -> None:
    assert to_plain(GenerationRequest(seed=4))["schema"] == "uterinesynth.request"
