# SPDX-License-Identifier: AGPL-3.0-or-later
"""The benchmarks that need no release build still run: a few rounds of each, whose figures say nothing."""
import os
import pathlib
import subprocess
import sys

import pytest

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1] / "benchmarks"
HOSTS = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


@pytest.mark.parametrize("script,arguments,said", [
    ("xmpp_login.py", ["--rounds", "1", "--logins", "2"], "ours, 20 devices"),
    ("sip_register.py", ["--rounds", "1", "--phones", "2", "--refreshes", "2"], "ours, 5 devices"),
    ("sip_calls.py", ["--rounds", "1", "--calls", "2"], "ours with rtpengine"),
    ("sip_revoke.py", ["--members", "1", "--devices", "2", "--calls", "1"], "revoke to the end of the call"),
    pytest.param("relayed_calls.py", ["--seconds", "1", "--most", "25"], "calls   lost", marks=HOSTS),
    pytest.param("web_calls.py", ["--rounds", "1", "--seconds", "1"], "a call of voice that goes on", marks=HOSTS),
])
def test_it_runs(script, arguments, said):
    ended = subprocess.run([sys.executable, str(BENCHMARKS / script), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=180, env={**os.environ, "TRUNKLINE_PORT_OFFSET": "13000", "TRUNKLINE_RESULTS": os.devnull})
    assert ended.returncode == 0, ended.stdout
    assert said in ended.stdout
