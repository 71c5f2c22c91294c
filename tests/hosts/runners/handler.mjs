// The handler of edge functions by itself, a fresh one for each row. Argument: its folder. Standard input: rows with
// `env`, `url`, and `headers`. Standard output: for each row the status of the answer, and what went to the log.
import { text } from "node:stream/consumers";

const answers = [];
for (const [index, { env, url, headers }] of JSON.parse(await text(process.stdin)).entries()) {
  const log = [];
  console.log = (line) => log.push(line);
  const { handle } = await import(`file://${process.argv[2]}/handler.js?${index}`);
  const { status } = await handle(new Request(url, { headers }), (name) => env[name]);
  await handle(new Request(url), (name) => env[name]);
  answers.push([status, log]);
}
process.stdout.write(JSON.stringify(answers));
