# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls by the dozen with sipp: one member calls another, who answers; each call lasts two seconds."""
import csv
import subprocess
from pathlib import Path

from networked_client import client_in

SDP = """v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
INVITE = """<send retrans="5000"><![CDATA[

INVITE sip:{callee}@social.localhost SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:{caller}@social.localhost>;tag=[pid]t[call_number]
To: <sip:{callee}@social.localhost>
Call-ID: [call_id]
CSeq: {number} INVITE
Contact: <sip:{caller}@[local_ip]:[local_port]>
{extra}Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
"""
CALLER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
{first}<recv response="100" optional="true"/>
<recv response="407" auth="true"/>
<send><![CDATA[

ACK sip:{callee}@social.localhost SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-2]
Max-Forwards: 70
From: <sip:{caller}@social.localhost>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>
{second}<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[

ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From: <sip:{caller}@social.localhost>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 ACK
Content-Length: 0

]]></send>
<pause milliseconds="2000"/>
<send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From: <sip:{caller}@social.localhost>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 3 BYE
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""
CALLEE = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE" rrs="true"/>
<send><![CDATA[

SIP/2.0 180 Ringing
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:{callee}@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:{callee}@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


class Load:
    def __init__(self, network, kamailio, folder, caller, callee, rate, seconds):
        self.network, self.kamailio, self.rate, self.calls = network, kamailio, rate, rate * seconds
        self.caller, self.callee = caller, callee
        self.hosts = [network.host("callers", 245), network.host("callees", 246)]
        self.folder = Path(folder) / f"load-{caller.name}"
        self.folder.mkdir()
        names = dict(caller=caller.name, callee=callee.name, sdp=SDP)
        proof = f"[authentication username={caller.name} password={caller.devices[0].password}]\n"
        (self.folder / "caller.xml").write_text(CALLER.format(
            first=INVITE.format(number=1, extra="", **names), second=INVITE.format(number=2, extra=proof, **names), **names))
        (self.folder / "callee.xml").write_text(CALLEE.format(**names))
        self.processes = []

    def start(self):
        # The callee's phone registers, and then hands its port to sipp.
        phone = client_in(self.hosts[1], self.kamailio, self.callee.devices[0], "UDP")
        assert phone.register().status == 200
        port = phone.line.address[1]
        phone.close()
        server = f"{self.kamailio.host.address}:{self.kamailio.port}"
        for host, scenario, arguments in [
            (self.hosts[1], "callee", ["-p", port]),
            (self.hosts[0], "caller", ["-p", 25060, "-r", self.rate, "-m", self.calls, "-timeout", 60, "-recv_timeout", 8000,
                                       "-trace_stat", "-stf", self.folder / "numbers.csv", "-fd", 1]),
        ]:
            log = open(self.folder / f"{scenario}.log", "wb")
            self.processes.append(host.popen(
                "sipp", "-sf", self.folder / f"{scenario}.xml", server, "-i", host.address, "-mi", host.address, "-aa",
                "-nostdin", *arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder))
        return self

    def finish(self) -> dict:
        """Waits for the callers; how many calls came to a good end and how many did not."""
        self.processes[1].wait(90)
        with open(self.folder / "numbers.csv") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return {"ok": int(last["SuccessfulCall(C)"]), "failed": int(last["FailedCall(C)"]),
                "again": int(last["Retransmissions(C)"])}

    def destroy(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for host in self.hosts:
            self.network.forget(host)
