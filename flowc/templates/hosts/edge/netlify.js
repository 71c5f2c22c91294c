// Netlify: this folder as netlify/edge-functions.
import { handle } from './handler.js';

export default (request, context) => handle(request, (name) => Netlify.env.get(name), (promise) => context.waitUntil(promise));
export const config = { path: '/*' };
