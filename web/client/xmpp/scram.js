// SPDX-License-Identifier: AGPL-3.0-or-later
// Proving a password without sending it, and having the server prove that it knows it too (RFC 5802, RFC 7677), over WebCrypto.

/** What is wrong with what the server, or the caller, said. Never holds the password. */
export class ScramError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ScramError';
  }
}

const hashes = new Map([['SCRAM-SHA-256', 'SHA-256'], ['SCRAM-SHA-1', 'SHA-1']]);
/** RFC 7677 section 4 asks for no fewer; and a server shall not keep a browser busy for long. */
const iterationBounds = { least: 4096, most: 500_000 };
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** One exchange. Messages are in Base64, as XMPP carries them. */
export class Scram {
  /**
   * @param {object} options
   * @param {string} options.mechanism SCRAM-SHA-256 or SCRAM-SHA-1
   * @param {string} options.username
   * @param {string} options.password printable ASCII, which SASLprep leaves as it is
   * @param {Crypto} options.crypto
   * @param {string} [options.nonce] 144 random bits in Base64, if none is given
   */
  constructor({ mechanism, username, password, crypto, nonce }) {
    const hash = hashes.get(mechanism);
    if (hash === undefined) throw new ScramError('this mechanism is not known');
    if (!/^[\x20-\x7e]+$/.test(password)) throw new ScramError('the password is no printable ASCII');
    this.hash = hash;
    this.subtle = crypto.subtle;
    this.password = encoder.encode(password);
    this.nonce = nonce ?? toBase64(crypto.getRandomValues(new Uint8Array(18)));
    this.bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.nonce}`;
    /** @type {Uint8Array | null} */
    this.serverSignature = null;
  }

  /** The client's first message. */
  first() {
    return toBase64(encoder.encode('n,,' + this.bare));
  }

  /**
   * The client's final message.
   * @param {string} challenge the server's first message
   * @returns {Promise<string>}
   * @throws {ScramError} if the server's message is not one that a server may send
   */
  async respond(challenge) {
    const said = readText(challenge);
    const found = /^r=([\x21-\x2b\x2d-\x7e]{1,1024}),s=([A-Za-z0-9+/=]{4,1024}),i=([1-9][0-9]{0,9})(?:,[A-Za-z]=[^,]*)*$/.exec(said);
    if (!found) throw new ScramError('the challenge cannot be read');
    const [, nonce = '', salt = '', count = ''] = found;
    if (!nonce.startsWith(this.nonce) || nonce.length === this.nonce.length) throw new ScramError('the nonce is not ours with more behind it');
    const iterations = Number(count);
    if (iterations < iterationBounds.least || iterations > iterationBounds.most) throw new ScramError('the number of iterations is out of bounds');

    const final = `c=biws,r=${nonce}`;
    const authMessage = encoder.encode(`${this.bare},${said},${final}`);
    const key = await this.subtle.importKey('raw', this.password, 'PBKDF2', false, ['deriveBits']);
    const bits = this.hash === 'SHA-256' ? 256 : 160;
    const salted = await this.subtle.deriveBits({ name: 'PBKDF2', hash: this.hash, salt: fromBase64(salt), iterations }, key, bits);
    const clientKey = await this.hmac(salted, encoder.encode('Client Key'));
    const storedKey = await this.subtle.digest(this.hash, clientKey);
    const signature = await this.hmac(storedKey, authMessage);
    const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
    this.serverSignature = await this.hmac(await this.hmac(salted, encoder.encode('Server Key')), authMessage);
    return toBase64(encoder.encode(`${final},p=${toBase64(proof)}`));
  }

  /**
   * Whether the server has proved that it knows the password too.
   * @param {string} outcome the server's final message
   */
  verify(outcome) {
    if (this.serverSignature === null) return false;
    try {
      const found = /^v=([A-Za-z0-9+/=]{4,1024})(?:,.*)?$/.exec(readText(outcome));
      return found !== null && sameBytes(fromBase64(found[1] ?? ''), this.serverSignature);
    } catch {
      return false;
    }
  }

  /**
   * @param {ArrayBuffer | Uint8Array} key
   * @param {Uint8Array} data
   */
  async hmac(key, data) {
    const imported = await this.subtle.importKey('raw', key, { name: 'HMAC', hash: this.hash }, false, ['sign']);
    return new Uint8Array(await this.subtle.sign('HMAC', imported, data));
  }
}

/**
 * Takes as long whatever differs.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export function sameBytes(one, other) {
  let difference = one.length ^ other.length;
  for (let i = 0; i < other.length; i += 1) difference |= (one[i] ?? 0) ^ (other[i] ?? 0);
  return difference === 0;
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {string} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  } catch {
    throw new ScramError('this is no Base64');
  }
}

/** @param {string} base64 */
function readText(base64) {
  if (base64.length > 8192) throw new ScramError('the message is too long');
  try {
    return decoder.decode(fromBase64(base64));
  } catch {
    throw new ScramError('the message cannot be read');
  }
}
