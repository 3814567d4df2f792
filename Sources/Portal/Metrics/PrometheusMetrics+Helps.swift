// SPDX-License-Identifier: AGPL-3.0-or-later

extension PrometheusMetrics {
  /// What each metric of the daemon tells.
  public static let helps = [
    "trunkline_accounts": "Accounts, those that are kept out included.",
    "trunkline_accounts_not_admitted":
      "Accounts that the home server or the admin keeps out.",
    "trunkline_calls": "Calls that were answered and go on.",
    "trunkline_calls_ringing": "Calls that ring now.",
    "trunkline_devices": "Devices whose passwords count.",
    "trunkline_devices_connected": "Devices that the chat server has connected now.",
    "trunkline_devices_registered": "Devices that are registered for calls now, and so ring.",
    "trunkline_ended_calls_lag_seconds":
      "How long ago the call ended that waits longest to be put into its members' histories; 0 if none waits.",
    "trunkline_errands_waiting":
      "Contacts to be asked, removed or answered, and missed calls, of which the chat server was not told yet.",
    "trunkline_http_requests_total": "Requests answered by the portal, by route and status.",
    "trunkline_ledger_sequence": "The number of the latest change in the ledger.",
    "trunkline_link_connected": "1 while the daemon is connected to the chat server, else 0.",
    "trunkline_media_sessions": "Calls whose sound and picture are relayed now.",
    "trunkline_metrics_refused_total":
      "Attempts to make a metric with a bad name, another type or too many label sets.",
    "trunkline_projection_failures_total":
      "Attempts to bring an engine's database up to date that failed.",
    "trunkline_projection_sequence":
      "The number of the latest change that the databases of all engines have.",
    "trunkline_relations_lag_seconds":
      "How old the oldest blocks are of members who let the home server be asked regularly.",
    "trunkline_relays": "Relays through TURN that are open now.",
    "trunkline_standing_checks_total": "How often the home server was asked how an account stands.",
    "trunkline_standing_lag_seconds":
      "How long ago the account that waits longest was last asked about at the home server.",
    "trunkline_webhooks_total": "Webhooks received, by what came of them.",
  ]
}
