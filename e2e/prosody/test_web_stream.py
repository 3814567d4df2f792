# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web client's stream in a real browser, under the chat page's policy, through nginx to Prosody."""
import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from client import Client
from front import Front
from playwright.async_api import async_playwright

STREAM = """
async ({ websocket, domain, username, password, resume }) => {
  const { XmppSession } = await import('/client/xmpp/session.js');
  const xml = await import('/client/xmpp/xml.js');
  const { el } = xml;
  const session = new XmppSession({ log: (text) => console.log(text) });
  window.heard = [];
  for (const name of ['online', 'offline', 'ended', 'acked', 'stanza']) session.on(name, (value) => heard.push([name, value]));
  session.start({ websocket, domain, username, password: () => password, resume });
  window.texts = () => heard.filter(([name, one]) => name === 'stanza' && one.name === 'message')
    .flatMap(([, one]) => one.children.filter((each) => each.name === 'body').map((body) => body.children.join('')));
  const made = (to, id, text) => el('message', { to, type: 'chat', id }, el('body', null, text));
  Object.assign(window, { session, xml, el, made, say: (...what) => session.send(made(...what)) });
}
"""

# What each parser makes of a document, in the same words; null where it refuses.
BOTH = """
async (documents) => {
  const { parse } = await import('/client/xmpp/parse.js');
  const ours = (node) => typeof node === 'string' ? node
    : [node.name, node.attrs.xmlns, Object.entries(node.attrs).filter(([key]) => key !== 'xmlns').sort(), ...node.children.map(ours)];
  const theirs = (node) => node.nodeType === 3 || node.nodeType === 4 ? node.data
    : [node.localName, node.namespaceURI ?? '', [...node.attributes].filter((one) => one.namespaceURI === null || one.name === 'xml:lang')
      .map((one) => [one.name, one.value]).sort(), ...joined([...node.childNodes].map(theirs))];
  const joined = (list) => list.reduce((all, one) => (typeof one === 'string' && typeof all.at(-1) === 'string' ? [...all.slice(0, -1), all.at(-1) + one] : [...all, one]), []);
  const made = (text) => {
    const found = new DOMParser().parseFromString(text, 'application/xml');
    return found.getElementsByTagName('parsererror').length > 0 ? null : theirs(found.documentElement);
  };
  return documents.map((text) => {
    let own = null;
    try { own = ours(parse(text)); } catch { /* refused */ }
    return [text, JSON.stringify(own), JSON.stringify(made(text))];
  });
}
"""

DOCUMENTS = [
    "<a/>", "<a></a>", "<a b='1' c=\"2\"/>", "<a b='&lt;&#65;&#x41;&quot;&apos;'/>", "<a>&amp;&gt;&#10;</a>", "<a\n\tb = '1'\n></a\n>", "<a b='\n\t x'/>",
    "<a>x\r\ny\rz</a>", "<a><![CDATA[<&]]]>]]></a>", "<a>x<![CDATA[y]]>z</a>", "<é ü='ß'>😀</é>", "<a.b-c_1/>", "<a xmlns='x'><b/><c xmlns=''/><d xmlns='y'><e/></d></a>",
    "<p:a xmlns:p='x'><p:b p:c='1' d='2'/></p:a>", "<a xmlns:p='x'><b xmlns:p='y'><p:c/></b><p:c/></a>", "<a xml:lang='en'/>",
    "<a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a b/>", "<a b=c/>", "<a b='1' b='2'/>", "<a b='1'c='2'/>", "<a b='<'/>", "<1/>", "<-a/>", "< a/>", "<p:a/>",
    "<a p:b='1'/>", "<a:b:c xmlns:a='x'/>", "<a>&</a>", "<a>&x;</a>", "<a>&amp</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#xFFFE;</a>", "<a>]]></a>",
    "<a>\x01</a>", "<a b='\x0b'/>", "<a>\uffff</a>", "<a xmlns:p=''/>", "<a xmlns:xml='x'/>", "<a xmlns:xmlns='x'/>", "<a xmlns:p='x' xmlns:q='x' p:b='' q:b=''/>",
    "<a>&#x9;&#xD;\x85\u2028</a>", "<a><b/>\u00a0<c/></a>", "<a b='1'\u00a0c='2'/>", "<\u037e/>", "<a\u0300/>", "<\u0300/>",
]


@asynccontextmanager
async def browser_at(front):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = await browser.new_context(ignore_https_errors=True)
        refused = []

        async def page(address=front.page):
            made = await context.new_page()
            made.on("pageerror", lambda error: refused.append(str(error)))
            made.on("console", lambda line: "Content Security Policy" in line.text and refused.append(line.text))
            await made.goto(address)
            return made
        yield page
        assert refused == []
        await browser.close()


@pytest.fixture
def front(server, folder):
    made = Front(folder / "front", server)
    try:
        yield made.start()
    finally:
        made.stop()


class Tab:
    """A page with a session in it."""

    def __init__(self, page, front, device, resume=None):
        self.page, self.name = page, device.member.name
        self.options = dict(websocket=front.websocket, domain="social.localhost", username=self.name, password=device.password, resume=resume)

    async def start(self, **other):
        await self.page.evaluate(STREAM, {**self.options, **other})
        return self

    async def run(self, script):
        return await self.page.evaluate(script)

    async def until(self, script):
        look = f"new Promise((resolve) => {{ const look = () => ({script}) ? resolve() : setTimeout(look, 10); look(); }})"
        await asyncio.wait_for(self.run(look), 15)

    async def next(self, name):
        """The first of these happenings, which is then forgotten."""
        await self.until(f"heard.some(([name]) => name === '{name}')")
        return await self.run(f"heard.splice(heard.findIndex(([name]) => name === '{name}'), 1)[0][1]")

    async def texts(self, count):
        await self.until(f"texts().length >= {count}")
        return await self.run("texts()")


def test_nothing_is_lost_or_doubled_whatever_ends_the_connection(server, member, front):
    async def story():
        async with browser_at(front) as page:
            alice, bob = member(devices=2), member()
            app = Client(server, bob.devices[0], "app")
            assert await app.sign_in() == "in"
            tab = await Tab(await page(), front, alice.devices[0]).start()
            first = await tab.next("online")
            assert first["jid"].startswith(f"{alice.name}@social.localhost/") and not first["resumed"]
            await tab.run("session.send(el('presence'))")
            to = f"{bob.name}@social.localhost"

            # Both ways; what bob writes is data.
            trick = "<b>\u202e&amp;]]>\U0001f600</b>"
            await tab.run(f"say('{to}', '1', {json.dumps(trick)})")
            assert await tab.next("acked") is not None
            await app.until(lambda: [one["body"] for one in app.messages] == [trick])
            app.send_message(first["jid"], trick, mtype="chat")
            assert await tab.texts(1) == [trick]

            # The way between is gone, and back; meanwhile both write.
            front.cut()
            await tab.next("offline")
            assert await tab.run(f"say('{to}', '2', 'from afar')")
            app.send_message(first["jid"], "to whom it may reach", mtype="chat")
            front.start()
            await tab.run("session.nudge()")
            assert await tab.next("online") == {"jid": first["jid"], "resumed": True, "lost": []}
            await app.until(lambda: [one["body"] for one in app.messages][1:] == ["from afar"])
            assert (await tab.texts(2))[1:] == ["to whom it may reach"]

            # Another tab goes on with the stream.
            saved = await tab.run("(session.stop({ resumable: true }), JSON.parse(JSON.stringify(session.saved())))")
            app.send_message(first["jid"], "between two tabs", mtype="chat")
            other = await Tab(await page(), front, alice.devices[0]).start(resume=saved)
            assert (await other.next("online"))["resumed"]
            assert await other.texts(1) == ["between two tabs"]
            assert (await other.run("session.iq(el('iq', { type: 'get', to: session.machine.domain }, el('ping', { xmlns: 'urn:xmpp:ping' })))"))["attrs"]["type"] == "result"

            # What is as long as the browser sends in one frame, often enough for its buffer to come round; as deep as a stranger likes.
            room = await other.run(f"65_536 - new TextEncoder().encode(xml.serialize(xml.within('jabber:client', made('{to}', 'large', '')))).length - '<body></body>'.length + '<body/>'.length")
            for _ in range(5):
                assert await other.run(f"say('{to}', 'large', 'x'.repeat({room}))")
            await app.until(lambda: sum(len(one["body"]) == room for one in app.messages) == 5)
            refusal = "(() => { try { return say('%s', 'large', 'x'.repeat(%d)) } catch (error) { return error.condition } })()"
            assert await other.run(refusal % (to, room + 1)) == "too-large"
            app.send_raw(f"<message to='{first['jid']}' type='chat'><body>{'&quot;' * 10_000}</body>{'<x>' * 3000}{'</x>' * 3000}</message>")
            app.send_message(first["jid"], "after the deep", mtype="chat")
            assert (await other.texts(3))[1:] == ['"' * 10_000, "after the deep"]

            # The server is killed, and knows nothing of the stream when it is back.
            server.stop(kill=True)
            await other.next("offline")
            await other.run(f"say('{to}', 'late', 'never acknowledged')")
            server.start()
            await other.run("session.nudge()")
            again = await other.next("online")
            assert not again["resumed"] and [one["attrs"]["id"] for one in again["lost"]] == ["late"] and again["jid"] == first["jid"]

            # Removed is removed: while it is open, and at the next login.
            server.projection.revoke(alice.devices[0])
            server.follow()
            assert await other.next("ended") == {"reason": "revoked"}
            await other.start()
            assert await other.next("ended") == {"reason": "not-authorized"}
            await app.leave()

            # The browser's own parser, where it may be asked, says the same of each document.
            free = await page(front.free)
            different = [one for one in await free.evaluate(BOTH, DOCUMENTS) if one[1] != one[2]]
            assert different == []

    asyncio.run(story())
