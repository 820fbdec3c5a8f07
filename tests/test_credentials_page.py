"""docs/credentials.md: each block signs in as it says, with the real azure-identity."""

import pathlib
import re

import pytest

from pages import DOCS, blocks
from tenants import Tenant

PAGE = DOCS / "credentials.md"
SOURCES = [source for kind, source in blocks(PAGE) if kind == "python"]

# What Entra, or the machine, is asked by each kind of credential, and by no other.
ASKED = {
    "CertificateCredential": ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    "ClientAssertionCredential": ("client_assertion", "statement of GitHub"),
    "ClientSecretCredential": ("client_secret", "secret"),
    "DefaultAzureCredential": ("client_secret", "secret"),
    "DeviceCodeCredential": ("device_code", "device-code"),
    "InteractiveBrowserCredential": ("code", "authorization-code"),
    "ManagedIdentityCredential": ("resource", "https://graph.microsoft.com"),
    "WorkloadIdentityCredential": ("client_assertion", "statement of Kubernetes"),
}


def _credentials(source: str) -> list[str]:
    imports = re.findall(r"^from azure\.identity\S* import (\([^)]*\)|.*$)", source, re.MULTILINE)
    return re.findall(r"\w+Credential", "".join(imports))


def test_the_page_shows_every_usual_kind() -> None:
    shown = {name for source in SOURCES for name in _credentials(source)}
    assert shown == {*ASKED, "AzureCliCredential", "ChainedTokenCredential"}
    assert any("azure.identity.aio" in source for source in SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=[" ".join(_credentials(source)) or "none" for source in SOURCES])
def test_a_block_asks_for_a_token_as_its_credential_does(source: str, tmp_path: pathlib.Path) -> None:
    tenant = Tenant(tmp_path)
    tenant.run(source)
    named = _credentials(source)
    asked = {pair for _, fields in tenant.asked for pair in fields.items()}
    if "ChainedTokenCredential" in named:
        named = ["ManagedIdentityCredential"]  # the first one of the chain that has a token
    if not named:
        assert (tenant.asked, tenant.typed) == ([], [])
    elif named == ["AzureCliCredential"]:
        assert tenant.asked == []
        assert tenant.typed == ["account get-access-token --output json --resource https://graph.microsoft.com"]
    else:
        assert {ASKED[name] for name in named} <= asked


def test_the_block_on_clouds_asks_the_entra_of_its_cloud(tmp_path: pathlib.Path) -> None:
    [source] = [source for source in SOURCES if "cloud=" in source]
    tenant = Tenant(tmp_path)
    tenant.run(source)
    assert {host for host, _ in tenant.asked} == {"login.microsoftonline.us"}
    assert {fields["scope"] for _, fields in tenant.asked} == {"https://graph.microsoft.us/.default"}


def test_an_assigned_identity_is_asked_for_by_its_id(tmp_path: pathlib.Path) -> None:
    [source] = [source for source in SOURCES if "ManagedIdentityCredential(client_id=" in source]
    tenant = Tenant(tmp_path)
    tenant.run(source)
    ids = [fields.get("client_id") for _, fields in tenant.asked]
    assert ids == [None, "bbbbbbbb-0000-4000-8000-000000000002"]
