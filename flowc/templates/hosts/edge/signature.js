// Whether a request was signed with the auth token, or with a shared key, in the way that bundle.js describes. WebCrypto only.
const encoder = new TextEncoder();
const ALGORITHMS = { sha1: 'SHA-1', sha256: 'SHA-256' };
const PORTS = { 'http:': 80, 'https:': 443 };

// `url` is the URL that the carrier was given, `body` are the bytes of the body, and `form` its parameters. Any of the
// secrets in `shared` may be that of the shared key by which a request says that it is signed.
export async function isSigned(way, url, body, form, headers, token, shared) {
  const named = way.settings ? algorithm(headers.get(way.settings)) : null;
  const hashes = named === null ? way.algorithm : own(way.algorithms, named);
  if (!hashes) return false;
  const secrets = named !== null ? shared : token ? [token] : [];
  const given = way.headers.flatMap((name) => (headers.get(name) ?? '').split(',')).map((text) => text.trim());
  const nonce = way.nonce ? headers.get(way.nonce) : '';
  if (nonce === null) return false;
  // A body that is not a form is signed by its hash, which is in the URL.
  const hash = way.body_hash && pairs(split(url)[1]).getAll(way.body_hash).find(Boolean);
  const posted = hash ? [] : form;
  let right = false;
  for (const secret of secrets) {
    for (const each of spellings(way, url)) {
      const wanted = await hmac(ALGORITHMS[hashes], secret, signed(way, each, posted, nonce));
      for (const text of given) right = same(text, wanted) || right;
    }
  }
  return hash ? right && same(await sha256(body), hash.toLowerCase()) : right;
}

// The parameters of a query or a form. URLSearchParams alone drops a question mark in front.
export function pairs(text = '') {
  return new URLSearchParams(`&${text}`);
}

// The algorithm that a request names in its settings (key=ID,algorithm=NAME): null without settings, since the token has
// signed it then. Two different ones are none that is known.
function algorithm(settings) {
  if (!settings?.trim()) return null;
  const parts = settings.split(',').map((part) => part.split(/=(.*)/s).map((word) => word.trim()));
  return [...new Set(parts.filter(([name, value]) => name === 'algorithm' && value).map(([, value]) => value))].join().toUpperCase();
}

function own(record, key) {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

async function sha256(body) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function signed(way, url, form, nonce) {
  const [page, search = ''] = split(url);
  const query = sorted(way, pairs(search));
  const posted = sorted(way, form);
  const which = query.length && posted.length ? 'both' : query.length ? 'query' : posted.length ? 'form' : 'neither';
  const parts = {
    url, page, nonce,
    query: query.map(([name, value]) => `${name}=${value}`).join('&'),
    form: posted.map(([name, value]) => name + value).join(''),
  };
  return way.signs[which].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}

function split(url) {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

function sorted(way, pairs) {
  const all = [...pairs];
  const kept = way.once ? [...new Map(all.map((pair) => [JSON.stringify(pair), pair])).values()] : all;
  return kept.sort((one, other) => compared(one[0], other[0]) || compared(one[1], other[1]));
}

// By code points: JavaScript's own order is that of UTF-16.
function compared(one, other) {
  const left = [...one];
  const right = [...other];
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = left[index].codePointAt(0) - right[index].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

// A URL as it is, and as it may have come, since the runtime has changed it: an apostrophe, and what is no ASCII, was
// escaped, and a question mark that nothing follows was dropped. Each with its port and without, where that is open.
function spellings(way, url) {
  const came = url.replace(/%27/g, "'").replace(/(%[89A-F][0-9A-F])+/g, unescaped);
  const texts = [...new Set([url, came])].flatMap((each) => (each.includes('?') ? [each] : [each, `${each}?`]));
  return texts.flatMap((each) => (way.either_port ? withPorts(each) : [each]));
}

function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A URL without its port, and with.
function withPorts(url) {
  const [, scheme, host, port, rest] = /^(\w+:)\/\/(.*?)(?::(\d+))?([/?].*|$)/.exec(url);
  return [`${scheme}//${host}${rest}`, `${scheme}//${host}:${port ?? PORTS[scheme]}${rest}`];
}

async function hmac(hash, token, text) {
  const key = await crypto.subtle.importKey('raw', encoder.encode(token), { name: 'HMAC', hash }, false, ['sign']);
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))));
}

// In a time that tells nothing of where two texts differ.
function same(one, other) {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ other.charCodeAt(index % other.length);
  return difference === 0;
}
