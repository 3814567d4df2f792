// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Portal

/// Modules that are sent as one script. That it does what they do, the tests with a browser show, which run nothing else.
@Suite("Joined modules")
struct JoinedModulesTests {
  @Test(
    "each module stands before what imports it, once, and gives what it exports under the names that it is asked for"
  )
  func joined() throws {
    let script = try JoinedModules.script(
      of: "client/main.js",
      in: [
        "client/main.js": """
        // SPDX-License-Identifier: AGPL-3.0-or-later
        import { one, Two as Second } from './model/one.js';
        import * as names from '../shared/names.js';

        /** @type {string} */
        export const all = [one(), new Second(), names.third];
        await all;
        """,
        "client/model/one.js": """
        import {
          third,
        } from '../../shared/names.js';
        export {};
        /**
         * export const nothing = 1;
         */ export async function one() {
          return [import('../later.js'), import('../last.js')]; // a line's end is kept
        }
        export class Two {}
        """,
        "client/later.js": "export const x = 1;", "client/last.js": "export const y = 1;",
        "shared/names.js": "export const third = 'https://example.social/*no comment*/ // nor this';\n",
      ])
    #expect(
      script == """
        // SPDX-License-Identifier: AGPL-3.0-or-later
        const $0=(()=>{
        const third = 'https://example.social/*no comment*/ // nor this';
        return{third}})();
        const $1=(()=>{
        const{third}=$0;
        async function one() {
        return [import('../client/later.js'), import('../client/last.js')]; // a line's end is kept
        }
        class Two {}
        return{one,Two}})();
        const{one,Two:Second}=$1;
        const names=$0;
        export const all = [one(), new Second(), names.third];
        await all;

        """)
  }

  @Test(
    "what is not understood is refused, and said where",
    arguments: [
      ("import { b } from './b.js';", "b.js: is imported and is not there"),
      ("import x from './a.js';", "main.js: an import that is not known"),
      ("import { missing } from './a.js';", "main.js: a.js does not export missing"),
      ("import 'elsewhere';", "main.js: an import that is not known"),
      ("import { a } from './self.js';", "self.js: modules import each other"),
      ("const text = `two\nlines`;", "main.js: a template, comment or string goes over several lines"),
      ("const text = 'two \\\nlines';", "main.js: a template, comment or string goes over several lines"),
      ("f(); /* two\nlines */ g();", "main.js: a template, comment or string goes over several lines"),
      ("const quoted = /`/;", "or ` or /* is in a string or regular expression"),
      ("const any = 'image/*';", "or ` or /* is in a string or regular expression"),
      ("import { one } from './let.js';", "let.js: an export that is not known"),
      ("import { a } from './a.js';\nconst b = () => import('./a.js');", "a.js: is imported now and later"),
      ("const b = () => import('./b.js');", "main.js: is imported and is not there"),
      (
        "import { slow } from './slow.js';",
        "slow.js: waits while it is loaded: export const slow = await f();"
      ),
      ("import { late } from './late.js';", "late.js: waits while it is loaded: await f();"),
      ("import { file } from './beside.js';", "beside.js: an address relative to an imported module"),
    ])
  func refused(source: String, cause: String) throws {
    let error = try #require(throws: JoinedModules.Failure.self) {
      try JoinedModules.script(
        of: "main.js",
        in: [
          "main.js": source, "a.js": "export const a = 1;", "let.js": "export let one = 1;",
          "slow.js": "const fast = async () => {\n  await f();\n};\nexport const slow = await f();",
          "late.js": "export const late = 1;\nawait f();",
          "beside.js": "export const file = new URL('./file', import.meta.url);",
          "self.js": "import { a } from './a.js';\nimport { b } from './self.js';\nexport const b = a;",
        ])
    }
    #expect(error.cause.contains(cause), "\(error)")
  }
}
