"""The pytest plugin in the suites of people who have nothing but the wheel and pytest.

Each test writes a suite and runs it as they would, in a process of its own, with every warning an error.
"""

import os
import pathlib
import re
import sys

import pytest

SCRIPT = """
from appassign import Client, MobileAppGroupAssignment, assign

sales = MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555501", install_intent="required")

def with_a_client(app):
    with Client() as client:
        return client.assign(app, [sales])

def with_the_function(app):
    return assign(app, [sales])

if __name__ == "__main__":
    import sys
    print(with_a_client(sys.argv[1]).status)
"""

# The script speaks the form of 2017.
PROFILE_2017 = """
import pytest

@pytest.fixture
def graph_profile():
    return "2017"
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside a suite decides where its calls go, or how pytest runs."""
    for name in [*os.environ]:
        if name.startswith(("APPASSIGN_", "PYTEST_")):
            monkeypatch.delenv(name)


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with the user's script, and the profile whose form it speaks."""
    pytester.makepyfile(script=SCRIPT)
    pytester.makeconftest(PROFILE_2017)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    # pytest-asyncio warns whoever leaves this open.
    settled = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
    result = suite.runpytest_subprocess(*settled, *options, timeout=120)
    assert result.stderr.str() == ""
    return result


def sections(result: pytest.RunResult) -> list[str]:
    """What the reports show as traffic, without the lines around it."""
    found = re.findall(r"^-+ Graph traffic -+\n(.*?)(?=^[-=_]{5}|\Z)", result.stdout.str(), re.MULTILINE | re.DOTALL)
    return [section.strip() for section in found]


# Where a script lands.


@pytest.mark.parametrize("call", ["with_a_client", "with_the_function"])
def test_a_script_that_names_no_service_lands_on_the_emulator(suite: pytest.Pytester, call: str) -> None:
    suite.makepyfile(f"""
        import script

        def test_it(graph_emulator):
            app = graph_emulator.add_app()
            assert script.{call}(app).status == 204
            [request] = graph_emulator.requests
            assert (request.method, request.status) == ("POST", 204)
            [held] = graph_emulator.assignments(app)
            assert held["targetGroupId"] == script.sales.target_group_id
    """)
    run(suite).assert_outcomes(passed=1)


def test_a_test_that_undoes_its_own_patches_keeps_the_emulator(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os
        import script

        def test_it(graph_emulator, monkeypatch):
            monkeypatch.setenv("ANOTHER", "1")
            monkeypatch.undo()
            assert script.with_a_client(graph_emulator.add_app()).status == 204

        def test_the_environment_is_as_it_was():
            assert not [name for name in os.environ if name.startswith("APPASSIGN_")]
    """)
    run(suite).assert_outcomes(passed=2)


def test_a_script_in_a_process_of_its_own_lands_there_too(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import subprocess, sys

        def test_it(graph_emulator):
            command = [sys.executable, "script.py", graph_emulator.add_app()]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert (done.stdout, done.stderr) == ("204\\n", "")
            assert len(graph_emulator.requests) == 1
    """)
    run(suite).assert_outcomes(passed=1)


def test_the_client_of_the_fixture_is_the_emulators_and_is_closed_when_the_test_has_ended(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile("""
        import pytest
        import script
        from appassign import Client, ClientClosedError

        kept = []

        def test_it_calls(graph_client, graph_emulator):
            assert type(graph_client) is Client
            assert graph_client.assign(graph_emulator.add_app(), [script.sales]).status == 204
            assert len(graph_emulator.requests) == 1
            kept.append(graph_client)

        def test_it_is_closed():
            with pytest.raises(ClientClosedError):
                kept[0].assign("a", [script.sales])
    """)
    run(suite).assert_outcomes(passed=2)


REAL = """
import socket

from appassign import Client

# Whatever is sent to Graph would come here: the only way there is through this proxy.
way = socket.create_server(("127.0.0.1", 0))
client = Client("token-of-a-tenant", proxy=f"http://127.0.0.1:{way.getsockname()[1]}", attempts=1, timeout=5)
"""


def test_a_client_of_the_real_graph_that_was_there_before_is_refused_and_sends_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile(real=REAL)
    suite.makepyfile("""
        import pytest
        import real, script
        from appassign import ConfigurationError

        def test_it(graph_emulator):
            with pytest.raises(ConfigurationError, match="APPASSIGN_BASE_URL") as caught:
                real.client.assign("a", [script.sales])
            assert (caught.value.outcome, caught.value.attempts) == ("not_sent", 0)
            assert graph_emulator.requests == []

        def test_nobody_took_the_way_to_graph():
            real.way.settimeout(0.2)
            with pytest.raises(TimeoutError):
                real.way.accept()
            real.way.close()
    """)
    run(suite).assert_outcomes(passed=2)


def test_a_call_that_names_the_real_graph_is_refused(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        import script
        from appassign import ConfigurationError, assign

        def test_it(graph_emulator, monkeypatch):
            monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # where nobody listens
            for base_url in ("https://graph.microsoft.com/beta", "https://graph.example/beta"):
                with pytest.raises(ConfigurationError, match="APPASSIGN_BASE_URL"):
                    assign("a", [script.sales], credential="T", base_url=base_url, attempts=1, timeout=5)
    """)
    run(suite).assert_outcomes(passed=1)


# What tests have to do with each other.


def test_no_test_sees_what_another_one_did(suite: pytest.Pytester) -> None:
    body = """
        def test_{}(graph_emulator):
            assert graph_emulator.requests == []
            for app in kept:
                with pytest.raises(KeyError):
                    graph_emulator.assignments(app)
            app = graph_emulator.add_app()
            kept.append(app)
            assert script.with_a_client(app).status == 204
            assert len(graph_emulator.requests) == 1
    """
    suite.makepyfile(
        """
        import pytest
        import script

        kept = []
    """,
        *map(body.format, "abc"),
    )
    run(suite).assert_outcomes(passed=3)


def test_trouble_that_was_asked_for_ends_with_the_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import script

        def test_one(graph_emulator):
            graph_emulator.fail_next(status=503, times=9)

        def test_two(graph_emulator):
            assert script.with_a_client(graph_emulator.add_app()).attempts == 1
    """)
    run(suite).assert_outcomes(passed=2)


def test_all_tests_of_a_profile_share_one_running_emulator(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        seen = set()

        @pytest.mark.parametrize("turn", range(50))
        def test_it(graph_emulator, turn):
            seen.add(graph_emulator.url)
            assert len(seen) == 1
    """)
    run(suite).assert_outcomes(passed=50)


def test_an_emulator_that_a_test_closed_is_replaced(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import script

        def test_one(graph_emulator):
            graph_emulator.close()
            assert 0

        def test_two(graph_emulator):
            assert script.with_a_client(graph_emulator.add_app()).status == 204
    """)
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    assert sections(result) == []


def test_the_environment_is_as_it_was_before_whatever_became_of_the_test(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPASSIGN_TOKEN", "mine")
    suite.makepyfile("""
        import os
        import pytest

        def environment():
            return os.environ.get("APPASSIGN_BASE_URL"), os.environ["APPASSIGN_TOKEN"]

        @pytest.fixture
        def broken(graph_emulator):
            raise LookupError

        def test_inside(graph_emulator):
            assert environment() == (graph_emulator.url, graph_emulator.token)

        def test_after_success():
            assert environment() == (None, "mine")

        def test_failure(graph_emulator):
            assert 0

        def test_after_failure():
            assert environment() == (None, "mine")

        def test_error(broken):
            pass

        def test_after_error():
            assert environment() == (None, "mine")

        def test_that_has_its_own(graph_emulator, monkeypatch):
            monkeypatch.setenv("APPASSIGN_BASE_URL", "http://127.0.0.1:1/beta")

        def test_after_its_own():
            assert environment() == (None, "mine")
    """)
    run(suite, "-p", "no:randomly").assert_outcomes(passed=6, failed=1, errors=1)


# Which Graph it is.

ASKS_2017 = """
import urllib.request, urllib.error

def is_2017(graph):
    app = graph.add_app()
    url = f"{graph.url}/deviceAppManagement/mobileApps/{app}/groupAssignments"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {graph.token}"})
    try:
        return urllib.request.urlopen(request).status == 200
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 400
        return False
"""


def test_it_is_the_graph_of_today_unless_somebody_says_otherwise(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(asks=ASKS_2017)
    pytester.makepyfile("""
        from asks import is_2017

        def test_it(graph_profile, graph_emulator):
            assert graph_profile == "current"
            assert not is_2017(graph_emulator)
    """)
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_the_profile_may_be_overridden_at_any_scope(pytester: pytest.Pytester, scope: str) -> None:
    pytester.makepyfile(asks=ASKS_2017)
    pytester.makeconftest(f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def graph_profile():
            return "2017"
    """)
    pytester.makepyfile("""
        from asks import is_2017

        def test_it(graph_emulator):
            assert is_2017(graph_emulator)

        class TestIt:
            def test_it(self, graph_emulator):
                assert is_2017(graph_emulator)
    """)
    run(pytester).assert_outcomes(passed=2)


def test_the_profile_may_be_overridden_for_a_module_a_class_and_a_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(asks=ASKS_2017)
    pytester.makepyfile("""
        import pytest
        from asks import is_2017

        @pytest.mark.parametrize("graph_profile", ["2017", "current"])
        def test_either(graph_profile, graph_emulator):
            assert is_2017(graph_emulator) == (graph_profile == "2017")

        class TestOld:
            @pytest.fixture(scope="class")
            @classmethod
            def graph_profile(cls):
                return "2017"

            def test_it(self, graph_emulator):
                assert is_2017(graph_emulator)

        @pytest.fixture(params=["current", "2017"])
        def graph_profile(request):
            return request.param

        def test_both(graph_profile, graph_emulator):
            assert is_2017(graph_emulator) == (graph_profile == "2017")
    """)
    run(pytester).assert_outcomes(passed=5)


def test_a_profile_that_does_not_exist_is_an_error_that_names_those_that_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("graph_profile", ["2016"])
        def test_it(graph_emulator):
            pass
    """)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.re_match_lines([r"E +ValueError: .*2016.*2017.*current"])


# Ways to write and run tests.


def test_a_fixture_may_be_built_on_it(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        import script

        apps = []

        @pytest.fixture
        def graph_emulator(graph_emulator):
            apps.append(graph_emulator.add_app())
            yield graph_emulator
            assert len(graph_emulator.requests) == 1

        def test_it(graph_client):
            assert graph_client.assign(apps[0], [script.sales]).status == 204
    """)
    run(suite).assert_outcomes(passed=1)


def test_classes_in_the_style_of_unittest_use_it_by_name(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import unittest
        import pytest
        import script

        @pytest.mark.usefixtures("graph_emulator")
        class Tests(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def keep(self, graph_emulator):
                self.graph = graph_emulator

            def test_it(self):
                self.assertEqual(script.with_a_client(self.graph.add_app()).status, 204)

            def test_that_fails(self):
                script.with_a_client(self.graph.add_app())
                self.fail()
    """)
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    assert len(sections(result)) == 1


def test_doctests_get_it(suite: pytest.Pytester) -> None:
    suite.makefile(
        ".txt",
        test_page="""
        >>> graph = getfixture("graph_emulator")
        >>> import script
        >>> script.with_a_client(graph.add_app()).status
        204
    """,
    )
    run(suite, "--doctest-glob=*.txt").assert_outcomes(passed=1)


def test_it_works_in_any_order(suite: pytest.Pytester) -> None:
    suite.makeconftest(
        PROFILE_2017
        + """
def pytest_collection_modifyitems(items):
    items.reverse()
"""
    )
    suite.makepyfile("""
        import pytest
        import script

        @pytest.mark.parametrize("turn", range(4))
        def test_used(graph_emulator, turn):
            assert graph_emulator.requests == []
            assert script.with_a_client(graph_emulator.add_app()).status == 204

        @pytest.mark.parametrize("turn", range(4))
        def test_unused(turn):
            pass

        @pytest.mark.parametrize("graph_profile", ["2017", "current"])
        def test_profiles(graph_emulator):
            assert graph_emulator.requests == []
    """)
    run(suite).assert_outcomes(passed=10)


ASYNC = """
        import asyncio
        import pytest
        import script
        from appassign import AsyncClient, assign_async

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.{mark}
        async def test_it(graph_emulator, graph_client):
            app = graph_emulator.add_app()
            async with AsyncClient() as client:
                assert (await client.assign(app, [script.sales])).status == 204
            receipts = await asyncio.gather(*(assign_async(app, [script.sales]) for _ in range(5)))
            assert [receipt.status for receipt in receipts] == [204] * 5
            assert graph_client.assign(app, [script.sales]).status == 204
            assert len(graph_emulator.requests) == 7

        @pytest.mark.{mark}
        async def test_that_fails(graph_emulator):
            await assign_async(graph_emulator.add_app(), [script.sales])
            assert 0
"""


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_asynchronous_tests_use_it(suite: pytest.Pytester, mark: str) -> None:
    suite.makepyfile(ASYNC.format(mark=mark))
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    assert len(sections(result)) == 1


def test_each_worker_of_xdist_has_its_own_and_sends_its_reports_home(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pathlib
        import pytest
        import script

        @pytest.mark.parametrize("turn", range(20))
        def test_it(graph_emulator, worker_id, turn):
            for _ in range(5):
                script.with_a_client(graph_emulator.add_app())
            assert len(graph_emulator.requests) == 5
            with open(f"{worker_id}.url", "w") as file:
                file.write(graph_emulator.url)

        def test_that_fails(graph_emulator):
            script.with_a_client(graph_emulator.add_app())
            assert 0
    """)
    result = run(suite, "-n", "2")
    result.assert_outcomes(passed=20, failed=1)
    assert len(sections(result)) == 1
    urls = [path.read_text() for path in suite.path.glob("*.url")]
    assert len(urls) == len({*urls}) == 2


def test_it_can_be_turned_off(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(graph_emulator): pass")
    result = run(suite, "-p", "no:appassign")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E*fixture 'graph_emulator' not found"])


def test_the_fixtures_tell_what_they_are_for(suite: pytest.Pytester) -> None:
    result = run(suite, "--fixtures")
    for name in ("graph_profile", "graph_emulator", "graph_client"):
        assert re.search(rf"^{name} -- .*\n +\w", result.stdout.str(), re.MULTILINE), name


# What a failure shows.

FAILS = """
        import pytest
        import script

        def test_that_fails(graph_emulator):
            app = graph_emulator.add_app()
            script.with_a_client(app)
            print(graph_emulator.token)
            script.with_a_client("no-such-app")
"""


def test_a_failure_shows_what_was_asked_and_answered(suite: pytest.Pytester) -> None:
    suite.makepyfile(FAILS)
    result = run(suite)
    result.assert_outcomes(failed=1)
    [section] = sections(result)
    first, sent, second, sent_again = section.splitlines()
    path = "POST /beta/deviceAppManagement/mobileApps"
    assert re.fullmatch(rf"{path}/[0-9a-f-]{{36}}/assign → 204", first)
    assert second == f"{path}/no-such-app/assign → 404 ResourceNotFound: An error has occurred"
    assert sent == sent_again
    assert re.fullmatch(r' {4}\{"mobileAppGroupAssignments":\[\{.*…', sent)
    assert len(sent) <= 164


def test_it_shows_neither_headers_nor_tokens(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import http.client

        def test_that_fails(graph_emulator):
            token = graph_emulator.token
            for path, body in [(f"/beta/{token}", b""), ("/beta", b'{"a": "' + token.encode() + b'"}')]:
                connection = http.client.HTTPConnection(graph_emulator.url.split("/")[2], timeout=20)
                connection.request("POST", path, body, {"Authorization": f"Bearer {token}", "X-Mine": "a-header"})
                connection.getresponse().read()
                connection.close()
            assert graph_emulator.requests == []
    """.replace("assert graph_emulator.requests == []", "raise LookupError")
    )
    result = run(suite, "--tb=line")
    result.assert_outcomes(failed=1)
    [section] = sections(result)
    assert section.count("<token>") == 3  # Graph's error repeats the segment
    for hidden in ("eyJ", "a-header", "Bearer"):
        assert hidden not in result.stdout.str()


def test_a_body_cannot_write_to_the_terminal(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import http.client

        def test_that_fails(graph_emulator):
            for body in (b"\\x1b[31mred\\r\\n\\x00 Gr\\xc3\\xbc\\xc3\\x9fe", b"\\x1f\\x8b\\x08\\xff"):
                connection = http.client.HTTPConnection(graph_emulator.url.split("/")[2], timeout=20)
                connection.request("POST", "/beta", body, {"Authorization": f"Bearer {graph_emulator.token}"})
                connection.getresponse().read()
                connection.close()
            raise LookupError
    """)
    [section] = sections(run(suite, "--tb=line"))
    assert [line.strip() for line in section.splitlines()[1::2]] == ["\\x1b[31mred \\x00 Grüße", "4 bytes"]


def test_long_traffic_is_cut_at_its_beginning(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import script

        def test_that_fails(graph_emulator):
            app = graph_emulator.add_app()
            for _ in range(60):
                script.with_a_client(app)
            script.with_a_client("the-last-one")
    """)
    [section] = sections(run(suite))
    assert section.startswith("… 11 requests before these 50 …\n")
    assert section.count("POST") == 50
    assert "the-last-one" in section.splitlines()[-2]


def test_a_test_that_asked_nothing_says_so(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_that_fails(graph_emulator): assert 0")
    assert sections(run(suite)) == ["no request"]


def test_set_up_and_tear_down_that_fail_show_it_too(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        import script

        @pytest.fixture
        def before(graph_emulator):
            script.with_a_client("in-set-up")

        @pytest.fixture
        def after(graph_emulator):
            yield
            script.with_a_client("in-tear-down")

        def test_set_up(before):
            pass

        def test_tear_down(after):
            pass
    """)
    result = run(suite)
    result.assert_outcomes(passed=1, errors=2)
    assert [re.findall(r"in-\w+-?\w*", section) for section in sections(result)] == [["in-set-up"], ["in-tear-down"]]


def test_a_test_that_used_no_emulator_shows_nothing_of_others(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import script

        def test_one(graph_emulator):
            script.with_a_client(graph_emulator.add_app())

        def test_two():
            assert 0
    """)
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    assert sections(result) == []


def test_success_shows_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        import script

        def test_one(graph_emulator):
            assert script.with_a_client(graph_emulator.add_app()).status == 204

        @pytest.mark.xfail(strict=True)
        def test_two(graph_emulator):
            script.with_a_client("no-such-app")
    """)
    result = run(suite, "-rA", "-s")
    result.assert_outcomes(passed=1, xfailed=1)
    assert "Graph traffic" not in result.stdout.str()


@pytest.mark.parametrize("option", ["--show-capture=no", "--tb=no"])
def test_who_wants_no_captured_output_gets_none(suite: pytest.Pytester, option: str) -> None:
    suite.makepyfile(FAILS)
    result = run(suite, option)
    result.assert_outcomes(failed=1)
    assert "Graph traffic" not in result.stdout.str()


# What it costs who does not use it.

LOADED = """
        import sys

        def test_nothing_is_loaded(request):
            ours = {name for name in sys.modules if name.split(".")[0] == "appassign"}
            assert ours == {"appassign", "appassign.pytest_plugin"}
            assert not request.config.pluginmanager.has_plugin("appassign-emulators")
"""


def test_a_suite_that_does_not_use_it_loads_none_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LOADED)
    run(pytester).assert_outcomes(passed=1)


def test_importing_it_brings_nothing_that_pytest_has_not_brought(pytester: pytest.Pytester) -> None:
    code = (
        "import sys, pytest; before = {*sys.modules}; import appassign.pytest_plugin;"
        "print(*sorted(sys.modules.keys() - before))"
    )
    result = pytester.run(sys.executable, "-I", "-c", code)
    assert result.outlines == ["appassign appassign.pytest_plugin"]


def test_who_imported_the_package_before_pytest_gets_no_warning(pytester: pytest.Pytester) -> None:
    """A notebook does, for one. pytest rewrites the asserts of plugins, and warns where it comes too late."""
    pytester.makepyfile("def test_it(graph_emulator): pass")
    code = (
        "import sys, appassign, appassign.emulator, pytest; sys.exit(pytest.main(['-W', 'error', '-p', 'no:asyncio']))"
    )
    result = pytester.run(sys.executable, "-X", "dev", "-c", code)
    assert result.stderr.str() == ""
    result.assert_outcomes(passed=1, warnings=0)


def test_the_package_under_test_is_the_installed_wheel() -> None:
    import appassign

    assert pathlib.Path(appassign.__file__).is_relative_to(sys.prefix)
