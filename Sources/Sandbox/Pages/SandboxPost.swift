// SPDX-License-Identifier: AGPL-3.0-or-later

/// A post on the sandbox's timeline: decoration, in several scripts.
struct SandboxPost: Sendable {
  let author: String
  let text: String
  let age: String

  static let seeded = [
    SandboxPost(
      author: "carol",
      text: "The first sunflower is taller than me now. 🌻 Pictures tomorrow, when the light is better.",
      age: "4m"),
    SandboxPost(
      author: "bob", text: "Sourdough number 41: finally a crust that sings when it cools. #baking",
      age: "21m"),
    SandboxPost(author: "grace", text: "今夜は木星がとてもきれいに見えます。", age: "1h"),
    SandboxPost(
      author: "alice",
      text: "Chess club moves to Thursday. Bring tea, bring a friend, leave the croquet mallets at home.",
      age: "2h"),
    SandboxPost(author: "erin", text: "Το καλοκαίρι τελειώνει, αλλά η θάλασσα είναι ακόμα ζεστή.", age: "5h"),
    SandboxPost(author: "heidi", text: "قهوة الصباح أفضل مع صوت المطر.", age: "8h"),
    SandboxPost(author: "judy", text: "आज बारिश में एक पूरी किताब पढ़ डाली।", age: "1d"),
    SandboxPost(
      author: "trent", text: "Maintenance went well: a new disk, old cables, and nobody noticed. Good night!",
      age: "2d"),
  ]
}
