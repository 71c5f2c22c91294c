// A distribution: events as CloudFront gives them to a function for viewer requests, then a folder of files as the
// origin. Arguments: function, folder, port.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import vm from "node:vm";

const [source, folder, port] = process.argv.slice(2);
const types = { mp3: "audio/mpeg", wav: "audio/wav" };
const forever = "public, max-age=31536000, immutable";
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
  const audio = /\/audio\/[^/]*$/.test(uri) && types[uri.split(".").pop()];
  // Another behaviour, without the function.
  if (audio && !["GET", "HEAD"].includes(request.method)) return response.writeHead(403).end();
  if (audio) return stored(request, response, uri, { "Content-Type": audio, "Cache-Control": forever });
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, { value }]));
  const asked = { cookies: {}, headers, method: request.method, querystring: querystring(query), uri };
  const said = context.handler({ context: {}, request: asked, version: "1.0", viewer: { ip: "127.0.0.1" } });
  if (said.statusCode) return response.writeHead(said.statusCode).end();
  return stored(request, response, said.uri, { "Content-Type": "application/xml" });
}

async function stored(request, response, uri, headers) {
  try {
    if (/\/\/|\.\./.test(uri)) throw new Error("a store of files has no such key");
    const data = await readFile(join(folder, uri));
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : data);
  } catch {
    response.writeHead(403).end();
  }
}

createServer((request, response) => {
  request.resume();
  request.on("end", () => respond(request, response).catch(() => response.writeHead(400).end()));
}).listen(Number(port), "127.0.0.1");
