// SPDX-License-Identifier: AGPL-3.0-or-later
// The other end of a stream, for tests: logs in by SCRAM-SHA-256, binds, counts and resumes (XEP-0198), in bytes. It can be cut off
// after any frame, killed, and told to say something else.

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { NS } from '../client/xmpp/namespaces.js';
import { parse } from '../client/xmpp/parse.js';
import { child, el, is, serialize, text, within } from '../client/xmpp/xml.js';

/** @typedef {import('../client/xmpp/xml.js').Tree} Tree */

const salt = Buffer.from('0123456789abcdef');
const iterations = 4096;
/** @type {Map<string, Buffer>} */
const salted = new Map();
/** @param {string | Buffer} key @param {string} data */
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

export class Peer {
  constructor({ domain = 'b.example', password = 'pencil' } = {}) {
    this.domain = domain;
    this.password = password;
    /** Streams that may be resumed. @type {Map<string, Stream>} */
    this.streams = new Map();
    /** What clients have sent, iqs apart, in order. @type {Tree[]} */
    this.received = [];
    /** @type {Connection[]} */
    this.connections = [];
    /** After so many frames, in both directions, the connection is gone. */
    this.cutAfter = () => Infinity;
    /** What is said in the place of what would be: by name of what the client sent. @type {Record<string, (tree: Tree, connection: Connection) => string[] | null>} */
    this.instead = {};
    this.resumes = 0;
    this.count = 0;
  }

  /** What a session connects with. */
  connect = () => {
    const connection = new Connection(this, this.cutAfter());
    this.connections.push(connection);
    return connection;
  };

  get last() {
    return this.connections[this.connections.length - 1];
  }

  /** Sends to whoever is logged in, or keeps it for them. @param {Tree} stanza */
  send(stanza) {
    for (const stream of this.streams.values()) stream.send(within(NS.client, stanza));
  }

  /** Ends without a word, and remembers nothing. */
  kill() {
    this.streams.clear();
    for (const connection of this.connections) connection.die();
  }
}

class Stream {
  /** @param {string} id @param {string} jid */
  constructor(id, jid) {
    Object.assign(this, { id, jid });
    this.jid = jid;
    this.h = 0;
    this.acknowledged = 0;
    /** @type {Tree[]} */
    this.sent = [];
    /** @type {Connection | null} */
    this.connection = null;
  }

  /** @param {Tree} stanza */
  send(stanza) {
    this.sent.push(stanza);
    this.connection?.say(serialize(stanza), '<r xmlns="urn:xmpp:sm:3"/>');
  }

  /** @param {number} h */
  taken(h) {
    this.sent.splice(0, h - this.acknowledged);
    this.acknowledged = h;
  }
}

/** A WebSocket as the client sees it. */
class Connection {
  /** @param {Peer} peer @param {number} life frames */
  constructor(peer, life) {
    this.peer = peer;
    this.life = life;
    this.protocol = 'xmpp';
    this.isOpen = true;
    this.isIn = false;
    /** @type {any} */
    this.onopen = null;
    /** @type {any} */
    this.onmessage = null;
    /** @type {any} */
    this.onclose = null;
    /** What the client has sent here. @type {Tree[]} */
    this.heard = [];
    this.bare = this.challenge = this.jid = '';
    /** @type {Stream | null} */
    this.stream = null;
    setImmediate(() => this.isOpen && this.onopen?.({}));
  }

  close() {
    if (this.stream) this.stream.connection = null;
    this.isOpen = false;
  }

  die() {
    if (!this.isOpen) return;
    this.close();
    setImmediate(() => this.onclose?.({}));
  }

  /** @param {...string} frames */
  say(...frames) {
    for (const frame of frames) setImmediate(() => this.spend() && this.onmessage?.({ data: frame }));
  }

  spend() {
    if (this.isOpen && (this.life -= 1) < 0) this.die();
    return this.isOpen;
  }

  /** @param {string} frame */
  send(frame) {
    if (!this.spend()) return;
    const tree = parse(frame);
    this.heard.push(tree);
    const other = this.peer.instead[tree.name]?.(tree, this);
    if (other) this.say(...other);
    else this.answer(tree);
  }

  /** @param {Tree} tree */
  answer(tree) {
    const { peer } = this;
    switch (tree.name) {
      case 'open':
        this.say(`<open xmlns="${NS.framing}" from="${peer.domain}" id="1" version="1.0" xml:lang="en"/>`, `<stream:features xmlns:stream="${NS.streams}">${
          this.isIn ? `<bind xmlns="${NS.bind}"/><sm xmlns="${NS.sm}"/>`
            : `<mechanisms xmlns="${NS.sasl}"><mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>SCRAM-SHA-256</mechanism></mechanisms>`
        }</stream:features>`);
        break;
      case 'auth':
        this.bare = Buffer.from(text(tree), 'base64').toString().slice(3);
        this.challenge = `${/r=.*/.exec(this.bare)?.[0]}xyz,s=${salt.toString('base64')},i=${iterations}`;
        this.say(`<challenge xmlns="${NS.sasl}">${Buffer.from(this.challenge).toString('base64')}</challenge>`);
        break;
      case 'response':
        this.say(this.judge(Buffer.from(text(tree), 'base64').toString()));
        break;
      case 'resume':
        this.resume(tree);
        break;
      case 'enable':
        this.stream = new Stream(`sm${peer.count += 1}`, this.jid);
        this.stream.connection = this;
        peer.streams.set(this.stream.id, this.stream);
        this.say(`<enabled xmlns="${NS.sm}" id="${this.stream.id}" resume="true" max="600"/>`);
        break;
      case 'r':
        this.say(`<a xmlns="${NS.sm}" h="${this.stream?.h}"/>`);
        break;
      case 'a':
        this.stream?.taken(Number(tree.attrs.h));
        break;
      default:
        this.stanza(tree);
    }
  }

  /** @param {string} said */
  judge(said) {
    const { password } = this.peer;
    const key = salted.get(password) ?? pbkdf2Sync(password, salt, iterations, 32, 'sha256');
    salted.set(password, key);
    const message = `${this.bare},${this.challenge},${said.replace(/,p=.*/, '')}`;
    const clientKey = hmac(key, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    const proof = clientKey.map((byte, i) => byte ^ signature[i]);
    if (!said.endsWith(`,p=${Buffer.from(proof).toString('base64')}`)) return `<failure xmlns="${NS.sasl}"><not-authorized/></failure>`;
    this.isIn = true;
    const outcome = `v=${hmac(hmac(key, 'Server Key'), message).toString('base64')}`;
    return `<success xmlns="${NS.sasl}">${Buffer.from(outcome).toString('base64')}</success>`;
  }

  /** @param {Tree} tree */
  resume(tree) {
    const stream = this.peer.streams.get(tree.attrs.previd);
    if (!stream) return this.say(`<failed xmlns="${NS.sm}"><item-not-found xmlns="${NS.stanzaErrors}"/></failed>`);
    this.peer.resumes += 1;
    stream.connection?.die();
    stream.connection = this.stream = this;
    this.stream = stream;
    stream.connection = this;
    stream.taken(Number(tree.attrs.h));
    return this.say(`<resumed xmlns="${NS.sm}" previd="${stream.id}" h="${stream.h}"/>`, ...stream.sent.map((each) => serialize(each)), `<r xmlns="${NS.sm}"/>`);
  }

  /** @param {Tree} tree */
  stanza(tree) {
    const bind = child(tree, 'bind', NS.bind);
    if (bind) {
      this.jid = `me@${this.peer.domain}/${text(child(bind, 'resource')) || 'r1'}`;
      this.say(`<iq xmlns="jabber:client" type="result" id="${tree.attrs.id}"><bind xmlns="${NS.bind}"><jid>${this.jid}</jid></bind></iq>`);
      return;
    }
    if (this.stream) this.stream.h += 1;
    if (!is(tree, 'iq')) this.peer.received.push(tree);
    else if (tree.attrs.type === 'get') this.stream?.send(el('iq', { xmlns: NS.client, type: 'result', id: tree.attrs.id, from: tree.attrs.to }));
  }
}
