// Answers each request with the document that the manifest promises: one handler for every host with the fetch API.
// What is answered is a closed list in bundle.js; no value of a request becomes part of a path.
import { bundle } from './bundle.js';
import { isSigned, pairs } from './signature.js';

const METHODS = ['GET', 'HEAD', 'POST'];
const LARGEST_BODY = 65536; // bytes; those of carriers have about a thousand
const TEXTS = { 403: 'bad signature\n', 404: 'not found\n', 405: 'method not allowed\n', 413: 'too large\n' };

// variable: gives a variable of the host's own store of secrets. Where it has a carrier's auth token, or the secrets of
// its shared keys, what that carrier did not sign is refused.
export async function handle(request, variable) {
  const { method } = request;
  const head = method === 'HEAD';
  const url = new URL(request.url);
  const body = method === 'POST' ? await request.arrayBuffer() : new ArrayBuffer(0);
  if (body.byteLength > LARGEST_BODY) return refused(413, head);
  const form = pairs(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  const path = decoded(url.pathname);
  const entry = path.startsWith(bundle.prefix) ? path.slice(bundle.prefix.length) : '';
  const route = own(bundle.routes, entry);
  if (!route && own(bundle.documents, entry) === undefined) return refused(404, head);
  if (!METHODS.includes(method)) return refused(405, head, { allow: METHODS.join(', ') });
  const way = own(bundle.signatures, entry.split('/')[0]);
  const token = way?.variables.map(variable).find(Boolean);
  const shared = way?.shared.map(variable).find(Boolean)?.split(/\s+/).filter(Boolean) ?? [];
  // The URL that the carrier was given: behind a proxy the request shows another.
  const given = bundle.origin + url.pathname + url.search;
  if ((token || shared.length) && !(await isSigned(way, given, body, form, request.headers, token, shared)))
    return refused(403, head);
  const document = route ? chosen(route, method === 'POST' ? form : url.searchParams) : entry;
  const { type, text } = bundle.documents[document];
  return answered(200, head ? null : text, { 'content-type': type });
}

// The first value counts; a missing or empty one leads to `empty`, one that is no case to `default`.
function chosen(route, parameters) {
  const value = parameters.get(route.parameter);
  return value ? own(route.cases, route.ignoreCase ? small(value) : value) ?? route.default : route.empty;
}

// With ASCII letters in small ones: toLowerCase alone makes such letters of others too.
function small(text) {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function own(record, key) {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function refused(status, head, more) {
  return answered(status, head ? null : TEXTS[status], { 'content-type': 'text/plain; charset=utf-8', ...more });
}

function answered(status, body, headers) {
  return new Response(body, { status, headers: { ...headers, 'cache-control': 'no-store' } });
}
