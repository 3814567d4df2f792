// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a call by Jingle cannot be: by a condition of XEP-0166, section 7.4, or of XEP-0167.

export class JingleError extends Error {
  /** @param {'unsupported-applications' | 'unsupported-transports' | 'security-error' | 'failed-application' | 'incompatible-parameters'} reason */
  constructor(reason) {
    super(reason);
    this.name = 'JingleError';
    this.reason = reason;
  }
}
