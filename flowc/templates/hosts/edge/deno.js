// Deno: `deno serve --allow-env deno.js`, with --allow-net to notify servers, or Deno Deploy.
import { handle } from './handler.js';

export default { fetch: (request) => handle(request, (name) => Deno.env.get(name)) };
