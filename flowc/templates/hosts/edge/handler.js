// Answers each request with the document that the manifest promises: one handler for every host with the fetch API.
// What is answered is a closed list in bundle.js; no value of a request becomes part of a path.
import { bundle } from './bundle.js';
import { isSigned, pairs } from './signature.js';

const METHODS = ['GET', 'HEAD', 'POST'];
const LARGEST_BODY = 65536; // bytes; those of carriers have about a thousand
const MOST_READ = 16 * LARGEST_BODY; // a client that still sends when the connection closes never sees the answer
const FOREVER = 'public, max-age=31536000, immutable';
const TEXTS = {
  400: 'bad request\n', 403: 'bad signature\n', 404: 'not found\n', 405: 'method not allowed\n', 413: 'too large\n',
  503: 'signatures cannot be verified\n',
};
const PATIENCE = 5000; // milliseconds for a server that is notified
let reported = false;

// variable: gives a variable of the host's own store of secrets. Where it has a carrier's auth token, or the secrets of
// its shared keys, what that carrier did not sign is refused.
// later: keeps the host from stopping before a promise is settled, where the answer does not wait for it.
export async function handle(request, variable, later = () => {}) {
  if (!reported) report(variable);
  const { method } = request;
  const head = method === 'HEAD';
  const url = new URL(request.url);
  const body = method === 'POST' ? await bytes(request.body) : new Uint8Array(0);
  if (!body) return refused(400, head);
  if (body.byteLength > LARGEST_BODY) return refused(413, head);
  const form = pairs(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  const path = decoded(url.pathname);
  const entry = path.startsWith(bundle.prefix) ? path.slice(bundle.prefix.length) : '';
  const audio = own(bundle.audio ?? {}, entry);
  if (audio && method !== 'GET' && !head) return refused(405, head, { allow: 'GET, HEAD' });
  if (audio) return played(audio, head);
  const route = own(bundle.routes, entry);
  if (!route && own(bundle.documents, entry) === undefined) return refused(404, head);
  if (!METHODS.includes(method)) return refused(405, head, { allow: METHODS.join(', ') });
  const way = own(bundle.signatures, entry.split('/')[0]);
  const { token, shared, fault, closed } = secrets(way, variable);
  if (closed) return refused(503, head);
  // The URL that the carrier was given: behind a proxy the request shows another.
  const given = bundle.origin + url.pathname + url.search;
  if (!fault && !(await isSigned(way, given, body, form, request.headers, token, shared)))
    return refused(403, head);
  const document = route ? chosen(route, method === 'POST' ? form : url.searchParams, Date.now()) : entry;
  const { type, text, notify = [] } = bundle.documents[document];
  if (!head) notify.forEach((server) => later(notified(server, method === 'POST' ? body : url.search.slice(1))));
  return answered(200, head ? null : text, { 'content-type': type });
}

// Sends a server what the carrier sent, without its headers; an error or a slow answer makes no difference.
async function notified({ method, url }, sent) {
  const signal = AbortSignal.timeout(PATIENCE);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  try {
    const text = typeof sent === 'string' ? sent : new TextDecoder().decode(sent).replace(/[^!-~]|#/gu, encodeURIComponent);
    const whole = method === 'GET' && text ? url + (url.includes('?') ? '&' : '?') + text : url;
    const body = method === 'POST' ? { body: sent, headers } : {};
    const answer = await fetch(whole, { method, redirect: 'manual', signal, ...body });
    await answer.body?.cancel();
  } catch (error) {
    console.log(`flowc: a server could not be notified: ${error.name}`);
  }
}

// What the host knows of a target's secrets; `fault` says why they cannot verify a request, and `closed` that none is
// answered then.
function secrets(way, variable) {
  if (!way) return { fault: 'its carrier signs none', closed: false };
  const empty = [...way.variables, ...way.shared].find((name) => variable(name)?.trim() === '');
  if (empty) return { fault: `${empty} is set but empty`, closed: true };
  const token = way.variables.map(variable).find(Boolean);
  const shared = way.shared.map(variable).find(Boolean)?.split(/\s+/).filter(Boolean) ?? [];
  const fault = token || shared.length ? '' : `neither ${way.variables.join(' nor ')} is set`;
  return { token, shared, fault, closed: fault !== '' && way.required };
}

// Says in the host's log which targets are verified: with the first request, since some hosts give no secrets before.
function report(variable) {
  reported = true;
  for (const target of bundle.targets) {
    const { fault, closed } = secrets(own(bundle.signatures, target), variable);
    const how = closed ? 'answered with 503, since they cannot be verified: ' : fault ? 'NOT verified: ' : 'verified';
    console.log(`flowc: ${target}: requests are ${how}${fault}`);
  }
}

// A body, or so much of it that it is known to be too large; null if it does not come whole.
async function bytes(stream) {
  const parts = [];
  let length = 0;
  const reader = stream?.getReader();
  try {
    while (reader && length <= MOST_READ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.byteLength;
    }
  } catch {
    return null;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

// The first value counts, or the word of a calendar at that time; a missing or empty one leads to `empty`, one that is no
// case to that of its longest prefix (they are in this order), or to `default`.
function chosen(route, parameters, now) {
  const value = route.hours ? wordAt(bundle.hours[route.hours], now) : parameters.get(route.parameter);
  if (!value) return route.empty;
  const text = route.ignoreCase ? small(value) : value;
  return own(route.cases, text) ?? route.prefixes?.find(([start]) => text.startsWith(start))?.[1] ?? route.default;
}

// The word of a calendar at a time in milliseconds: that of the last change before it.
function wordAt({ words, changes }, now) {
  let [low, high] = [0, changes.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (changes[middle][0] * 1000 <= now) low = middle;
    else high = middle;
  }
  return words[changes[low][1]];
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

// An audio file: other contents have another path, and no carrier signs all requests for files.
function played({ type, content }, head) {
  const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
  const headers = { 'content-type': type, 'content-length': bytes.length, 'cache-control': FOREVER };
  return new Response(head ? null : bytes, { status: 200, headers });
}

function answered(status, body, headers) {
  return new Response(body, { status, headers: { ...headers, 'cache-control': 'no-store' } });
}
