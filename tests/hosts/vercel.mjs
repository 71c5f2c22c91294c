// Vercel's own runtime of edge functions, which takes one script: the modules are joined first. Arguments: folder, port.
import { EdgeRuntime, runServer } from "edge-runtime";
import { build } from "esbuild";

const [folder, port] = process.argv.slice(2);
const joined = await build({
  bundle: true,
  format: "iife",
  stdin: {
    contents: `import handler from "./vercel.js";
addEventListener("fetch", (event) => event.respondWith(handler(event.request)));`,
    resolveDir: folder,
  },
  write: false,
});
const secrets = JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => /^FLOWC_/.test(name))));
const runtime = new EdgeRuntime({
  extend: (context) => Object.assign(context, { process: { env: JSON.parse(secrets) } }),
  initialCode: joined.outputFiles[0].text,
});
await runServer({ host: "127.0.0.1", port: Number(port), runtime });
