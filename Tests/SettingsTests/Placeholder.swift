// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@Test func placeholder() {}
