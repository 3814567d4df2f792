// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses as XMPP writes them: local@domain/resource (RFC 7622). What a server stamps on a stanza is in its normal form already;
// what came another way is compared in lower case, which is that form for all that members of ours can be called.

/** @param {string | undefined} address */
export function bare(address) {
  const text = address ?? '';
  const slash = text.indexOf('/');
  return fold(slash < 0 ? text : text.slice(0, slash));
}

/** @param {string | undefined} address */
export function resource(address) {
  const text = address ?? '';
  const slash = text.indexOf('/');
  return slash < 0 ? '' : text.slice(slash + 1);
}

/** @param {string | undefined} address */
export function domain(address) {
  const text = bare(address);
  return text.slice(text.indexOf('@') + 1);
}

/** @param {string | undefined} address */
export function local(address) {
  const text = bare(address);
  const at = text.indexOf('@');
  return at < 0 ? '' : text.slice(0, at);
}

/**
 * Something that a message may go to: a person or a room, without resource.
 * @param {string} address
 */
export function isBareAddress(address) {
  return address.length <= 2047 && /^[^\s@/"&'<>:\u0000-\u0020\u007f-\u009f]{1,1023}@[^\s@/"&'<>\u0000-\u0020\u007f-\u009f]{1,1023}$/u.test(address);
}

/** @param {string} text */
export function fold(text) {
  return text.normalize('NFC').toLowerCase();
}
