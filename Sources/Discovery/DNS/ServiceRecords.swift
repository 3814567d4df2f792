// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// What a domain's SRV records say about a service.
///
/// Only what is announced counts. RFC 6120 (section 3.2.2) and RFC 3263 (section 4.2) let a server try the domain's own
/// address where there is no SRV record; whether somebody listens there could be found out by knocking only, and we do not
/// knock. NAPTR records (RFC 3263 section 4.1), which choose between transports, are not asked for: a server that can be
/// called has SRV records too, or it is not found here.
public enum ServiceRecords {
  /// The names to ask for: of servers that other servers find (RFC 6120 section 3.2.1, XEP-0368, RFC 3263).
  public static func names(of service: Service, at domain: String) -> [String] {
    switch service {
    case .xmpp: ["_xmpp-server._tcp.\(domain)", "_xmpps-server._tcp.\(domain)"]
    case .sip: ["_sips._tcp.\(domain)", "_sip._tcp.\(domain)", "_sip._udp.\(domain)"]
    }
  }

  /// The rule. One record that names a server is enough, whatever else failed; nothing is taken for “no” while a question
  /// is open.
  public static func offer(_ answers: [Lookup<ServiceRecord>]) -> Result<DomainOffer, LookupFailure> {
    var isRefused = false
    var failure: LookupFailure?
    for answer in answers {
      switch answer {
      case .found(let records):
        if records.contains(where: \.isUsable) { return .success(.offered) }
        isRefused = true
      case .nothing: break
      case .failed(let why): failure = failure ?? why
      }
    }
    if let failure { return .failure(failure) }
    return .success(isRefused ? .refused : .unannounced)
  }
}

extension LookupFailure: Error {}

extension Resolver {
  /// What DNS says of a service at a domain.
  public func offer(of service: Service, at domain: String) async -> Result<DomainOffer, LookupFailure> {
    var answers: [Lookup<ServiceRecord>] = []
    // One after the other: the first names a server as a rule, and then nothing more has to be asked.
    for name in ServiceRecords.names(of: service, at: domain) {
      answers.append(await services(name))
      if case .success(.offered) = ServiceRecords.offer(answers) { break }
    }
    return ServiceRecords.offer(answers)
  }
}
