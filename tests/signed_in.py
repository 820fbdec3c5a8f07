"""Runs a script as on a machine that is signed in: the real azure-identity, whose HTTP, browser and `az` end here.

    python signed_in.py SCRIPT ASKED

Writes into ASKED, as JSON, what Entra was asked: pairs of a host and the fields.
"""

import base64
import contextlib
import json
import os
import pathlib
import runpy
import sys
import threading
import time
import urllib.request
import webbrowser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from azure.core.pipeline import transport

from entra import Entra


class SignedIn(Entra):
    """An Entra that people sign in at, too: with a code that is typed in, and by a browser."""

    nonce = ""

    def respond(self, request: Any) -> Any:
        url = urlsplit(request.url)
        answer = super().respond(request)
        document = json.loads(answer.body())
        if "token_endpoint" in document:
            document["device_authorization_endpoint"] = document["token_endpoint"].replace("/token", "/devicecode")
        elif url.path.endswith("/devicecode"):
            page, code = "https://microsoft.com/devicelogin", "ABCD1234"
            document = {
                "device_code": "device-code",
                "user_code": code,
                "verification_uri": page,
                "expires_in": 900,
                "interval": 1,
                "message": f"To sign in, open {page} and enter the code {code} to authenticate.",
            }
        elif "access_token" in document and "client_id" in (fields := self.asked[-1][1]):
            document["id_token"] = self._id_token(document, fields["client_id"], url.netloc)
        return type(answer)(request, answer.status_code, document)

    def _id_token(self, document: dict[str, Any], client: str, host: str) -> str:
        claims = {
            "iss": f"https://{host}/tenant/v2.0",
            "aud": client,
            "sub": "subject",
            "tid": "tenant",
            "preferred_username": "admin@example.com",
            "exp": document["expires_on"],
            "iat": int(time.time()),
            "nonce": self.nonce,
        }
        parts = ({"alg": "none"}, claims)
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*encoded, ""])

    def open_browser(self, address: str, *_: object) -> bool:
        """A browser whose user signs in at once."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = asked["nonce"]
        form = urlencode({"code": "authorization-code", "state": asked["state"]}).encode()

        def post() -> None:
            # Whoever waits for the form does not always stay for the end of the answer.
            with contextlib.suppress(OSError), urllib.request.urlopen(asked["redirect_uri"], form, timeout=20):
                pass

        threading.Thread(target=post).start()
        return True


def main() -> None:
    script, asked = sys.argv[1:]
    entra = SignedIn(os.environ["APPASSIGN_TOKEN"])
    transport.RequestsTransport.send = lambda _, request, **__: entra.respond(request)
    transport.AioHttpTransport = lambda **_: entra.async_transport()
    webbrowser.open = entra.open_browser
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        pathlib.Path(asked).write_text(json.dumps(entra.asked, default=bytes.decode), encoding="utf-8")


if __name__ == "__main__":
    main()
