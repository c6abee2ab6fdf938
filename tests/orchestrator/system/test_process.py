"""Running programs: streaming, killing, and Ctrl-C passed on exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from signal import Signals

import pytest

from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import paths, process

pytestmark = pytest.mark.slow

# Two threads have something to say: each line is written at once.
SAY = """
import os
def say(*words): os.write(1, f"{' '.join(map(str, words))}\\n".encode())
"""
ORCHESTRATED = f"""{SAY}
import sys
from orchestrator.system import interrupt, process
from orchestrator.errors import Interrupted
interrupt.install(lambda text: say("SAID", text))
try:
    process.run([sys.executable, "-u", "-c", CHILD], on_line=lambda line: say("CHILD", line))
except Interrupted as stopped:
    say("RAISED", int(stopped.exit_code))
"""
# Ends once the file MAY_END is there.
CHILD = """
import os, signal, time
def stop(number, frame):
    global count
    count += 1
    print("signal", count)
count = 0
signal.signal(signal.SIGINT, stop)
print("ready")
until = time.monotonic() + 60
while not os.path.exists(MAY_END) and time.monotonic() < until:
    time.sleep(0.05)
print("ended properly after", count)
"""


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    seen: list[str] = []
    heard = tmp_path / "heard"
    # It says the second one if the first one has been heard.
    script = f"""
import os, time
print('one', flush=True)
until = time.monotonic() + 60
while not os.path.exists({str(heard)!r}) and time.monotonic() < until: time.sleep(0.02)
print('two' if os.path.exists({str(heard)!r}) else 'nobody listens')
"""

    def listen(line: str) -> None:
        seen.append(line)
        heard.touch()

    assert process.run([sys.executable, "-c", script], on_line=listen).ok
    assert seen == ["one", "two"]


def test_output_errors_and_code_are_kept() -> None:
    done = process.run([sys.executable, "-c", "import sys; print(1); print(2, file=sys.stderr); sys.exit(3)"])
    assert (done.stdout, done.stderr, done.returncode, done.ok) == ("1\n", "2\n", 3, False)
    assert done.tail() == ["2"]


def test_the_last_lines_are_without_the_program_s_colours() -> None:
    done = process.run([sys.executable, "-c", r"print('\x1b[31mred\x1b[0m\n10%\r100%\n\x1b[0m')"])
    assert done.stdout == "\x1b[31mred\x1b[0m\n10%\r100%\n\x1b[0m\n"
    assert done.tail() == ["red", "100%"]


def test_bytes_go_to_standard_input_however_many() -> None:
    script = "import sys; print(len(sys.stdin.buffer.read()))"
    assert process.run([sys.executable, "-c", script], stdin=b"x" * 5_000_000).stdout == "5000000\n"


def test_a_child_that_does_not_read_its_input_does_not_hang() -> None:
    assert process.run([sys.executable, "-c", "pass"], stdin=b"x" * 5_000_000).ok


def test_nothing_to_read_is_the_default_standard_input() -> None:
    assert process.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout == "''\n"


def test_a_program_that_is_not_there_is_a_missing_prerequisite() -> None:
    with pytest.raises(PrerequisiteMissing) as caught:
        process.run(["/no/such/program"])
    assert caught.value.exit_code == 5


def test_a_program_that_takes_too_long_is_killed() -> None:
    began = time.monotonic()
    assert process.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_seconds=0.3).returncode == -9
    assert time.monotonic() - began < 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_reaches_the_child_once_and_waits_for_its_end(tmp_path: Path, number: Signals) -> None:
    lines = interrupted_children(tmp_path, spared=False, times=2, number=number)
    assert "CHILD ended properly after 1" in lines
    assert lines[-1] == "RAISED 130"
    assert any(line.startswith("SAID still waiting") for line in lines)


def test_a_spared_child_ends_by_itself_at_the_first_ctrl_c(tmp_path: Path) -> None:
    lines = interrupted_children(tmp_path, spared=True, times=1)
    assert "CHILD ended properly after 0" in lines
    assert any("Ctrl-C again cuts it short" in line for line in lines)
    assert lines[-1] == "RAISED 130"


def test_a_spared_child_gets_one_signal_at_the_second_ctrl_c(tmp_path: Path) -> None:
    lines = interrupted_children(tmp_path, spared=True, times=3)
    assert "CHILD ended properly after 1" in lines
    assert lines[-1] == "RAISED 130"


def interrupted_children(
    folder: Path, *, spared: bool, times: int, number: signal.Signals = signal.SIGINT
) -> list[str]:
    """What a run says whose child is interrupted `times` times, as a terminal does it, and may end then.

    It is interrupted again when it has said what it makes of the time before.
    """
    may_end = folder / "may end"
    child = f"MAY_END = {str(may_end)!r}\n{CHILD}"
    script = f"CHILD = {child!r}\n{ORCHESTRATED.replace('on_line=', f'spared={spared}, on_line=')}"
    parent = subprocess.Popen(
        [sys.executable, "-u", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)}, preexec_fn=lambda: inherit([]),
    )  # fmt: skip
    assert parent.stdout is not None
    lines = []
    for line in parent.stdout:
        lines.append(line.strip())
        if line.startswith(("CHILD ready", "SAID ")):
            if sum(said.startswith("SAID ") for said in lines) < times:
                os.killpg(parent.pid, number)
            else:
                may_end.touch()
    assert parent.wait(30) == 0
    return lines


@pytest.mark.parametrize("outlives_us", [False, True])
def test_a_listener_that_fails_is_heard_of_after_the_child_has_ended(tmp_path: Path, outlives_us: bool) -> None:
    done = tmp_path / "done"
    script = f"import time; print(1, flush=True); time.sleep(0.3); print(2); open({str(done)!r}, 'w')"

    def fail(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="1"):
        process.run([sys.executable, "-c", script], on_line=fail, outlives_us=outlives_us)
    assert done.exists()


def test_output_to_files_is_streamed_and_kept() -> None:
    seen: list[str] = []
    script = "import sys, time; print('one', flush=True); time.sleep(0.3); print('two', end=''); sys.exit('three')"
    done = process.run([sys.executable, "-c", script], on_line=seen.append, outlives_us=True)
    assert seen == ["one", "two"]
    assert (done.stdout, done.stderr, done.returncode) == ("one\ntwo", "three\n", 1)


def test_a_child_that_outlives_us_ends_properly_though_we_are_killed(tmp_path: Path) -> None:
    begun, may_go_on, done = (tmp_path / name for name in ("begun", "may go on", "done"))
    child = f"""
import os, time
open({str(begun)!r}, 'w')
until = time.monotonic() + 60
while not os.path.exists({str(may_go_on)!r}) and time.monotonic() < until: time.sleep(0.02)
for n in range(20): print(n, flush=True)
open({str(done)!r}, 'w')
"""
    call = f"process.run([sys.executable, '-c', {child!r}], outlives_us=True)"
    script = f"import sys; from orchestrator.system import process; {call}"
    parent = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(paths.ROOT)})
    until_there(begun)
    parent.kill()
    parent.wait()
    may_go_on.touch()
    until_there(done)


def until_there(file: Path) -> None:
    """Wait for what another process makes."""
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, f"there is no {file.name}"
        time.sleep(0.02)


def test_nobody_reading_the_talk_ends_nothing(tmp_path: Path) -> None:
    done = tmp_path / "done"
    script = f"""
from orchestrator.console import Console
console = Console(live=False)
for number in range(5000):
    console.say("x" * 100)
open({str(done)!r}, "w")
"""
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
    talker = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, env=environment)
    assert talker.stderr is not None
    talker.stderr.readline()
    talker.stderr.close()
    assert talker.wait(30) == 0
    assert done.exists()


IGNORING = f"""{SAY}
import signal, sys
from orchestrator.system import interrupt, process
from orchestrator.errors import Interrupted
interrupt.install(lambda text: say("SAID", text))
child = 'trap "echo heard; exit 0" INT; echo ready; while :; do sleep 0.05; done'
if len(sys.argv) > 1:
    child = 'echo ready; sleep 1; echo ended'
try:
    process.run(["sh", "-c", child], on_line=lambda line: say("CHILD", line))
    say("WENT ON")
except Interrupted:
    say("RAISED")
interrupt.give_back()
os.execv(sys.executable, [sys.executable, "-c", "import signal; print('THEN', *(int(number) for number in (1, 2, 15) "
         "if signal.getsignal(number) is signal.SIG_IGN))"])
"""


def inherit(ignored: list[signal.Signals]) -> None:
    """Ignore these signals and no others, whatever the tests themselves were started with (nohup, a background job)."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


def ignoring(ignored: list[signal.Signals], sent: list[signal.Signals], *words: str) -> list[str]:
    """What a run says that was started with some signals ignored, as nohup does, and gets some."""
    parent = subprocess.Popen(
        [sys.executable, "-u", "-c", IGNORING, *words], stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
        preexec_fn=lambda: inherit(ignored),
    )  # fmt: skip
    assert parent.stdout is not None
    lines = []
    for line in parent.stdout:
        lines.append(line.strip())
        if line.strip() == "CHILD ready":
            for number in sent:
                parent.send_signal(number)
                time.sleep(0.2)
    assert parent.wait(30) == 0
    return lines


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_is_ignored_from_the_start_stays_so(number: Signals) -> None:
    lines = ignoring([number], [number, number], "short")
    assert lines == ["CHILD ready", "CHILD ended", "WENT ON", f"THEN {int(number)}"]


def test_who_ignores_ctrl_c_is_ended_otherwise_and_its_children_hear_of_it() -> None:
    lines = ignoring([signal.SIGINT, signal.SIGHUP], [signal.SIGINT, signal.SIGTERM])
    assert [line for line in lines if not line.startswith("SAID")] == [
        "CHILD ready", "CHILD heard", "RAISED", "THEN 1 2",
    ]  # fmt: skip


@pytest.mark.parametrize(("wrapper", "found"), [("#!/usr/bin/env node\n", "terraform-bin"), ("\x7fELF", "terraform")])
def test_a_wrapper_in_the_place_of_a_program_is_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapper: str, found: str
) -> None:
    for name, text in (("terraform", wrapper), ("terraform-bin", "\x7fELF")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert process.which("terraform") == tmp_path / found


def test_which_finds_system_programs_without_a_login_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert process.which("sh") in (Path("/usr/bin/sh"), Path("/bin/sh"))
    assert process.which("no-such-program") is None
