// SPDX-License-Identifier: AGPL-3.0-or-later
// XML namespaces, each with the specification that defines it.

export const client = 'jabber:client'; // RFC 6120
export const roster = 'jabber:iq:roster'; // RFC 6121
export const carbons = 'urn:xmpp:carbons:2'; // XEP-0280
export const forward = 'urn:xmpp:forward:0'; // XEP-0297
export const archive = 'urn:xmpp:mam:2'; // XEP-0313
export const paging = 'http://jabber.org/protocol/rsm'; // XEP-0059
export const form = 'jabber:x:data'; // XEP-0004
export const delay = 'urn:xmpp:delay'; // XEP-0203
export const ids = 'urn:xmpp:sid:0'; // XEP-0359
export const receipts = 'urn:xmpp:receipts'; // XEP-0184
export const markers = 'urn:xmpp:chat-markers:0'; // XEP-0333
export const states = 'http://jabber.org/protocol/chatstates'; // XEP-0085
export const correction = 'urn:xmpp:message-correct:0'; // XEP-0308
export const hints = 'urn:xmpp:hints'; // XEP-0334
export const oob = 'jabber:x:oob'; // XEP-0066
export const sharing = 'urn:xmpp:sfs:0'; // XEP-0447
export const fileMetadata = 'urn:xmpp:file:metadata:0'; // XEP-0446
export const urlData = 'http://jabber.org/protocol/url-data'; // XEP-0103
export const upload = 'urn:xmpp:http:upload:0'; // XEP-0363
export const rooms = 'http://jabber.org/protocol/muc'; // XEP-0045
export const roomUser = 'http://jabber.org/protocol/muc#user';
export const roomAdmin = 'http://jabber.org/protocol/muc#admin';
export const roomOwner = 'http://jabber.org/protocol/muc#owner';
export const roomConfig = 'http://jabber.org/protocol/muc#roomconfig';
export const directInvitation = 'jabber:x:conference'; // XEP-0249
export const occupants = 'urn:xmpp:occupant-id:0'; // XEP-0421
export const bookmarks = 'urn:xmpp:bookmarks:1'; // XEP-0402
export const displayed = 'urn:xmpp:mds:displayed:0'; // XEP-0490
export const pubsub = 'http://jabber.org/protocol/pubsub'; // XEP-0060
export const pubsubEvent = 'http://jabber.org/protocol/pubsub#event';
export const pubsubOptions = 'http://jabber.org/protocol/pubsub#publish-options';
export const discoInfo = 'http://jabber.org/protocol/disco#info'; // XEP-0030
export const discoItems = 'http://jabber.org/protocol/disco#items';
export const stanzaErrors = 'urn:ietf:params:xml:ns:xmpp-stanzas';
export const blocking = 'urn:xmpp:blocking'; // XEP-0191
export const blockingErrors = 'urn:xmpp:blocking:errors';
export const calls = 'urn:trunkline:calls:1'; // docs/chat.md: what our own server says of calls
export const jingleMessages = 'urn:xmpp:jingle-message:0'; // XEP-0353
export const jingle = 'urn:xmpp:jingle:1'; // XEP-0166
export const jingleRtp = 'urn:xmpp:jingle:apps:rtp:1'; // XEP-0167
export const jingleRtpInfo = 'urn:xmpp:jingle:apps:rtp:info:1';
export const jingleFeedback = 'urn:xmpp:jingle:apps:rtp:rtcp-fb:0'; // XEP-0293
export const jingleExtensions = 'urn:xmpp:jingle:apps:rtp:rtp-hdrext:0'; // XEP-0294
export const jingleSources = 'urn:xmpp:jingle:apps:rtp:ssma:0'; // XEP-0339
export const jingleGroups = 'urn:xmpp:jingle:apps:grouping:0'; // XEP-0338
export const jingleIce = 'urn:xmpp:jingle:transports:ice-udp:1'; // XEP-0176
export const jingleDtls = 'urn:xmpp:jingle:apps:dtls:0'; // XEP-0320

/** Elements that say that the words of a message are encrypted, and by what. */
export const encrypted = [
  ['encryption', 'urn:xmpp:eme:0'], ['encrypted', 'eu.siacs.conversations.axolotl'], ['encrypted', 'urn:xmpp:omemo:2'],
  ['openpgp', 'urn:xmpp:openpgp:0'], ['x', 'jabber:x:encrypted'],
];
