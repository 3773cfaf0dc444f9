// The configuration that `linter.mjs` loads. It has a top-level await, as configurations of real tools may have;
// so `require` refuses it, and only `import()`, which must be awaited, can load it.

import { setTimeout } from 'node:timers/promises'

await setTimeout(10)

export default { longestLine: 40, forbidden: ['console.log', 'debugger'] }
