// Netlify's edge functions are Deno with an object of its own for secrets. Arguments: folder, port.
const [folder, port] = Deno.args;
globalThis.Netlify = { env: Deno.env };
const { default: handler } = await import(`file://${folder}/netlify.js`);
const context = { waitUntil: (promise) => promise };
Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, (request) => handler(request, context));
