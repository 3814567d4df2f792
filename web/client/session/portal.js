// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls of the portal's API, which is on this page's own host. The cookie says who asks; what changes something shows the token
// that the portal gave for that (CSRF).

/** A call that was refused or did not arrive. `code`: the problem's, or `unreachable`. */
export class PortalError extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {string} code
   * @param {string} [detail]
   */
  constructor(status, code, detail) {
    super(detail || code);
    this.name = 'PortalError';
    this.status = status;
    this.code = code;
  }
}

const longest = 30_000; // ms

export class Portal {
  /** @param {typeof fetch} fetch */
  constructor(fetch) {
    this.fetch = fetch;
    /** @type {string | null} */
    this.token = null;
    /** Whose token that is. @type {string | null} */
    this.account = null;
    /** How far the server's clock is ahead of this computer's, ms. */
    this.ahead = 0;
  }

  /** @param {string} path below /api/v1/ */
  get(path) {
    return this.call('GET', path);
  }

  /**
   * @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async call(method, path, body) {
    try {
      return this.keep(await this.ask(method, path, body));
    } catch (error) {
      if (!(error instanceof PortalError) || error.code !== 'form-expired') throw error;
    }
    // This browser has signed in again since, and the token is another: to be shown only if it is still the same member's.
    const session = await this.ask('GET', 'session');
    if (session?.address !== this.account) throw new PortalError(401, 'signed-out');
    this.keep(session);
    return this.keep(await this.ask(method, path, body));
  }

  /** @param {any} answer */
  keep(answer) {
    if (typeof answer?.csrf_token === 'string') {
      this.token = answer.csrf_token;
      this.account = answer.address;
    }
    return answer;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async ask(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && this.token !== null) headers['X-CSRF-Token'] = this.token;
    const sent = Date.now();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), longest);
    let response;
    try {
      response = await this.fetch(`/api/v1/${path}`, {
        method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: patience.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new PortalError(0, 'unreachable');
    } finally {
      clearTimeout(timer);
    }
    this.setClock(response, sent);
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw problem(response.status, answer);
    return answer;
  }

  /** The server's time, ms. */
  now() {
    return Date.now() + this.ahead;
  }

  /**
   * Its clock is told to the second, so a difference below two says nothing.
   * @param {Response} response
   * @param {number} sent
   */
  setClock(response, sent) {
    const at = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isFinite(at)) return;
    const ahead = at + 500 - (sent + Date.now()) / 2;
    this.ahead = Math.abs(ahead) < 2000 ? 0 : ahead;
  }
}

/**
 * @param {number} status
 * @param {any} answer
 */
function problem(status, answer) {
  const code = typeof answer?.code === 'string' ? answer.code : `status-${status}`;
  return new PortalError(status, code, typeof answer?.detail === 'string' ? answer.detail : undefined);
}
