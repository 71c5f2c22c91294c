// Cloudflare Workers: `wrangler deploy cloudflare.js`; the auth token by `wrangler secret put`.
import { handle } from './handler.js';

export default { fetch: (request, env, context) => handle(request, (name) => env[name], (promise) => context.waitUntil(promise)) };
