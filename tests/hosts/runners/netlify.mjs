// A published site: Netlify's own redirect engine before a folder of files. Arguments: folder, port.
import { RedirectsHandler } from "@netlify/redirects";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const [folder, port] = process.argv.slice(2);
const engine = new RedirectsHandler({
  geoCountry: "US",
  jwtRoleClaim: "x",
  jwtSecret: "x",
  projectDir: folder,
  publicDir: folder,
});

// The rules of _headers that flowc writes: a path that ends with *, then indented headers.
const headers = [];
for (const line of (await readFile(join(folder, "_headers"), "utf8")).split("\n")) {
  if (line.startsWith("/")) headers.push([line.replace("*", ""), {}]);
  else if (line.startsWith(" ")) {
    const [name, ...value] = line.trim().split(": ");
    headers.at(-1)[1][name] = value.join(": ");
  }
}

async function respond(request, response) {
  if (request.url.includes("\\")) return response.writeHead(400).end(); // URL would make a slash of it
  const url = new URL(request.url, "http://127.0.0.1");
  const met = await engine.match(new Request(url, { method: request.method }));
  const path = decodeURIComponent(met ? met.target.pathname : url.pathname);
  if (/\.\.|\\|\0/.test(path)) return response.writeHead(404).end();
  if (!["GET", "HEAD"].includes(request.method)) return response.writeHead(405).end();
  try {
    const data = await readFile(join(folder, path));
    const own = headers.filter(([prefix]) => path.startsWith(prefix)).map(([, values]) => values);
    response.writeHead(200, Object.assign({}, ...own));
    response.end(request.method === "HEAD" ? undefined : data);
  } catch {
    response.writeHead(404).end();
  }
}

createServer((request, response) => {
  request.resume();
  request.on("end", () => respond(request, response).catch(() => response.writeHead(400).end()));
}).listen(Number(port), "127.0.0.1");
