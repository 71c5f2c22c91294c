// Netlify: this folder as netlify/edge-functions.
import { handle } from './handler.js';

export default (request) => handle(request, (name) => Netlify.env.get(name));
export const config = { path: '/*' };
