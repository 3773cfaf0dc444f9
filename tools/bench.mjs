// The JavaScript benchmarks, on a fresh clone too: `npm run bench`, or `npm run bench -- P1 P3` for some rows.

import { prepare, run } from './prepare.mjs'

await prepare()
run(process.execPath, ['benchmark/run.mjs', ...process.argv.slice(2)])
