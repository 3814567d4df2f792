// SPDX-License-Identifier: AGPL-3.0-or-later

@main struct Main { static func main() {} }
