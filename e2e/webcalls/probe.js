// SPDX-License-Identifier: AGPL-3.0-or-later
// The device check before the first call is for its own test: elsewhere this browser has had it.
try {
  localStorage.setItem("trunkline:calls-checked", "1");
} catch {
  // A frame without storage of its own.
}

// What Chromium's fake devices never do: to be in use by another program. `trialCalls.fail('NotReadableError')` has the browser say so until
// `fail(null)`; it says so for what is asked of the microphone, and of the camera with it.
{
  let failing = null;
  const taken = [];
  const { mediaDevices } = navigator;
  const native = mediaDevices?.getUserMedia.bind(mediaDevices);
  if (native) {
    mediaDevices.getUserMedia = async (wanted) => {
      if (failing && wanted.audio) throw new DOMException("Could not start audio source", failing);
      const stream = await native(wanted);
      taken.push(...stream.getVideoTracks());
      return stream;
    };
  }
  globalThis.trialTaken = { fail: (name) => void (failing = name), filming: () => taken.filter((one) => one.readyState === "live").length };
}

// The sounds that are being made (ringing, the tone of ringing), and what was said to those who hear the page, in turn.
{
  const Native = globalThis.AudioContext;
  const made = [];
  globalThis.AudioContext = class AudioContext extends Native {
    constructor(...given) {
      super(...given);
      made.push(this);
    }
  };
  const said = [];
  new MutationObserver(() => {
    const text = document.querySelector("[data-test='call-said']")?.textContent ?? "";
    if (text && text !== said.at(-1)) said.push(text);
  }).observe(document, { subtree: true, childList: true, characterData: true });
  globalThis.trialHeard = { sounding: () => made.filter((one) => one.state !== "closed").length, said: () => said.splice(0) };
}

// In every frame before its own scripts: remembers the page's peer connections, and says what flows through the last one.
{
  const Native = globalThis.RTCPeerConnection;
  const made = [];
  const refused = [];
  globalThis.RTCPeerConnection = class RTCPeerConnection extends Native {
    constructor(...given) {
      super(...given);
      made.push(this);
    }
    async setRemoteDescription(...given) {
      try {
        return await super.setRemoteDescription(...given);
      } catch (error) {
        refused.push(`${this.signalingState}: ${error} of ${given[0]?.type}: ${given[0]?.sdp}`);
        throw error;
      }
    }
  };

  const flow = () => ({ received: 0, sent: 0, lost: 0, energy: 0, frames: 0, width: 0, codec: null });

  globalThis.trialCalls = {
    ...globalThis.trialTaken,
    ...globalThis.trialHeard,
    // The label of the device that the last connection sends from.
    source: (kind) => {
      const track = made.at(-1)?.getSenders().map((one) => one.track).find((one) => one?.kind === kind);
      return track ? track.label : null;
    },
    // The label of the device that plays what comes.
    async speaker() {
      const { sinkId } = document.querySelector("[data-test='remote-audio']");
      return (await navigator.mediaDevices.enumerateDevices()).find((one) => one.kind === "audiooutput" && one.deviceId === sinkId)?.label ?? null;
    },
    made: () => made.length,
    open: () => made.filter((one) => one.connectionState !== "closed").length,
    refused: () => refused,
    last: () => made.findLast((one) => one.connectionState !== "closed") ?? null,
    description: (which) => made.at(-1)?.[which]?.sdp ?? null,
    policy: () => made.at(-1)?.getConfiguration().iceTransportPolicy ?? null,
    // Of the last connection that is open: bytes each way, what was heard and seen, and by which way.
    async flows() {
      const connection = this.last();
      if (!connection) return null;
      const all = await connection.getStats();
      const said = { state: connection.connectionState, audio: flow(), video: flow(), pair: null };
      for (const one of all.values()) {
        const of = said[one.kind];
        if (one.type === "inbound-rtp" && of) {
          of.received += one.bytesReceived;
          of.lost += one.packetsLost;
          of.energy += one.totalAudioEnergy ?? 0;
          of.frames += one.framesDecoded ?? 0;
          of.width = Math.max(of.width, one.frameWidth ?? 0);
          of.codec = all.get(one.codecId)?.mimeType ?? of.codec;
        } else if (one.type === "outbound-rtp" && of) of.sent += one.bytesSent;
        else if (one.type === "transport" && one.selectedCandidatePairId) {
          const pair = all.get(one.selectedCandidatePairId);
          const [local, remote] = [all.get(pair?.localCandidateId), all.get(pair?.remoteCandidateId)];
          said.pair = local && remote && {
            local: local.candidateType, relay: local.relayProtocol ?? null, address: local.address ?? null,
            remote: remote.candidateType, peer: `${remote.address}:${remote.port}`,
          };
        }
      }
      return said;
    },
  };
}
