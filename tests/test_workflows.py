"""The workflows call make alone, may do no more than they must, and use actions that cannot change under them."""

import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
ACTIONS = {
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-python",
    "actions/upload-artifact",
    "pypa/gh-action-pypi-publish",
}


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def steps(workflow: dict) -> list[tuple[dict, dict]]:
    return [(job, step) for job in workflow["jobs"].values() for step in job["steps"]]


def runs(workflow: dict) -> list[str]:
    """What the steps run, once for each entry of a job's matrix."""
    commands = []
    for job, step in steps(workflow):
        matrix = job.get("strategy", {}).get("matrix", {})
        for entry in matrix.get("include", [{}]):
            filled = re.sub(
                r"\$\{\{ matrix\.(\w+) \}\}", lambda found, entry=entry: entry[found[1]], step.get("run", "")
            )
            commands += [filled] if filled else []
    return commands


def test_there_are_two_of_them() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


def test_each_step_that_runs_something_makes_a_target_that_there_is(workflow: dict) -> None:
    assert runs(workflow)
    for command in runs(workflow):
        made = re.fullmatch(r"make( [A-Z]+=[\w-]+)* ([a-z-]+)", command)
        assert made, command
        assert made[2] in TARGETS, command


def test_they_may_read_and_no_more_but_for_the_job_that_publishes(workflow: dict) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    allowed = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert allowed == ({"publish": {"id-token": "write"}} if "publish" in workflow["jobs"] else {})
    assert "secrets." not in str(workflow)


def test_each_action_is_a_known_one_at_a_commit(workflow: dict) -> None:
    used = [step["uses"] for _, step in steps(workflow) if "uses" in step]
    for action in used:
        name, _, commit = action.partition("@")
        assert name in ACTIONS
        assert re.fullmatch("[0-9a-f]{40}", commit), action


def test_each_commit_has_its_version_beside_it() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(lines) > 10
    versions: dict[str, set[str]] = {}
    for line in lines:
        found = re.search(r"uses: ([\w/-]+)@\w+ # (v\d+\.\d+\.\d+)$", line)
        assert found, line
        versions.setdefault(found[1], set()).add(line.split("uses: ")[1])
    assert all(len(uses) == 1 for uses in versions.values())


def test_a_checkout_leaves_no_credentials_behind(workflow: dict) -> None:
    checkouts = [step for _, step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_job_ends(workflow: dict) -> None:
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


def test_only_a_tag_that_names_the_version_is_released() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 takes the key `on` for true
    assert "make check-tag" in runs(workflow)
    assert workflow["jobs"]["publish"]["needs"] == "build"
    assert workflow["jobs"]["publish"]["environment"] == "pypi"
