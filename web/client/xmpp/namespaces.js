// SPDX-License-Identifier: AGPL-3.0-or-later
// The namespaces that the client speaks, each named once.

export const NS = Object.freeze({
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  blocking: 'urn:xmpp:blocking',
  bookmarks: 'urn:xmpp:bookmarks:1',
  caps: 'http://jabber.org/protocol/caps',
  chatStates: 'http://jabber.org/protocol/chatstates',
  client: 'jabber:client',
  conference: 'jabber:x:conference',
  correction: 'urn:xmpp:message-correct:0',
  discoInfo: 'http://jabber.org/protocol/disco#info',
  displayed: 'urn:xmpp:mds:displayed:0',
  fileSharing: 'urn:xmpp:sfs:0',
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  markers: 'urn:xmpp:chat-markers:0',
  muc: 'http://jabber.org/protocol/muc',
  oob: 'jabber:x:oob',
  ping: 'urn:xmpp:ping',
  receipts: 'urn:xmpp:receipts',
  roster: 'jabber:iq:roster',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  sm: 'urn:xmpp:sm:3',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  streams: 'http://etherx.jabber.org/streams',
  version: 'jabber:iq:version',
});
