// P6: how long a program waits for its first result, imports included. Every round is a process of its own.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PROGRAM = fileURLToPath(new URL('./first-program.mjs', import.meta.url))
const run = promisify(execFile)

const first = (name, kind) => ({
  name,
  setUp: () => ({ round: async () => Number((await run(process.execPath, [PROGRAM, kind])).stdout) }),
})

const [IMPORT, OURS, THREE] = [
  'threaded-async, import',
  'threaded-async, first result',
  'threaded-async, of each of three runners',
]
const [BARE, SYNCKIT] = ['bare Worker from a string, first result', 'synckit, first result']

export const firstResult = {
  id: 'P6',
  title: 'first result of a process',
  unit: 'ms',
  rounds: 15,
  warms: false,
  contestants: [
    first(IMPORT, 'import'),
    first(OURS, 'first'),
    first(THREE, 'three'),
    first(BARE, 'bare'),
    first(SYNCKIT, 'synckit'),
    first('make-synchronized, first result', 'module'),
  ],
  goals: [
    { of: IMPORT, atMost: 4 },
    { of: OURS, against: BARE, within: 1.15 },
    { of: OURS, against: SYNCKIT, within: 1 },
    { of: THREE, above: OURS, atMost: 17 },
  ],
}
