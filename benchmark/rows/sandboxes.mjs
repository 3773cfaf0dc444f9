// P12: sandboxed scripts, each made, called and ticked, beside other ways to run code that is not one's own. Every round is a
// process of its own, that of ../sandboxes/program.mjs; `node benchmark/scripts.mjs` measures more of them, and attacks them.
//
// A rival is installed by the first full run; where it cannot be, the row says so.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { size } from '../options.mjs'
import { isInstalled, install } from '../sandboxes/install.mjs'

const PROGRAM = fileURLToPath(new URL('../sandboxes/program.mjs', import.meta.url))
const run = promisify(execFile)
const scale = size(1e6) / 1e6
/** Not part of the package, and not for a run that only shows that all of it works. */
const mayInstall = scale >= 1

/** What a kind of sandbox takes for `what`, as `figure` of the results. */
const sandbox = (name, kind, what, figure, threads = 1) => ({
  name,
  setUp() {
    const rival = ['isolated-vm', 'quickjs-emscripten', 'ses'].find(name => kind === name)
    const absent = rival === undefined ? undefined : whyAbsent(rival)
    if (absent !== undefined) return { absent }
    return {
      async round() {
        // A version of isolated-vm for Node.js 20 and later needs this flag.
        const args = ['--no-node-snapshot', PROGRAM, kind, what, `${threads}`, `${scale}`]
        const { stdout } = await run(process.execPath, args, { timeout: 60_000 })
        return JSON.parse(stdout)[figure]
      },
    }
  },
})

function whyAbsent(rival) {
  if (isInstalled(rival)) return undefined
  const why = mayInstall ? install(rival) : 'a full run installs it'
  return why === undefined ? undefined : `not installed: ${why}`
}

const OURS = 'threaded-async, a script each'
const OURS_ON_TWO = 'threaded-async, the same on two threads'
const QUICKJS = 'quickjs-emscripten, a runtime each'
const VM = 'node:vm, a context each'
const ISOLATED = 'isolated-vm, an isolate each'
const WORKER = 'a Worker each'

function row(title, unit, what, figure, others, goals) {
  const kinds = { [QUICKJS]: 'quickjs-emscripten', [VM]: 'node-vm', [ISOLATED]: 'isolated-vm', [WORKER]: 'worker' }
  const contestants = [sandbox(OURS, 'threaded-async', what, figure)]
  if (what !== 'create') contestants.push(sandbox(OURS_ON_TWO, 'threaded-async', what, figure, 2))
  contestants.push(...others.map(name => sandbox(name, kinds[name], what, figure)))
  return { id: 'P12', title, unit, rounds: 3, warms: false, contestants, goals }
}

function calls(count, what, others) {
  const goals = [
    { of: OURS, atMost: 3 },
    { of: OURS_ON_TWO, atMost: 2 },
  ]
  return row(`a call of one of ${count} scripts`, 'µs', what, 'us', others, goals)
}

export const sandboxes = [
  row(
    'a script of its own is made, until it waits',
    'µs',
    'create',
    'us',
    [QUICKJS, ISOLATED, VM, WORKER],
    [{ of: OURS, atMost: 250 }],
  ),
  calls('100', 'call:100', [QUICKJS, ISOLATED, VM]),
  calls('1,000', 'call:1000', [QUICKJS, VM]),
  row(
    'a tick of 5,000 scripts, a call of each',
    'ms',
    'tick',
    'ms',
    [QUICKJS, VM],
    [
      { of: OURS, atMost: 80 },
      { of: OURS_ON_TWO, atMost: 50 },
    ],
  ),
]
