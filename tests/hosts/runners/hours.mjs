// Scripts of hosts that decide by the time, at any time. Arguments: the kind of script, and its file. Standard input: `url`,
// and `times` in milliseconds. Standard output: for each time the answer: a document, or the path of one.
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import vm from "node:vm";

const [kind, file] = process.argv.slice(2);
const { url, times } = JSON.parse(await text(process.stdin));
const { pathname } = new URL(url);
let now = 0;
const nothing = { get: () => undefined };
globalThis.Deno = globalThis.Netlify = { env: nothing };
Date.now = () => now;

async function script() {
  if (kind === "cloudfront") {
    const context = vm.createContext({ Date });
    vm.runInContext(`${readFileSync(file, "utf8")}\nthis.handler = handler;`, context);
    return () => context.handler({ request: { method: "GET", querystring: {}, uri: pathname } }).uri;
  }
  console.log = () => undefined;
  const { default: front } = await import(`file://${file}`);
  const handle = front.fetch ?? front;
  return async () => (await handle(new Request(url), {})).text();
}

const answer = await script();
const answers = [];
for (now of times) answers.push(await answer());
process.stdout.write(JSON.stringify(answers));
