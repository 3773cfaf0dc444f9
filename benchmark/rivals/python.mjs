// The rival this library comes from: threaded_async 1.4 for Python, in a child process that measures by its own clock.
//
// Where Python or the package is not installed, the contestant says so and the row goes on without it. `PYTHON` names
// another interpreter than python3; `PYTHONPATH` works as always.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { size } from '../options.mjs'

const PYTHON = process.env.PYTHON ?? 'python3'
const VERSION = '1.4'
const PROGRAM = fileURLToPath(new URL('./python.py', import.meta.url))
const ASK = `import sys, threaded_async
from importlib.metadata import version
print(version('threaded-async'), '%d.%d.%d' % sys.version_info[:3])`

let installed

/** The versions of the package and of Python, or why there are none. */
function look() {
  const { status, stdout } = spawnSync(PYTHON, ['-c', ASK], { encoding: 'utf8' })
  const [version, python] = status === 0 ? stdout.trim().split(' ') : []
  return { absent: version === VERSION ? undefined : `not installed (pip install threaded-async==${VERSION})`, python }
}

export const PYTHON_RIVAL = 'threaded_async (Python)'

/** The contestant of one row: `work` is the program's argument, `calls` how many it measures per round. */
export function python(work, calls) {
  return {
    name: PYTHON_RIVAL,
    async setUp() {
      const { absent, python } = (installed ??= look())
      if (absent !== undefined) return { absent }
      const child = spawn(PYTHON, [PROGRAM, work], { stdio: ['pipe', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const line = async () => {
        const { value, done } = await lines.next()
        if (done) throw new Error(`${PROGRAM} ${work} has ended before its time.`)
        return value
      }
      await line()
      return {
        note: `${VERSION}, CPython ${python}`,
        async round() {
          child.stdin.write(`${size(calls)}\n`)
          return JSON.parse(await line())
        },
        async tearDown() {
          child.stdin.end()
          await once(child, 'exit')
        },
      }
    },
  }
}
