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
          return import('../later.js'); // a line's end is kept
        }
        export class Two {}
        """,
        "client/later.js": "export const x = 1;",
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
        return import('../client/later.js'); // a line's end is kept
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
      "import { b } from './b.js';", "import x from './a.js';", "import { missing } from './a.js';",
      "import 'elsewhere';",
      "import { a } from './self.js';", "const text = `two\nlines`;", "const text = 'two \\\nlines';",
      "f(); /* two\nlines */ g();",
      "import { one } from './let.js';", "import { a } from './a.js';\nconst b = () => import('./a.js');",
      "const b = () => import('./b.js');",
    ])
  func refused(source: String) throws {
    let error = try #require(throws: JoinedModules.Failure.self) {
      try JoinedModules.script(
        of: "main.js",
        in: [
          "main.js": source, "a.js": "export const a = 1;", "let.js": "export let one = 1;",
          "self.js": "import { a } from './a.js';\nimport { b } from './self.js';\nexport const b = a;",
        ])
    }
    #expect(error.cause.contains(".js: "))
  }
}
