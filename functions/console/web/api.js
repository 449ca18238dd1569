// The one module that talks to the API. The key stays in this tab and goes nowhere but into the header.

const KEY = 'key';

/** The key that this tab is signed in with. */
export const session = {
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

/** An answer that is not a success, or none at all. */
export class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ?? '');
    this.status = status;
    this.code = body.code ?? (status ? 'unreadable' : 'network');
    this.body = body;
    this.requestId = body.request_id ?? null;
    this.retryAfter = retryAfter;
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

async function failure(response) {
  const body = await response.json().catch(() => ({}));
  return new ApiError(response.status, body, Number(response.headers.get('retry-after')) || null);
}

/** One request. Resolves to the response of a success; throws an `ApiError` otherwise. */
async function request(path, { method = 'GET', body, headers = {}, signal, key = session.key } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      signal,
      credentials: 'omit',
      redirect: 'error',
      headers: { Authorization: `Bearer ${key}`, ...headers },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {}, null);
  }
  const remaining = response.headers.get('ratelimit-remaining');
  if (remaining !== null) rate.remaining = Number(remaining);
  if (response.ok) return response;
  const error = await failure(response);
  if (error.status === 401 && key === session.key) dispatchEvent(new CustomEvent('signedout', { detail: error }));
  throw error;
}

/** Reads JSON. Waits once if the rate window is full, since the reader did nothing wrong. */
export async function get(path, { signal, key } = {}) {
  try {
    return await (await request(path, { signal, key })).json();
  } catch (error) {
    if (error.status !== 429 || error.retryAfter > 20) throw error;
    await pause((error.retryAfter ?? 1) * 1000, signal);
    return (await request(path, { signal, key })).json();
  }
}

/** Sends JSON, or a text of another type; resolves to the answer's JSON, or null if it has no body. */
export async function send(method, path, body, { type = 'application/json', idempotencyKey, signal } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = type;
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  const payload = body !== undefined && type === 'application/json' ? JSON.stringify(body) : body;
  const response = await request(path, { method, body: payload, headers, signal });
  return response.status === 204 ? null : response.json();
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
    const response = await patient(() => request(next, { headers: { Accept: 'text/csv' }, signal }), signal);
    const text = await response.text();
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
 */
export async function watch(look, signal) {
  let seconds = 1;
  for (let count = 1; !signal.aborted; count += 1) {
    await pause(seconds * 1000, signal);
    await shown();
    if (signal.aborted) return;
    try {
      const least = await look(count);
      if (least === null) return;
      const slow = rate.remaining < 40 ? 10 : 0;
      seconds = Math.max(least, slow, count < 10 ? 1 : Math.min(seconds * 1.25, 15));
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || !error.passes) throw error;
      seconds = Math.max(error.retryAfter ?? 0, Math.min(seconds * 2, 30));
    }
  }
}
