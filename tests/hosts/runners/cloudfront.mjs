// A distribution: events as CloudFront gives them to a function for viewer requests, then a folder of files as the
// origin. Arguments: function, folder, port.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import vm from "node:vm";

const [source, folder, port] = process.argv.slice(2);
const context = vm.createContext({});
vm.runInContext(`${readFileSync(source, "utf8")}\nthis.handler = handler;`, context);

function querystring(text) {
  const found = {};
  for (const part of text.split("&").filter(Boolean)) {
    const [name, ...rest] = part.split("=");
    const value = rest.join("=");
    if (!(name in found)) found[name] = { value };
    else {
      found[name].multiValue ??= [{ value: found[name].value }];
      found[name].multiValue.push({ value });
      found[name].value = value;
    }
  }
  return found;
}

async function respond(request, response) {
  const [, uri, query = ""] = /^([^?]*)(?:\?(.*))?$/s.exec(request.url.replace(/^https?:\/\/[^/?]*/i, ""));
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, { value }]));
  const asked = { cookies: {}, headers, method: request.method, querystring: querystring(query), uri };
  const said = context.handler({ context: {}, request: asked, version: "1.0", viewer: { ip: "127.0.0.1" } });
  if (said.statusCode) return response.writeHead(said.statusCode).end();
  try {
    if (/\/\/|\.\./.test(said.uri)) throw new Error("a store of files has no such key");
    const data = await readFile(join(folder, said.uri));
    response.writeHead(200, { "Content-Type": "application/xml" }).end(request.method === "HEAD" ? undefined : data);
  } catch {
    response.writeHead(403).end();
  }
}

createServer((request, response) => {
  request.resume();
  request.on("end", () => respond(request, response).catch(() => response.writeHead(400).end()));
}).listen(Number(port), "127.0.0.1");
