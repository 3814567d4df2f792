// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials

/// Where the chat server listens for its component, and how long to wait for what.
public struct LinkSettings: Sendable {
  /// The members' domain, such as `example.social`: whom the component asks.
  public var domain: String
  /// The component's own name, such as `trunkline.example.social`.
  public var component: String
  /// An address of this machine.
  public var host: String
  public var port: Int
  /// What server and component share (XEP-0114, section 3).
  public var secret: Secret
  public var times: Times
  /// Requests that may be open at once; what is asked beyond is `busy`.
  public var openRequests: Int

  public init(
    domain: String, component: String, host: String = "127.0.0.1", port: Int, secret: Secret,
    times: Times = Times(), openRequests: Int = 256
  ) {
    self.domain = domain.lowercased()
    self.component = component.lowercased()
    self.host = host
    self.port = port
    self.secret = secret
    self.times = times
    self.openRequests = openRequests
  }

  public struct Times: Sendable {
    /// How often the link looks at its own deadlines.
    public var beat: Duration = .seconds(1)
    /// For a connection to be made.
    public var connect: Duration = .seconds(5)
    /// From the connection to the accepted handshake.
    public var handshake: Duration = .seconds(10)
    /// For the answer to a question.
    public var answer: Duration = .seconds(20)
    /// After so long without anything sent, white space goes out.
    public var space: Duration = .seconds(30)
    /// After so long without anything heard, the server is asked for a sign of life (XEP-0199).
    public var ping: Duration = .seconds(60)
    /// For that sign; without it the stream is given up.
    public var pong: Duration = .seconds(15)
    /// Before the second attempt, and twice as long before each further one (RFC 6120, section 3.3), up to `longestPause`.
    public var pause: Duration = .milliseconds(500)
    public var longestPause: Duration = .seconds(30)
    /// After a stream that was open for so long the first attempt comes at once.
    public var goodStream: Duration = .seconds(60)
    /// For open requests before the stream is closed, and again for the server to close its side.
    public var farewell: Duration = .seconds(2)

    public init() {}
  }
}
