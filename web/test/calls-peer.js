// SPDX-License-Identifier: AGPL-3.0-or-later
// A world in which calls happen in whatever order a seed says: its clock, its network, a server that forks and takes back, phones that keep
// to the states of SIP.js, and media that find each other, or do not.

/** The next number decides, and the same seed decides the same. @param {number} seed */
export function dice(seed) {
  let now = (seed * 2654435761 + 12345) % 2147483647 || 1;
  return () => {
    now = (now * 48271) % 2147483647;
    return now / 2147483647;
  };
}

export class World {
  /** @param {number} seed */
  constructor(seed) {
    this.random = dice(seed);
    this.now = 0;
    this.number = 0;
    /** @type {{ at: number, id: number, run: () => void }[]} */
    this.coming = [];
    this.timers = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
    globalThis.setTimeout = /** @type {any} */ ((/** @type {() => void} */ run, ms = 0) => this.after(ms, run));
    globalThis.clearTimeout = /** @type {any} */ ((/** @type {number} */ id) => void (this.coming = this.coming.filter((one) => one.id !== id)));
  }

  /** @param {number} ms @param {() => void} run */
  after(ms, run) {
    this.number += 1;
    this.coming.push({ at: this.now + ms, id: this.number, run });
    return this.number;
  }

  /** @param {number} most ms @param {() => void} run */
  soon(most, run) {
    return this.after(this.random() * most, run);
  }

  /** @param {number} most ms */
  pause(most) {
    return new Promise((resolve) => void this.soon(most, () => resolve(undefined)));
  }

  /** Until nothing comes any more. */
  async run() {
    for (let turns = 0; ; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.coming.sort((one, other) => one.at - other.at || one.id - other.id).shift();
      if (!next) return;
      if (turns > 5000) throw new Error('this never ends');
      this.now = next.at;
      next.run();
    }
  }

  end() {
    globalThis.setTimeout = this.timers.set;
    globalThis.clearTimeout = this.timers.clear;
  }
}

const steps = /** @type {Record<string, string[]>} */ ({
  Initial: ['Establishing', 'Established', 'Terminating', 'Terminated'], Establishing: ['Established', 'Terminating', 'Terminated'],
  Established: ['Terminating', 'Terminated'], Terminating: ['Terminated'], Terminated: [],
});

class SipSession {
  /** @param {any} agent */
  constructor(agent) {
    this.agent = agent;
    this.state = 'Initial';
    /** @type {((state: string) => void)[]} */
    this.listeners = [];
    this.stateChange = { addListener: (/** @type {(state: string) => void} */ listener) => void this.listeners.push(listener) };
    /** @type {any} */
    this.delegate = {};
    /** @type {any} */
    this.call = null;
    this.isOffering = false;
  }

  get description() {
    return this.agent.options.sessionDescriptionHandlerFactory(this);
  }

  /** @param {string} state */
  to(state) {
    if (!steps[this.state].includes(state)) throw new Error(`from ${this.state} to ${state}`);
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }

  async bye() {
    if (this.state !== 'Established') throw new Error('not established');
    this.to('Terminating');
    this.call.bye(this);
  }

  hearBye() {
    if (this.state !== 'Established') return; // as SIP.js does
    this.delegate.onBye({ accept() {} });
    if (this.state !== 'Terminated') this.to('Terminated');
  }

  /** @param {any} options @returns {Promise<any>} */
  async invite(options) {
    if (this.state !== 'Established' || this.isOffering) throw new Error('not now');
    this.isOffering = true;
    const { body } = await this.description.getDescription(options.sessionDescriptionHandlerOptions);
    this.call.reinvite(this, body, async (/** @type {number} */ status, /** @type {string} */ answer) => {
      this.isOffering = false;
      const response = { message: { statusCode: status, getHeader() {} } };
      if (status === 200) await this.description.setDescription(answer).catch(() => undefined);
      else await this.description.rollbackDescription().catch(() => undefined);
      if (status === 200) options.requestDelegate.onAccept(response);
      else options.requestDelegate.onReject(response);
    });
  }
}

/** A call that is placed, and its way through the server. */
class Inviter extends SipSession {
  /** @param {any} agent @param {any} target */
  constructor(agent, target) {
    super(agent);
    this.target = target;
  }

  /** @param {any} options */
  async invite(options) {
    if (this.state !== 'Initial') return super.invite(options);
    let offer;
    try {
      offer = (await this.description.getDescription()).body;
      this.to('Establishing');
    } catch (error) {
      if (this.state !== 'Terminated') this.to('Terminated');
      throw error;
    }
    this.delegates = options.requestDelegate;
    this.call = new Exchanged(this, offer);
    return undefined;
  }

  async cancel() {
    if (this.state !== 'Initial' && this.state !== 'Establishing') throw new Error('too late');
    const isSent = this.state === 'Establishing';
    this.to('Terminating');
    if (isSent) this.call.cancel();
    else this.to('Terminated');
  }
}

class Invitation extends SipSession {
  /** @param {any} agent @param {any} call */
  constructor(agent, call) {
    super(agent);
    this.call = call;
    this.body = call.offer;
    this.remoteIdentity = { uri: call.inviter.agent.options.uri };
  }

  async accept() {
    if (this.state !== 'Initial') throw new Error('not ringing');
    this.to('Establishing');
    await this.description.setDescription(this.body);
    const { body } = await this.description.getDescription();
    if (/** @type {string} */ (this.state) !== 'Establishing') return; // cancelled meanwhile
    this.to('Established');
    this.call.accepted(this, body);
  }

  /** @param {{ statusCode: number }} how */
  async reject({ statusCode }) {
    if (this.state !== 'Initial' && this.state !== 'Establishing') throw new Error('too late');
    this.to('Terminated');
    this.call.rejected(this, statusCode);
  }

  /** @param {string | undefined} reason */
  hearCancel(reason) {
    if (this.state !== 'Initial' && this.state !== 'Establishing') return;
    this.delegate.onCancel?.({ request: { getHeader: () => reason } });
    if (this.state !== 'Terminated') this.to('Terminated');
  }
}

/** What the server makes of a call (`share/kamailio/routes/calls.cfg`). */
class Exchanged {
  /** @param {Inviter} inviter @param {string} offer */
  constructor(inviter, offer) {
    this.inviter = inviter;
    this.offer = offer;
    const { exchange } = inviter.agent;
    this.world = exchange.world;
    /** @type {Invitation[]} */
    this.branches = [];
    /** @type {Invitation | null} */
    this.winner = null;
    this.isOver = false;
    this.refused = 0;
    this.up(inviter, () => {
      const agents = exchange.agents.get(`${inviter.target.user}@${inviter.target.host}`) ?? [];
      if (agents.length === 0) return this.finish(480);
      for (const agent of agents) {
        const branch = new Invitation(agent, this);
        this.branches.push(branch);
        this.down(branch, () => (agent.delegate.onInvite ? agent.delegate.onInvite(branch) : branch.reject({ statusCode: 486 })));
      }
      return this.down(inviter, () => !this.isOver && inviter.delegates?.onProgress({ message: { statusCode: 180 } }));
    });
  }

  /** On the connection of an agent nothing overtakes anything. @param {any} way @param {() => unknown} run */
  travel(way, run) {
    way.last = Math.max(way.last ?? 0, this.world.now + this.world.random() * 40);
    this.world.after(way.last - this.world.now, run);
  }

  /** @param {SipSession} session @param {() => unknown} run */
  up(session, run) {
    this.travel(session.agent.up ??= {}, run);
  }

  /** @param {SipSession} session @param {() => unknown} run */
  down(session, run) {
    this.travel(session.agent.down ??= {}, run);
  }

  /** @param {number} status */
  finish(status) {
    if (this.isOver) return;
    this.isOver = true;
    this.down(this.inviter, () => {
      if (this.inviter.state !== 'Terminated') this.inviter.to('Terminated');
      this.inviter.delegates?.onReject({ message: { statusCode: status } });
    });
  }

  cancel() {
    this.up(this.inviter, () => {
      if (this.isOver) return;
      for (const branch of this.branches) this.down(branch, () => branch.hearCancel(undefined));
      this.finish(487);
    });
  }

  /** @param {Invitation} from @param {number} status */
  rejected(from, status) {
    this.up(from, () => {
      this.refused += 1;
      if (this.isOver || (status < 600 && this.refused < this.branches.length)) return;
      for (const branch of this.branches) this.down(branch, () => branch.hearCancel(`SIP;cause=${status}`));
      this.finish(status);
    });
  }

  /** @param {Invitation} branch @param {string} answer */
  accepted(branch, answer) {
    this.up(branch, () => {
      if (this.isOver) return this.down(branch, () => branch.hearBye());
      this.isOver = true;
      this.winner = branch;
      for (const other of this.branches) if (other !== branch) this.down(other, () => other.hearCancel('SIP;cause=200;text="Call completed elsewhere"'));
      return this.down(this.inviter, async () => {
        const { inviter } = this;
        if (inviter.state === 'Establishing') {
          await inviter.description.setDescription(answer).catch(() => undefined);
          if (inviter.state === 'Establishing') inviter.to('Established');
        } else if (inviter.state === 'Terminating') {
          inviter.to('Terminated');
          this.up(inviter, () => this.down(branch, () => branch.hearBye()));
        }
      });
    });
  }

  /** @param {SipSession} from */
  bye(from) {
    const to = from === this.inviter ? this.winner : this.inviter;
    this.up(from, () => {
      if (to) this.down(to, () => to.hearBye());
      this.down(from, () => from.state === 'Terminated' || from.to('Terminated'));
    });
  }

  /** @param {SipSession} from @param {string} offer @param {(status: number, answer: string) => void} done */
  reinvite(from, offer, done) {
    const to = from === this.inviter ? this.winner : this.inviter;
    this.up(from, () => this.down(to ?? from, async () => {
      if (to?.state !== 'Established') return this.down(from, () => done(481, ''));
      if (to.isOffering) return this.down(from, () => done(491, ''));
      try {
        await to.description.setDescription(offer);
        const { body } = await to.description.getDescription();
        return this.down(from, () => done(200, body));
      } catch {
        return this.down(from, () => done(488, ''));
      }
    }));
  }
}

/** SIP.js, as far as it is used, with this server behind it. */
export class Exchange {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    /** @type {Map<string, any[]>} */
    this.agents = new Map();
  }

  /** @returns {any} */
  library() {
    const exchange = this;
    const parse = (/** @type {string} */ uri) => {
      const [user, host] = uri.replace(/^sip:/, '').split('@');
      return { user, host };
    };
    return {
      Inviter,
      UserAgent: class {
        static makeURI = parse;
        /** @param {any} options */
        constructor(options) {
          Object.assign(this, { options, configuration: {}, delegate: {}, exchange, isOn: false });
          this.transport = { connect: () => this.start(), disconnect: async () => this.drop() };
        }

        async start() {
          await exchange.world.pause(20);
          /** @type {any} */ (this).isOn = true;
          /** @type {any} */ (this).delegate.onConnect?.();
        }

        isConnected() {
          return /** @type {any} */ (this).isOn;
        }

        drop() {
          const self = /** @type {any} */ (this);
          self.isOn = false;
          self.delegate.onDisconnect?.();
        }

        async stop() {
          const self = /** @type {any} */ (this);
          const { user, host } = self.options.uri;
          exchange.agents.set(`${user}@${host}`, (exchange.agents.get(`${user}@${host}`) ?? []).filter((one) => one !== this));
        }
      },
      Registerer: class {
        state = 'Initial';
        waiting = false;
        /** @type {((state: string) => void)[]} */
        listeners = [];
        stateChange = { addListener: (/** @type {any} */ listener) => this.listeners.push(listener) };
        /** @param {any} agent */
        constructor(agent) {
          this.agent = agent;
        }

        /** @param {any} options */
        async register({ requestDelegate }) {
          const { user, host } = this.agent.options.uri;
          const name = `${user}@${host}`;
          exchange.world.soon(30, () => {
            exchange.agents.set(name, [...(exchange.agents.get(name) ?? []).filter((one) => one !== this.agent), this.agent]);
            this.state = 'Registered';
            for (const listener of this.listeners) listener(this.state);
            requestDelegate.onAccept({});
          });
        }

        async unregister() {}
        async dispose() {}
      },
    };
  }
}

/** All media of the world: who has heard of whom is connected, until one of the two is closed. */
export class Air {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    /** @type {Map<string, { told: (patch: any) => void, peer: string | null, isOpen: boolean }>} */
    this.open = new Map();
    this.made = 0;
  }

  /** @param {(patch: any) => void} changed @param {boolean} hasMicrophone @returns {any} */
  media(changed, hasMicrophone) {
    this.made += 1;
    const { open, world } = this;
    const name = `sdp ${this.made}`;
    const self = { told: changed, peer: /** @type {string | null} */ (null), isOpen: true };
    open.set(name, self);
    const slowly = async (/** @type {any} */ value) => {
      await world.pause(hasMicrophone ? 120 : 400);
      if (!hasMicrophone) throw Object.assign(new Error('no'), { code: 'denied' });
      if (!self.isOpen) throw Object.assign(new Error('closed'), { code: 'closed' });
      return value;
    };
    const meet = (/** @type {string} */ sdp) => {
      self.peer = sdp;
      world.soon(150, () => {
        const other = open.get(sdp);
        if (self.isOpen && other?.isOpen) changed({ connection: 'connected' });
        else if (self.isOpen) changed({ connection: 'disconnected' });
      });
    };
    return {
      streams: null, offer: () => slowly(name), withdraw: async () => undefined, mute() {}, hold: () => true, camera: async () => true, tone: () => true, use: async () => undefined,
      expect: async () => undefined, prepare: async () => undefined, candidate: async () => undefined,
      answer: async (/** @type {string} */ sdp) => {
        const answer = await slowly(name);
        meet(sdp);
        return answer;
      },
      accept: async (/** @type {string} */ sdp) => {
        await slowly(null);
        meet(sdp);
      },
      close() {
        self.isOpen = false;
        for (const other of open.values()) if (other.peer === name && other.isOpen) world.soon(3000, () => other.isOpen && other.told({ connection: 'disconnected' }));
      },
    };
  }

  get openOnes() {
    return [...this.open.values()].filter((one) => one.isOpen).length;
  }
}
