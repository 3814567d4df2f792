// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation

extension APIRecord {
  struct Contact: Encodable {
    let address: String
    let name: String
    /// `none`, `to`, `from`, `both`, as in RFC 6121.
    let subscription: String
    let asked: Bool
    let chosen: Bool
    let waiting: Nullable<String>

    init(_ entry: ContactsOverview.Entry) {
      address = entry.contact.address.description
      name = entry.contact.name
      subscription = entry.contact.subscription.rawValue
      asked = entry.contact.isAsked
      chosen = entry.isChosen
      waiting = Nullable(entry.waiting?.rawValue)
    }
  }

  struct Asking: Encodable {
    let address: String
    let at: Date
  }

  struct Contacts: Encodable {
    let contacts: [Contact]
    let coming: [String]
    let asking: [Asking]
    let readAt: Nullable<Date>
    let connected: Bool

    init(_ overview: ContactsOverview) {
      contacts = overview.entries.map(Contact.init)
      coming = overview.coming.map(\.description)
      asking = overview.asking.map { Asking(address: $0.address.description, at: $0.at.date) }
      readAt = Nullable(overview.readAt?.date)
      if case .connected = overview.link { connected = true } else { connected = false }
    }
  }

  struct Previewed: Encodable {
    let address: String
    let outcome: String
    let learns: [String]

    init(_ preview: ContactPreview) {
      address = preview.address.description
      outcome = preview.outcome.word
      learns = preview.lessons.map(\.rawValue)
    }
  }

  struct Preview: Encodable {
    let people: [Previewed]
  }

  struct Batch: Encodable {
    let id: String
    let total: Int
    let done: Int
    let waiting: Int
    let failed: [String]

    init(_ progress: BatchProgress) {
      id = progress.batch
      total = progress.total
      done = progress.done
      waiting = progress.waiting
      failed = progress.failed.map(\.description)
    }
  }

  struct Said: Encodable {
    let at: Date
    let kind: String
    let text: String
  }

  struct Request: Encodable {
    let from: String
    let firstAt: Date
    let lastAt: Date
    let count: Int
    let said: [Said]

    init(_ request: MessageRequest) {
      from = request.sender.description
      firstAt = request.first.date
      lastAt = request.last.date
      count = request.count
      said = request.said.map { Said(at: $0.at.date, kind: $0.kind.rawValue, text: $0.text.shownText()) }
    }
  }

  struct Requests: Encodable {
    let requests: [Request]
  }

  struct QuietCall: Encodable {
    let caller: String
    let at: Date
  }

  struct QuietCalls: Encodable {
    let calls: [QuietCall]
  }

  struct Privacy: Encodable {
    let presence: String
    let chat: String
    let calls: String
    let chosen: [String]
  }

  struct Sight: Encodable {
    let known: Bool
    /// `null` if it is not known.
    let online: Nullable<Int>
    let seenBy: [String]
    let ringing: Int
  }
}

extension ContactPreview.Outcome {
  /// As the API writes it.
  var word: String {
    rawValue.replacing(#/[A-Z]/#) { "-\($0.output.lowercased())" }
  }
}
