// Vercel's own runtime of edge functions, which takes one script: the modules are joined first. Arguments: folder, port.
import { createServer } from "node:http";
import { createHandler, EdgeRuntime } from "edge-runtime";
import { build } from "esbuild";

const [folder, port] = process.argv.slice(2);
const joined = await build({
  bundle: true,
  format: "iife",
  stdin: {
    contents: `import handler from "./vercel.js";
addEventListener("fetch", (event) => event.respondWith(handler(event.request, { waitUntil: (promise) => event.waitUntil(promise) })));`,
    resolveDir: folder,
  },
  write: false,
});
const secrets = JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => /^FLOWC_/.test(name))));
const runtime = new EdgeRuntime({
  extend: (context) => Object.assign(context, { process: { env: JSON.parse(secrets) } }),
  initialCode: joined.outputFiles[0].text,
});
const { handler: respond } = createHandler({ runtime });
// The runtime ends where a request makes no URL; Vercel refuses such a request before that.
createServer((request, answer) =>
  URL.canParse(request.url, `http://${request.headers.host}`) ? respond(request, answer) : answer.writeHead(400).end(),
).listen(Number(port), "127.0.0.1");
