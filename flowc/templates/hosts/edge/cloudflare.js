// Cloudflare Workers: `wrangler deploy cloudflare.js`; the auth token by `wrangler secret put`.
import { handle } from './handler.js';

export default { fetch: (request, env) => handle(request, (name) => env[name]) };
