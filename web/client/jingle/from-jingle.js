// SPDX-License-Identifier: AGPL-3.0-or-later
// What another app says of its sound and picture by Jingle, as a description that a browser reads (RFC 8866, RFC 8829). Every value is
// looked at before it goes into a line; what is not understood is left out, and what a call cannot do without is asked for.

import { child, children } from '../xmpp/xml.js';
import * as names from '../model/names.js';
import { isNumber, lineOf } from './candidate.js';
import { JingleError } from './failure.js';

/** @typedef {import('../xmpp/xml.js').Tree} Tree */
/** @typedef {'initiator' | 'responder'} Role */
/** @typedef {{ name: string, media: string }} Offered one of our contents: what it is called, and `audio` or `video` */

/** More of each is left out. */
const most = { payloads: 64, parameters: 32, feedback: 32, extensions: 32, sources: 16, candidates: 40 };

const token = /^[A-Za-z0-9!#$%&\u0027*+.^_\u0060{|}~-]{1,64}$/;
/** Codecs that need not say what they are (RFC 3551, table 4). */
const known = new Map([['0', 'PCMU/8000'], ['8', 'PCMA/8000'], ['9', 'G722/8000'], ['13', 'CN/8000']]);

/**
 * @param {Tree} jingle `session-initiate` or `session-accept`
 * @param {Role} by who wrote it
 * @param {Offered[] | null} [offered] what we have offered, which this answers: they keep to its order, and may leave some of it out
 * @returns {{ sdp: string, contents: string[] }} the names of its contents, in the order of the description's media, which are called by
 *   their number there
 * @throws {JingleError}
 */
export function descriptionOf(jingle, by, offered = null) {
  const all = children(jingle, 'content').filter((one) => one.attrs.xmlns === names.jingle);
  const contents = all.map((one) => one.attrs.name ?? '');
  const kinds = all.map((one) => child(one, 'description', names.jingleRtp)?.attrs.media);
  const isCall = kinds.filter((kind) => kind === 'audio').length === 1 && kinds.length === (kinds.includes('video') ? 2 : 1);
  if (!isCall || new Set(contents).size !== contents.length || contents.some((name) => name === '' || name.length > 128)) {
    throw new JingleError('unsupported-applications');
  }
  if (offered && all.some((one, at) => !offered.some(({ name, media }) => name === contents[at] && media === kinds[at]))) throw new JingleError('unsupported-applications');
  const ours = offered?.map(({ name }) => name) ?? contents;
  const media = ours.flatMap((name, at) => (contents.includes(name) ? mediaOf(all[contents.indexOf(name)], at, by) : refused(offered?.[at].media ?? '', at)));
  return { contents: ours, sdp: [...head(jingle, ours), ...media, ''].join('\r\n') };
}

/**
 * What we offered and they do not take.
 * @param {string} media
 * @param {number} at
 */
function refused(media, at) {
  return [`m=${media} 0 UDP/TLS/RTP/SAVPF 0`, 'c=IN IP4 0.0.0.0', `a=mid:${at}`, 'a=inactive'];
}

/**
 * What was found later of ways to reach them (`transport-info`).
 * @param {Tree} jingle
 * @param {string[]} contents as of the description
 * @returns {{ candidate: string, sdpMid: string, sdpMLineIndex: number }[]}
 */
export function candidatesIn(jingle, contents) {
  return children(jingle, 'content').flatMap((one) => {
    const at = contents.indexOf(one.attrs.name ?? '');
    const lines = at < 0 ? [] : candidates(child(one, 'transport', names.jingleIce));
    return lines.map((candidate) => ({ candidate, sdpMid: String(at), sdpMLineIndex: at }));
  });
}

/**
 * @param {Tree} jingle
 * @param {string[]} contents
 */
function head(jingle, contents) {
  const group = children(jingle, 'group').find((one) => one.attrs.xmlns === names.jingleGroups && one.attrs.semantics === 'BUNDLE');
  const bundled = children(group, 'content').map((one) => contents.indexOf(one.attrs.name ?? '')).filter((at) => at >= 0);
  const isMixed = children(jingle, 'content').some((one) => child(child(one, 'description', names.jingleRtp), 'extmap-allow-mixed', names.jingleExtensions));
  return [
    'v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', ...(bundled.length > 0 ? [`a=group:BUNDLE ${[...new Set(bundled)].join(' ')}`] : []),
    ...(isMixed ? ['a=extmap-allow-mixed'] : []), 'a=msid-semantic: WMS *',
  ];
}

/**
 * @param {Tree} content
 * @param {number} at
 * @param {Role} by
 */
function mediaOf(content, at, by) {
  const description = /** @type {Tree} */ (child(content, 'description', names.jingleRtp));
  const transport = child(content, 'transport', names.jingleIce);
  if (!transport) throw new JingleError('unsupported-transports');
  const payloads = children(description, 'payload-type').slice(0, most.payloads).flatMap(payloadOf);
  if (payloads.length === 0) throw new JingleError('failed-application');
  return [
    `m=${description.attrs.media} 9 UDP/TLS/RTP/SAVPF ${payloads.map(({ id }) => id).join(' ')}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0',
    `a=mid:${at}`, ...transportLines(transport, by), `a=${direction(content.attrs.senders, by)}`,
    ...(child(description, 'rtcp-mux', names.jingleRtp) ? ['a=rtcp-mux'] : []), ...payloads.flatMap(({ lines }) => lines),
    ...children(description, 'rtcp-fb').flatMap((one) => feedback(one, '*')), ...extensions(description, by), ...sources(description),
    ...candidates(transport).map((line) => `a=${line}`),
  ];
}

/**
 * @param {Tree} one
 * @returns {{ id: string, lines: string[] }[]}
 */
function payloadOf(one) {
  const { id, name, clockrate, channels } = one.attrs;
  if (!isNumber(id, 127)) return [];
  const said = name !== undefined && token.test(name) && isNumber(clockrate, 384_000)
    ? `${name}/${clockrate}${isNumber(channels, 8) && Number(channels) > 1 ? `/${channels}` : ''}` : known.get(id);
  if (said === undefined) return [];
  const parameters = children(one, 'parameter').slice(0, most.parameters).flatMap(({ attrs }) => {
    const value = attrs.value ?? '';
    if (!/^[\x21-\x3a\x3c-\x7e]{1,256}$/.test(value) || (attrs.name && !token.test(attrs.name))) return [];
    return [attrs.name ? `${attrs.name}=${value}` : value];
  });
  return [{
    id, lines: [`a=rtpmap:${id} ${said}`, ...(parameters.length > 0 ? [`a=fmtp:${id} ${parameters.join(';')}`] : []),
      ...children(one, 'rtcp-fb').slice(0, most.feedback).flatMap((each) => feedback(each, id))],
  }];
}

/**
 * @param {Tree} one
 * @param {string} of
 */
function feedback(one, of) {
  const { type = '', subtype } = one.attrs;
  if (one.attrs.xmlns !== names.jingleFeedback || !token.test(type) || (subtype !== undefined && !token.test(subtype))) return [];
  return [`a=rtcp-fb:${of} ${type}${subtype === undefined ? '' : ` ${subtype}`}`];
}

/**
 * @param {Tree} description
 * @param {Role} by
 */
function extensions(description, by) {
  return children(description, 'rtp-hdrext').slice(0, most.extensions).flatMap(({ attrs }) => {
    if (attrs.xmlns !== names.jingleExtensions || !isNumber(attrs.id, 255) || !/^[\x21-\x7e]{1,200}$/.test(attrs.uri ?? '')) return [];
    const way = direction(attrs.senders, by);
    return [`a=extmap:${attrs.id}${way === 'sendrecv' ? '' : `/${way}`} ${attrs.uri}`];
  });
}

/** @param {Tree} description */
function sources(description) {
  /** @param {Tree} one */
  const isOne = (one) => one.attrs.xmlns === names.jingleSources;
  const groups = children(description, 'ssrc-group').filter(isOne).slice(0, most.sources).flatMap((group) => {
    const list = children(group, 'source').map((one) => one.attrs.ssrc);
    const isGood = token.test(group.attrs.semantics ?? '') && list.length > 0 && list.length <= 8 && list.every((ssrc) => isNumber(ssrc, 0xffffffff));
    return isGood ? [`a=ssrc-group:${group.attrs.semantics} ${list.join(' ')}`] : [];
  });
  return [...groups, ...children(description, 'source').filter(isOne).slice(0, most.sources).flatMap((source) => {
    const { ssrc } = source.attrs;
    if (!isNumber(ssrc, 0xffffffff)) return [];
    return children(source, 'parameter').slice(0, 8).flatMap(({ attrs: { name = '', value } }) => {
      if (!token.test(name) || (value !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(value))) return [];
      return [`a=ssrc:${ssrc} ${name}${value === undefined ? '' : `:${value}`}`];
    });
  })];
}

/**
 * @param {Tree} transport
 * @param {Role} by
 */
function transportLines(transport, by) {
  const { ufrag = '', pwd = '' } = transport.attrs;
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag) || !/^[A-Za-z0-9+/]{22,256}$/.test(pwd)) throw new JingleError('unsupported-transports');
  const prints = children(transport, 'fingerprint').filter((one) => one.attrs.xmlns === names.jingleDtls);
  for (const one of prints) {
    const value = one.children.join('').trim();
    const setup = one.attrs.setup ?? (by === 'initiator' ? 'actpass' : 'active');
    if (!/^sha-(224|256|384|512)$/.test(one.attrs.hash ?? '') || !/^[0-9a-f]{2}(:[0-9a-f]{2}){27,63}$/i.test(value)) continue;
    if (!['actpass', 'active', 'passive'].includes(setup)) continue;
    return [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'a=ice-options:trickle', `a=fingerprint:${one.attrs.hash} ${value.toUpperCase()}`, `a=setup:${setup}`];
  }
  throw new JingleError('security-error'); // without it, nobody knows who is at the other end
}

/** @param {Tree | null} transport */
function candidates(transport) {
  return children(transport, 'candidate').slice(0, most.candidates).flatMap((one) => lineOf(one) ?? []);
}

/**
 * @param {string | undefined} senders
 * @param {Role} by who writes the description
 */
function direction(senders, by) {
  if (senders === 'none') return 'inactive';
  if (senders !== 'initiator' && senders !== 'responder') return 'sendrecv';
  return senders === by ? 'sendonly' : 'recvonly';
}
