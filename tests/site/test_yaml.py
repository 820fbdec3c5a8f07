"""The blocks of YAML on the pages are workflows that sign in as the page says."""

import pytest
import yaml

from pages import PAGES, blocks

WORKFLOWS = [yaml.safe_load(text) for page in PAGES for kind, text in blocks(page) if kind == "yaml"]


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_is_one(workflow: dict) -> None:
    for job in workflow["jobs"].values():
        assert job["runs-on"]
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        assert "@v" in step.get("uses", "@v")


def test_those_that_sign_in_without_a_secret_may_ask_for_a_statement() -> None:
    federated = [workflow for workflow in WORKFLOWS if "id-token" in workflow.get("permissions", {})]
    assert len(federated) >= 2
    for workflow in federated:
        assert workflow["permissions"]["id-token"] == "write"
        assert "secrets." not in str(workflow)


def test_azure_login_has_what_it_needs_of_a_tenant_without_subscriptions() -> None:
    everything = [step for workflow in WORKFLOWS for step in steps(workflow)]
    logins = [step["with"] for step in everything if "azure/login" in step.get("uses", "")]
    assert len(logins) == 2
    for login in logins:
        assert login.keys() >= {"client-id", "tenant-id"}
        assert login["allow-no-subscriptions"] is True
