// SPDX-License-Identifier: AGPL-3.0-or-later

extension PrometheusMetrics {
  /// What each metric of the daemon tells.
  public static let helps = [
    "hb_request_errors_total": "Requests that ended with an error, by route, method and status.",
    "hb_requests_total": "Requests answered, by route, method and status.",
    "http_server_active_requests": "Requests that are being answered now, by method.",
    "http_server_request_duration_seconds": "How long requests took, by route, method and status.",
    "trunkline_accounts": "Accounts, those that are kept out included.",
    "trunkline_accounts_not_admitted":
      "Accounts that the home server or the admin keeps out.",
    "trunkline_devices": "Devices whose passwords count.",
    "trunkline_ledger_sequence": "The number of the latest change in the ledger.",
    "trunkline_metrics_refused_total":
      "Attempts to make a metric with a bad name, another type or too many label sets.",
    "trunkline_projection_failures_total":
      "Attempts to bring the chat server's database up to date that failed.",
    "trunkline_projection_sequence": "The number of the latest change that the chat server's database has.",
    "trunkline_standing_checks_total": "How often the home server was asked how an account stands.",
    "trunkline_standing_lag_seconds":
      "How long ago the account that waits longest was last asked about at the home server.",
    "trunkline_webhooks_total": "Webhooks received, by what came of them.",
  ]
}
