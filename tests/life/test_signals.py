"""Ctrl-C is heard in the middle of a call, and a handler's own exception is the user's."""

import pytest
from interpreters import run

WAITING = """
heard = []
def press(after=0.2):
    time.sleep(after)
    heard.append(time.monotonic())
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
threading.Thread(target=press).start()
options = {**mute(), "timeout": 20}
"""


@pytest.mark.parametrize("call", ["assign('A', [one], **options)", "asyncio.run(assign_async('A', [one], **options))"])
def test_ctrl_c_is_heard_long_before_the_timeout(python: str, call: str) -> None:
    run(
        python,
        f"""{WAITING}
try:
    {call}
except KeyboardInterrupt:
    assert time.monotonic() - heard[0] < 5
else:
    raise AssertionError
options = emulated()
assert assign(app, [one], **options).status == 204
""",
    )


def test_an_exception_of_a_signal_handler_passes_through(python: str) -> None:
    run(
        python,
        f"""
class Mine(Exception): pass
def handler(*_): raise Mine
signal.signal(signal.SIGINT, handler)
{WAITING}
try:
    assign('A', [one], **options)
except Mine:
    pass
else:
    raise AssertionError
options = emulated()
assert assign(app, [one], **options).status == 204
""",
    )


def test_a_signal_whose_handler_returns_changes_nothing(python: str) -> None:
    run(
        python,
        """
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
try:
    assign("A", [one], **{**mute(), "timeout": 0.5})
except RequestTimeoutError:
    pass
signal.setitimer(signal.ITIMER_REAL, 0)  # at its end, Python leaves signals to the system, which kills by this one
assert len(seen) >= 3
""",
    )


def test_ctrl_c_reaches_the_main_thread_while_a_worker_calls(python: str) -> None:
    run(
        python,
        f"""{WAITING}
ended = threading.Event()
def work():
    try:
        assign('A', [one], **{{**options, "timeout": 1}})
    except RequestTimeoutError:
        ended.set()
worker = threading.Thread(target=work)
worker.start()
try:
    ended.wait(15)
except KeyboardInterrupt:
    pass
else:
    raise AssertionError
assert ended.wait(15)
""",
    )
