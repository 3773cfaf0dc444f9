// The configuration that `linter.mjs` loads. It awaits something before it is there, as configurations of real tools
// may; therefore `require` refuses it, and only `import()`, which must be awaited, can load it.

import { setTimeout } from 'node:timers/promises'

await setTimeout(10)

export default { longestLine: 40, forbidden: ['console.log', 'debugger'] }
