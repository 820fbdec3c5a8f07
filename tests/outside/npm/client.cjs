// Calls a Graph by Microsoft's client library for JavaScript. A scene is named as the argument; what it needs comes as
// JSON on stdin, and what came of it goes as JSON to stdout.

"use strict";

const { text } = require("node:stream/consumers");
const graph = require("@microsoft/microsoft-graph-client");

const apps = "/deviceAppManagement/mobileApps";

function connected({ baseUrl, token }) {
  return graph.Client.initWithMiddleware({
    baseUrl,
    defaultVersion: "beta",
    // It gives its token to no other host.
    customHosts: new Set([new URL(baseUrl).hostname]),
    authProvider: { getAccessToken: async () => token },
  });
}

async function everyPage(client, first) {
  const seen = [];
  const pages = new graph.PageIterator(client, first, (entry) => {
    seen.push(entry);
    return true;
  });
  await pages.iterate();
  return { complete: pages.isComplete(), seen };
}

function step({ baseUrl }, { id, method, path, body, dependsOn }) {
  // The library strips the host, and takes what is left for the path below the version.
  const options = { method, headers: { "Content-Type": "application/json" } };
  const request = new Request(new URL(path, baseUrl), body ? { ...options, body: JSON.stringify(body) } : { method });
  return { id, request, dependsOn };
}

async function sendBatch(client, asked) {
  const content = new graph.BatchRequestContent(asked.steps.map((given) => step(asked, given)));
  const answer = await client.api("/$batch").post(await content.getContent());
  return new graph.BatchResponseContent(answer);
}

const scenes = {
  async assign(client, { app, body }) {
    return (await client.api(`${apps}/${app}/assign`).post(body)) ?? null;
  },

  async list(client, { app }) {
    return client.api(`${apps}/${app}/assignments`).get();
  },

  async pages(client, { app }) {
    return everyPage(client, await client.api(`${apps}/${app}/assignments`).get());
  },

  async batch(client, asked) {
    const answers = await sendBatch(client, asked);
    const shown = {};
    for (const [id, answer] of answers.getResponses()) {
      const said = await answer.text();
      shown[id] = { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: said && JSON.parse(said) };
    }
    return shown;
  },

  async pagesOfBatch(client, asked) {
    const answers = await sendBatch(client, asked);
    return everyPage(client, await answers.getResponseById(asked.steps[0].id).json());
  },
};

async function main() {
  const asked = JSON.parse(await text(process.stdin));
  try {
    return { value: await scenes[process.argv[2]](connected(asked), asked) };
  } catch (error) {
    if (!(error instanceof graph.GraphError)) {
      throw error;
    }
    const { statusCode, code, message, requestId, date } = error;
    return { error: { statusCode, code, message, requestId, date, headers: Object.fromEntries(error.headers ?? []) } };
  }
}

main().then((done) => process.stdout.write(JSON.stringify(done)));
