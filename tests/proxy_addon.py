"""What the tests add to mitmproxy. It runs inside of it."""

import json
import pathlib
import sys

from mitmproxy import ctx


class Addon:
    def load(self, loader):
        loader.add_option("events", str, "", "Where to write what was asked, one JSON object a line.")

    def running(self):
        [(_, port, *_)] = ctx.master.addons.get("proxyserver").listen_addrs()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    def server_connect(self, data):
        host, port = data.server.address
        if host.endswith(".test"):
            data.server.address = ("127.0.0.1", port)

    def http_connect(self, flow):
        self._note(flow)

    def requestheaders(self, flow):
        self._note(flow)

    def _note(self, flow):
        asked = flow.request
        noted = {"method": asked.method, "to": f"{asked.host}:{asked.port}", "headers": dict(asked.headers)}
        with pathlib.Path(ctx.options.events).open("a") as events:
            events.write(json.dumps(noted) + "\n")


addons = [Addon()]
