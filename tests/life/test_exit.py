"""An interpreter may go at any time, and goes in silence."""

import pytest
from interpreters import run, run_often, start


def test_exit_after_one_await(python: str) -> None:
    run_often(
        python,
        """
options = emulated()
assert asyncio.run(assign_async(app, [one], **options)).status == 204
""",
        often=10,
        soak=100,
    )


def test_exit_with_awaits_in_flight(python: str) -> None:
    run_often(
        python,
        """
async def main():
    tasks = [asyncio.create_task(assign_async("A", [one], **options)) for _ in range(200)]
    await asyncio.sleep(0.05)
options = mute()
asyncio.run(main())
""",
        often=5,
        soak=30,
    )


def test_exit_with_a_loop_that_was_never_closed(python: str) -> None:
    run_often(
        python,
        """
import warnings
warnings.simplefilter("ignore", ResourceWarning)
loop = asyncio.new_event_loop()
options = mute()
loop.call_later(0.05, loop.stop)
tasks = [loop.create_task(assign_async("A", [one], **options)) for _ in range(50)]
loop.run_forever()
for task in tasks:
    task._log_destroy_pending = False
""",
        often=5,
        soak=30,
    )


def test_exit_with_calls_in_flight_in_daemon_threads(python: str) -> None:
    run_often(
        python,
        """
options = mute()
for _ in range(8):
    threading.Thread(target=assign, args=("A", [one]), kwargs=options, daemon=True).start()
def loop():
    try:
        asyncio.run(assign_async("A", [one], **options))
    except RuntimeError:
        pass
for _ in range(4):
    threading.Thread(target=loop, daemon=True).start()
time.sleep(0.1)
""",
        often=5,
        soak=30,
    )


def test_exit_while_daemon_threads_go_on_calling(python: str) -> None:
    run_often(
        python,
        """
options = emulated()
def spin():
    try:
        while True:
            assign(app, [one], **options)
    except ClientClosedError:
        pass
for _ in range(8):
    threading.Thread(target=spin, daemon=True).start()
time.sleep(0.05)
""",
        often=10,
        soak=100,
    )


def test_a_users_own_exit_handler_may_still_call(python: str) -> None:
    printed = run(
        python,
        """
options = emulated()
atexit.register(lambda: print("sync", assign(app, [one], **options).status))
atexit.register(lambda: print("async", asyncio.run(assign_async(app, [one], **options)).status))
assign(app, [one], **options)
""",
    )
    assert printed == "async 204\nsync 204\n"


def test_after_the_end_a_call_is_told_that_it_is_too_late(python: str) -> None:
    printed = run(
        python,
        """
options = emulated()
assign(app, [one], **options)
atexit._run_exitfuncs()  # what the interpreter does before it goes
for call in (lambda: assign(app, [one], **options), lambda: asyncio.run(assign_async(app, [one], **options))):
    try:
        call()
    except ClientClosedError as error:
        print(error.outcome, error)
""",
    )
    assert printed == "not_sent the interpreter is exiting: no call is possible any more\n" * 2


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "os.kill(os.getpid(), signal.SIGTERM)"])
def test_every_way_out_is_open_with_calls_in_flight(python: str, ending: str) -> None:
    with start(
        python,
        f"""
options = mute()
threading.Thread(target=assign, args=("A", [one]), kwargs=options, daemon=True).start()
async def main():
    task = asyncio.create_task(assign_async("A", [one], **options))
    await asyncio.sleep(0.05)
    {ending}
asyncio.run(main())
""",
    ) as process:
        _, noise = process.communicate(timeout=60)
    assert (process.returncode, noise) == (-15 if "SIGTERM" in ending else 0, "")
