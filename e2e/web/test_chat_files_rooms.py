# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures, rooms, a long history, and several tabs."""

import itertools
import struct
import zlib

import pytest
from people import DOMAIN


ROOM = f"[data-address$='@rooms.{DOMAIN}']"


def png(width: int, height: int) -> bytes:
    """A picture of stripes."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(itertools.islice(itertools.cycle((255, line % 256, 90)), width * 3)) for line in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_picture_is_shown_before_it_goes_and_loads_for_a_stranger_only_on_request(newcomer, sitting):
    alice, bob = newcomer("alice"), newcomer("bob")
    at_alice, at_bob = sitting(alice), sitting(bob)
    at_bob.open_chat().wait_for("online")
    at_alice.open_chat().wait_for("online").start(bob.address)
    at_alice.test("file").set_input_files({"name": "beach.png", "mimeType": "image/png", "buffer": png(320, 200)})
    at_alice.in_frame(".tray img").wait_for()
    asked = []
    at_bob.context.on("request", lambda request: request.url.startswith("https://upload.") and asked.append(request.url))
    at_alice.test("send").click()
    at_alice.test("message", "[data-kind='file'][data-mine='true']").wait_for()
    at_bob.open(alice.address)
    picture = at_bob.test("message", "[data-kind='file'][data-mine='false']")
    picture.wait_for()
    assert asked == []
    picture.get_by_role("button").first.click()
    picture.locator("img").wait_for()
    at_bob.frame.wait_for_function("document.querySelector('.message img')?.naturalWidth === 320")
    assert len(asked) == 1


def test_a_room_of_three(newcomer, sitting):
    dora, emil, fritz = members = [newcomer(stem) for stem in ("dora", "emil", "fritz")]
    at_dora, at_emil, at_fritz = [sitting(member).open_chat().wait_for("online") for member in members]
    at_dora.test("new-chat").first.click()
    at_dora.in_frame("button").filter(has_text="New group chat").click()
    at_dora.test("room-name").fill("Boat trip")
    at_dora.test("room-people").fill(f"{emil.address} {fritz.address}")
    at_dora.test("create-room").click()
    at_dora.test("compose").wait_for()
    for guest in (at_emil, at_fritz):
        # The invitation stands where its sender is, not in a room that nobody is in yet.
        guest.open(dora.address).test("message", "[data-kind='invitation']").get_by_role("button").click()
        guest.in_frame(".conversation:visible").filter(has_text="Boat trip").wait_for()
    at_dora.write("Who brings cake?")
    for guest in (at_emil, at_fritz):
        guest.until_read("Who brings cake?")
    at_emil.write("I do")
    for other in (at_dora, at_fritz):
        other.until_read("I do")
    at_fritz.test("members").click()
    for member in members:
        at_fritz.in_frame("dialog[open] .members").filter(has_text=member.name).wait_for()
    at_fritz.page.keyboard.press("Escape")
    at_fritz.page.reload()
    at_fritz.open_chat().wait_for("online")
    at_fritz.test("conversation", ROOM).click()
    at_fritz.messages("I do").first.wait_for()
    assert [text for text in at_fritz.texts() if text in ("Who brings cake?", "I do")] == ["Who brings cake?", "I do"]


def test_an_upload_that_is_stopped_sends_nothing_and_the_next_goes(newcomer, sitting):
    alice, bob = newcomer("alice"), newcomer("bob")
    at_alice, at_bob = sitting(alice), sitting(bob)
    at_bob.open_chat().wait_for("online")
    at_alice.open_chat().wait_for("online").start(bob.address)
    began, hold = [], []

    def wait(route):  # the bytes are on their way, and do not arrive
        began.append(route.request.url)
        hold.append(route)

    at_alice.context.route(lambda url: url.startswith("https://upload."), wait)
    at_alice.test("file").set_input_files({"name": "large.png", "mimeType": "image/png", "buffer": png(320, 200)})
    with at_alice.page.expect_request(lambda request: request.method == "PUT"):
        at_alice.test("send").click()
    at_alice.in_frame(".tray").filter(has_text="Sending").wait_for()
    with at_alice.page.expect_event("requestfailed", lambda request: request.url in began):
        at_alice.in_frame(".tray").get_by_role("button", name="Remove large.png").click()
    at_alice.in_frame(".tray__item").wait_for(state="detached")
    at_alice.context.unroute_all()
    at_alice.test("file").set_input_files({"name": "small.txt", "mimeType": "text/plain", "buffer": b"beans"})
    at_alice.test("send").click()
    at_alice.until_sent("small.txt")
    at_bob.open(alice.address).test("message", "[data-kind='file']").filter(has_text="small.txt").wait_for()
    assert at_bob.test("message").count() == at_alice.test("message").count() == 1
    assert at_alice.in_frame(".tray__item").count() == 0


def test_whoever_is_removed_from_a_room_is_told_and_writes_there_no_more(newcomer, sitting):
    olga, paul, quinn = members = [newcomer(stem) for stem in ("olga", "paul", "quinn")]
    at_olga, at_paul, at_quinn = [sitting(member).open_chat().wait_for("online") for member in members]
    at_olga.test("new-chat").first.click()
    at_olga.in_frame("button").filter(has_text="New group chat").click()
    at_olga.test("room-name").fill("Allotment")
    at_olga.test("room-people").fill(f"{paul.address} {quinn.address}")
    at_olga.test("create-room").click()
    at_olga.test("compose").wait_for()
    for guest in (at_paul, at_quinn):
        guest.open(olga.address).test("message", "[data-kind='invitation']").get_by_role("button").click()
        guest.in_frame(".conversation:visible").filter(has_text="Allotment").wait_for()
    at_paul.write("Mine are the beans").until_sent("Mine are the beans")
    # Only who may remove others is offered to.
    at_quinn.test("members").click()
    at_quinn.in_frame("dialog[open] .members").filter(has_text=paul.name).wait_for()
    assert at_quinn.in_frame("dialog[open]").get_by_role("button", name=f"Remove {paul.name}").count() == 0
    at_quinn.page.keyboard.press("Escape")
    at_olga.test("members").click()
    at_olga.in_frame("dialog[open]").get_by_role("button", name=f"Remove {paul.name}").click()
    at_olga.in_frame("dialog[open]").get_by_role("button", name="Remove", exact=True).click()
    at_paul.in_frame(".banner").filter(has_text="You were removed from this group chat.").wait_for()
    at_paul.test("compose").wait_for(state="hidden")
    at_olga.in_frame("dialog[open] .members").filter(has_not_text=paul.name).wait_for()
    at_olga.page.keyboard.press("Escape")
    at_olga.write("Now we are two")
    at_quinn.until_read("Now we are two")
    assert at_paul.messages("Now we are two").count() == 0
    # The way back is an invitation, and nothing else.
    at_paul.in_frame(".banner").get_by_role("button", name="Join").click()
    at_paul.in_frame("[role='status']").filter(has_text="Only those who are invited can come in.").wait_for()
    at_paul.page.reload()
    at_paul.open_chat().wait_for("online").test("conversation", ROOM).click()
    at_paul.in_frame(".banner").filter(has_text="This group chat did not let you in.").wait_for()
    assert at_paul.messages("Now we are two").count() == 0 and at_paul.test("compose").is_hidden()


def open_streams(pages) -> int:
    return len([socket for page in pages for socket in page.sockets if "xmpp-websocket" in socket.url and not socket.is_closed()])


def test_three_tabs_of_a_browser_share_one_connection_and_the_next_takes_it_over(newcomer, sitting, app):
    gina, hans = newcomer("gina"), newcomer("hans", devices=1)
    phone = app(hans)
    tabs = [sitting(gina)]
    tabs[0].open_chat().wait_for("online")
    tabs += [tabs[0].tab(), tabs[0].tab()]
    for tab in tabs[1:]:
        tab.open_chat().wait_for("online")
    phone.say(gina.address, "One for all")
    for tab in tabs:
        tab.open(hans.address).until_read("One for all")
    assert open_streams(tabs) == 1
    tabs[1].write("From the second").until_sent("From the second")
    tabs[2].messages("From the second", mine=True).first.wait_for()
    tabs[0].page.close()
    phone.say(gina.address, "Still there?")
    for tab in tabs[1:]:
        tab.until_read("Still there?").wait_for("online")
    assert open_streams(tabs[1:]) == 1
    assert tabs[1].texts() == tabs[2].texts() == ["One for all", "From the second", "Still there?"]


#: Scrolls up as long as there is something above, and says how long the frames took meanwhile, in ms.
SCROLL = """async () => {
  const scroller = document.querySelector('.messages__scroll');
  const isAtBeginning = () => scroller.scrollTop <= 0 && document.querySelector('.messages__top').dataset.state === 'none';
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  for (const end = last + 30_000; !isAtBeginning() && last < end;) {
    scroller.scrollTop -= 120;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  frames.sort((one, other) => one - other);
  return { frames: frames.length, median: frames[frames.length >> 1], most: frames[Math.floor(frames.length * 0.95)], longest: frames.at(-1) };
}"""


@pytest.mark.alone
def test_a_history_of_500_messages_scrolls_smoothly_to_its_beginning(newcomer, sitting, app):
    ida, jan = newcomer("ida", devices=1), newcomer("jan", devices=1)
    phone = app(jan)
    for number in range(500):
        phone.say(ida.address, f"Message {number} of five hundred" + " and a little more" * (number % 7))
    phone.until_archived(ida.address, 500)
    at_ida = sitting(ida)
    at_ida.open_chat().wait_for("online").open(jan.address).until_read("Message 499 of")
    seen = at_ida.frame.evaluate(SCROLL)
    print(f"scrolling: {seen}")
    at_ida.until_read("Message 0 of")
    # 60 frames a second are 16.7 ms each; a machine that does other things, too, draws some of them late.
    assert seen["median"] < 25 and seen["most"] < 70, seen
    in_page = at_ida.test("message").count()
    assert in_page < 400, "all of a long history stands in the page"
