// Vercel: this folder as api/, and {"rewrites": [{"source": "/(.*)", "destination": "/api/vercel"}]} in vercel.json.
import { handle } from './handler.js';

export const config = { runtime: 'edge' };
export default (request, context) => handle(request, (name) => process.env[name], (promise) => context.waitUntil(promise));
