// The guided tour, on a fresh clone too: `npm start`, or `npm start -- some/directory`.

import { prepare, run } from './prepare.mjs'

await prepare()
try {
  run(process.execPath, ['examples/tour.mjs', ...process.argv.slice(2)])
} catch (error) {
  process.exit(error.status ?? 1)
}
