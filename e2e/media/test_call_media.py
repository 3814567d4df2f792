# SPDX-License-Identifier: AGPL-3.0-or-later
"""The client's media in a real Chromium: what each end does is what the other end hears and sees, and nothing is left of it."""


def test_sound_and_pictures_both_ways_and_all_that_one_does_in_a_call(talk):
    said = talk().evaluate("""async () => {
      const { a, b } = await call({ video: true }, {});
      const said = { codecs: (await a.stats('codec')).map((one) => one.mimeType) };
      await more(b, 'audio', 'energy');
      await more(b, 'video', 'frames');
      said.answeredWithoutCamera = [a.media.known, b.media.known];

      said.offersAgain = [await b.media.camera(true)];
      await negotiate(b, a);
      await more(a, 'video', 'frames');
      said.offersAgain.push(await a.media.camera(false));
      said.liveCameras = [a, b].map((side) => side.media.local.camera?.readyState);
      await negotiate(a, b);
      said.pictureGone = [b.media.known.seesVideo, b.media.remote.getVideoTracks().length];
      await a.media.camera(true);
      await negotiate(a, b);
      await more(b, 'video', 'frames');

      a.media.mute(true);
      said.muted = await quiet(b);
      a.media.mute(false);
      await more(b, 'audio', 'energy');

      a.media.hold(true);
      await negotiate(a, b);
      said.held = [a.media.known.heldByThem, b.media.known.heldByThem, await quiet(a), await quiet(b)];
      a.media.hold(false);
      await negotiate(a, b);
      said.resumed = b.media.known.heldByThem;
      for (const side of [a, b]) await more(side, 'audio', 'energy');

      const { microphones } = await a.devices.list();
      await a.media.use({ microphone: microphones.at(-1).id });
      said.device = a.media.local.microphone.label === microphones.at(-1).label;
      await more(b, 'audio', 'energy');

      said.tones = ['5', '#', 'x'].map((key) => a.media.tone(key));
      await until(() => a.media.lines.audio.sender.dtmf.toneBuffer === '', 'tones sent');

      const names = () => [a, b].map((side) => /ice-ufrag:(\\S+)/.exec(side.peer.localDescription.sdp)[1]);
      const before = names();
      await negotiate(a, b, { restart: true });
      said.restarted = names().every((name, index) => name !== before[index]);
      for (const side of [a, b]) await more(side, 'audio', 'energy');
      await until(() => a.state.quality && b.state.quality, 'judged');

      a.media.local.microphone.dispatchEvent(new Event('ended')); // as when it is pulled out
      await until(() => a.media.local.microphone?.readyState === 'live', 'another microphone');
      await more(b, 'audio', 'energy');

      const level = await a.devices.check();
      await until(() => level.level() > 0.2, 'the level of the fake microphone');
      level.stop();
      a.media.close();
      b.media.close();
      b.media.close();
      return { ...said, left: left() };
    }""")
    assert "audio/opus" in said["codecs"] and "video/VP8" in said["codecs"]
    assert said["answeredWithoutCamera"] == [
        {"sendsVideo": True, "seesVideo": False, "heldByThem": False, "lacksMicrophone": False},
        {"sendsVideo": False, "seesVideo": True, "heldByThem": False, "lacksMicrophone": False}]
    assert said["offersAgain"] == [True, True]
    assert said["liveCameras"] == [None, "live"]
    assert said["pictureGone"] == [False, 0]
    assert said["muted"] is True
    assert said["held"] == [False, True, True, True]
    assert said["resumed"] is False
    assert said["device"] is True
    assert said["tones"] == [True, True, False]
    assert said["restarted"] is True
    assert said["left"] == {"tracks": 0, "open": 0, "listening": 0}


def test_what_is_forbidden_or_missing_is_said_and_leaves_nothing(talk):
    offer = """async (options) => {
      const side = new Side('a', options);
      const begun = performance.now();
      const code = await side.media.offer().then(() => 'offered', (error) => error.code);
      const said = { code, error: side.state.error, video: /m=video/.test(side.peer?.localDescription?.sdp ?? ''), ms: performance.now() - begun };
      side.media.close();
      return { ...said, left: left() };
    }"""
    nothing = {"tracks": 0, "open": 0, "listening": 0}

    def outcome(page, **options):
        said = page.evaluate(offer, options)
        assert said.pop("left") == nothing
        return said

    forbidden = talk(allowed=())
    assert outcome(forbidden)["code"] == "denied"
    without_camera = talk(allowed=("microphone",))
    said = outcome(without_camera, video=True)
    assert (said["code"], said["error"], said["video"]) == ("offered", "no-camera", False)
    nowhere = dict(username="u", password="p", uris=["turn:192.0.2.99:3478?transport=udp", "turn:192.0.2.99:3478?transport=tcp"])
    dead = outcome(without_camera, turn=nowhere)
    assert dead["code"] == "offered" and dead["ms"] < 1500
    unreachable = outcome(without_camera, turn=nowhere, relayOnly=True)
    assert unreachable["code"] == "no-path" and unreachable["ms"] < 4500
    without_camera.evaluate("() => { window.beforeCapture = () => { throw new DOMException('x', 'NotReadableError'); }; }")
    assert outcome(without_camera)["code"] == "in-use"
    assert outcome(talk(devices=None))["code"] == "no-microphone"


def test_fifty_calls_in_a_row_leave_no_listener_and_no_memory(talk):
    page = talk()
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")

    def counted():
        for _ in range(3):
            tools.send("HeapProfiler.collectGarbage")
        said = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
        return said["JSEventListeners"], said["JSHeapUsedSize"]

    calls = """async (count) => {
      for (let index = 0; index < count; index += 1) {
        const { a, b } = await call();
        for (const side of [a, b]) { side.media.close(); await side.play(); }
      }
      forget();
      return left();
    }"""
    assert page.evaluate(calls, 5) == {"tracks": 0, "open": 0, "listening": 0}
    listeners, heap = counted()
    assert page.evaluate(calls, 50) == {"tracks": 0, "open": 0, "listening": 0}
    page.wait_for_function("!document.hidden")
    listeners_after, heap_after = counted()
    assert listeners_after <= listeners
    assert heap_after - heap < 50 * 4_000, f"{(heap_after - heap) / 50} bytes a call"
