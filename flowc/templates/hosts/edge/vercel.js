// Vercel: this folder as api/, and {"rewrites": [{"source": "/(.*)", "destination": "/api/vercel"}]} in vercel.json.
import { handle } from './handler.js';

export const config = { runtime: 'edge' };
export default (request) => handle(request, (name) => process.env[name]);
