// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { sameBytes, Scram, ScramError } from '../client/xmpp/scram.js';

const crypto = /** @type {any} */ (webcrypto);
/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString('base64');
/** @param {string} text */
const read = (text) => Buffer.from(text, 'base64').toString();

const published = [
  { // RFC 5802, section 5
    mechanism: 'SCRAM-SHA-1', nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    final: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=', outcome: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  { // RFC 7677, section 3
    mechanism: 'SCRAM-SHA-256', nonce: 'rOprNGfwEbeRWgbNEkqO',
    challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    outcome: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
];

for (const { mechanism, nonce, challenge, final, outcome } of published) {
  test(`${mechanism} says what its specification does`, async () => {
    const scram = new Scram({ mechanism, username: 'user', password: 'pencil', crypto, nonce });
    assert.equal(read(scram.first()), `n,,n=user,r=${nonce}`);
    assert.equal(scram.verify(base64(outcome)), false, 'a server proves nothing before it was asked');
    assert.equal(read(await scram.respond(base64(challenge))), final);
    assert.equal(scram.verify(base64(outcome)), true);
  });
}

test('a server that does not know the password is not believed', async () => {
  const [, { mechanism, nonce, challenge, outcome }] = published;
  const scram = new Scram({ mechanism, username: 'user', password: 'pencil', crypto, nonce });
  await scram.respond(base64(challenge));
  for (const wrong of ['', 'v=', 'v=AAAA', 'e=other-error', outcome.replace('6', '7'), outcome.slice(0, -8), ` ${outcome}`, 'x=1,' + outcome]) {
    assert.equal(scram.verify(base64(wrong)), false, wrong);
  }
  assert.equal(scram.verify('%'), false);
  assert.equal(scram.verify(''), false);
});

test('a challenge that no honest server sends is refused', async () => {
  const [, { mechanism, nonce, challenge }] = published;
  for (const wrong of [
    '', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, challenge.replace('i=4096', 'i=4095'),
    challenge.replace('i=4096', 'i=500001'), challenge.replace('i=4096', 'i=-1'), challenge.replace('i=4096', 'i=1e9'), challenge.replace(/s=[^,]*/, 's='),
    challenge.replace(/s=[^,]*/, 's=A=A='), 'm=ext,' + challenge, challenge.replace(',s=', ',x,s='), 'e=unknown-user',
  ]) {
    const scram = new Scram({ mechanism, username: 'user', password: 'pencil', crypto, nonce });
    await assert.rejects(scram.respond(base64(wrong)), ScramError, wrong);
  }
  const scram = new Scram({ mechanism, username: 'user', password: 'pencil', crypto, nonce });
  await assert.rejects(scram.respond('%%%'), ScramError);
  await assert.rejects(scram.respond(Buffer.from([0xff, 0xfe]).toString('base64')), ScramError);
});

test('nonces are new each time, names are escaped, and what needs SASLprep is refused without saying it', () => {
  const made = () => read(new Scram({ mechanism: 'SCRAM-SHA-256', username: 'a=,b', password: 'x', crypto }).first());
  assert.match(made(), /^n,,n=a=3D=2Cb,r=[A-Za-z0-9+/]{24}$/);
  assert.notEqual(made(), made());
  for (const password of ['', 'pässword', 'a\nb']) {
    assert.throws(() => new Scram({ mechanism: 'SCRAM-SHA-256', username: 'a', password, crypto }), (/** @type {Error} */ error) =>
      error instanceof ScramError && (password === '' || !error.message.includes(password)));
  }
  assert.throws(() => new Scram({ mechanism: 'PLAIN', username: 'a', password: 'x', crypto }), ScramError);
});

test('bytes are the same only if all are', () => {
  const bytes = (/** @type {number[]} */ ...list) => new Uint8Array(list);
  assert.equal(sameBytes(bytes(1, 2), bytes(1, 2)), true);
  for (const other of [bytes(), bytes(1), bytes(1, 3), bytes(1, 2, 0)]) {
    assert.equal(sameBytes(bytes(1, 2), other), false);
    assert.equal(sameBytes(other, bytes(1, 2)), false);
  }
});
