// The one module that talks to the API. The key stays in this tab and goes nowhere but into the header.

const KEY = 'key';
/** The first view, and what it asks for. */
export const FIRST = '#/campaigns';
const FIRST_CALLS = ['/v1/', '/v1/sms/campaigns/?page=1&page_size=20'];

/** The key that this tab is signed in with. */
export const session = {
  /** Asks the reader for another key if this one is refused; resolves to whether there is one. Set by the frame. */
  renew: async () => false,
  get key() {
    return sessionStorage.getItem(KEY);
  },
  set key(key) {
    sessionStorage.setItem(KEY, key);
  },
  get isTest() {
    return (this.key ?? '').startsWith('tk_test_');
  },
  end() {
    sessionStorage.removeItem(KEY);
  },
};

/** What the last answer said of the rate window. */
export const rate = { remaining: Infinity };

/** How long an answer may take: the API's own limit is 30 seconds, and an upload takes its time before that. */
const PATIENCE = 90_000;
/** What an answer without a code means: gateways and proxies answer without one. */
const CODES = { 0: 'network', 429: 'throttled', 500: 'internal_error', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable' };

/** An answer that is not a success, or none at all. Status 0: it is not known whether the request was carried out. */
export class ApiError extends Error {
  constructor(status, body, headers) {
    super(body.detail ?? '');
    this.status = status;
    this.code = body.code ?? CODES[status] ?? 'unreadable';
    this.body = body;
    // The gateway names its own answers in a header only.
    this.requestId = body.request_id ?? headers?.get('apigw-requestid') ?? null;
    this.retryAfter = Number(headers?.get('retry-after')) || null;
  }

  /** Whether the request may have been carried out all the same. */
  get isUnknown() {
    return this.status === 0 || (this.status >= 500 && this.code !== 'sending_stopped');
  }

  /** Whether the same request may succeed a little later. */
  get passes() {
    return [0, 409, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/** Resolves after some milliseconds; rejects when the signal aborts. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The body of an answer, read by `how`; an answer that breaks off or is not JSON is as good as none. */
async function read(response, how, signal) {
  try {
    return await response[how]();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, error instanceof SyntaxError ? { code: 'unreadable' } : {}, response.headers);
  }
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  return new ApiError(response.status, body && typeof body === 'object' ? body : {}, response.headers);
}

/** One request. Resolves to the response of a success; throws an `ApiError` otherwise. */
async function request(path, options = {}) {
  const { method = 'GET', body, headers = {}, signal, key = session.key } = options;
  const limit = AbortSignal.timeout(PATIENCE);
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: 'omit',
      redirect: 'error',
      headers: { Authorization: `Bearer ${key}`, ...headers },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  const remaining = response.headers.get('ratelimit-remaining');
  if (remaining !== null) rate.remaining = Number(remaining);
  if (response.ok) return response;
  const error = await failure(response);
  // A request that is refused for its key has done nothing, so that it can be repeated with another.
  if (error.status === 401 && !options.key && (key !== session.key || (await session.renew(error)))) return request(path, options);
  throw error;
}

/** Calls of the first view that began while the rest of the page was still loading, by path. */
const early = new Map();

/** Reads JSON. Waits once if the rate window is full, since the reader did nothing wrong. */
export async function get(path, { signal, key } = {}) {
  const begun = early.get(path);
  early.delete(path);
  // One that failed is repeated, now that there is a page to say so.
  const answer = key ? null : await begun?.catch(() => null);
  if (answer) return answer;
  const once = async () => read(await request(path, { signal, key }), 'json', signal);
  try {
    return await once();
  } catch (error) {
    if (error.status !== 429 || error.retryAfter > 20) throw error;
    await pause((error.retryAfter ?? 1) * 1000, signal);
    return once();
  }
}

/** Sends JSON, or a text of another type; resolves to the answer's JSON, or null if it has no body. */
export async function send(method, path, body, { type = 'application/json', idempotencyKey, signal } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = type;
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  const payload = body !== undefined && type === 'application/json' ? JSON.stringify(body) : body;
  const response = await request(path, { method, body: payload, headers, signal });
  return response.status === 204 ? null : read(response, 'json', signal);
}

/** Path and query of a page that an answer names by its absolute address. */
const local = address => {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
};

/** Reads a list as CSV, page by page, into one file. Tells `progress` how much of it is read, from 0 to 1. */
export async function csv(path, progress, signal) {
  const parts = [];
  for (let next = path, page = 1; next; page += 1) {
    const [response, text] = await patient(async () => {
      const answer = await request(next, { headers: { Accept: 'text/csv' }, signal });
      return [answer, await read(answer, 'text', signal)];
    }, signal);
    // Every page begins with the header row.
    parts.push(parts.length ? text.slice(text.indexOf('\n') + 1) : text);
    progress(page / Math.max(page, Number(response.headers.get('x-total-pages')) || 1));
    next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    if (next) next = local(next);
  }
  return new Blob(parts, { type: 'text/csv' });
}

/** Repeats a request for as long as its failure may pass by itself, at most ten times in a row. */
export async function patient(attempt, signal, waiting = () => {}) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passes || tries === 10) throw error;
      const seconds = error.retryAfter ?? Math.min(2 ** tries, 30);
      waiting(seconds, error);
      await pause(seconds * 1000, signal);
    }
  }
}

const shown = () =>
  new Promise(resolve => {
    if (!document.hidden) return resolve();
    document.addEventListener('visibilitychange', resolve, { once: true });
  });

/**
 * Looks again and again: every second at first, then ever more rarely, never while the tab is hidden.
 * `look` gets the number of the look; it returns the shortest wait in seconds until the next, or null at the end.
 * A look that fails for a reason that may pass is told to `trouble` and repeated; the next success tells it null.
 */
export async function watch(look, signal, trouble) {
  let seconds = 1;
  for (let count = 1; !signal.aborted; count += 1) {
    await pause(seconds * 1000, signal);
    await shown();
    if (signal.aborted) return;
    try {
      const least = await look(count);
      trouble(null);
      if (least === null) return;
      const slow = rate.remaining < 40 ? 10 : 0;
      seconds = Math.max(least, slow, count < 10 ? 1 : Math.min(seconds * 1.25, 15));
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || !error.passes) throw error;
      trouble(error);
      seconds = Math.max(error.retryAfter ?? 0, Math.min(seconds * 2, 30));
    }
  }
}

/** A key in the link's fragment is taken over and removed from the address before anything else happens. */
export function takeKey() {
  const [, key] = /^#key=(.+)$/.exec(location.hash) ?? [];
  if (!key) return false;
  session.key = decodeURIComponent(key);
  history.replaceState(null, '', location.pathname + FIRST);
  return true;
}

function begin(path) {
  const answer = get(path);
  answer.catch(() => {});
  early.set(path, answer);
}

// The page runs this module before all others have arrived, so that the data come beside them.
takeKey();
if (session.key && ['', FIRST].includes(location.hash)) for (const path of FIRST_CALLS) begin(path);
