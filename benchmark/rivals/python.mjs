// The rival this library comes from: threaded_async 1.4 for Python, in a child process that measures by its own clock; and
// how any program of Python becomes a contestant.
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
const ASK = `import sys, threaded_async
from importlib.metadata import version
print(version('threaded-async'), '%d.%d.%d' % sys.version_info[:3])`

export const PYTHON_RIVAL = 'threaded_async (Python)'

/** The contestant of one row: `work` is the program's argument, `calls` how many it measures per round. */
export function python(work, calls) {
  return pythonProgram({
    name: PYTHON_RIVAL,
    program: new URL('./python.py', import.meta.url),
    work: [work],
    input: size(calls),
    ask: ASK,
    absence: version => (version === VERSION ? undefined : `not installed (pip install threaded-async==${VERSION})`),
  })
}

/** What a line of Python tells of a package and of Python, by that line. */
const known = new Map()

function look(ask) {
  if (!known.has(ask)) {
    const { status, stdout } = spawnSync(PYTHON, ['-c', ask], { encoding: 'utf8' })
    known.set(ask, status === 0 ? stdout.trim().split(' ') : ['', ''])
  }
  return known.get(ask)
}

/**
 * A contestant that is a program of Python: it is given `work` as arguments, and a line with `input` for each round.
 * `ask` prints the version of what it needs and that of Python; `absence` says, by the first, why that is not enough.
 */
export function pythonProgram({ name, program, work, input, ask, absence }) {
  return {
    name,
    async setUp() {
      const [version, python] = look(ask)
      const absent = absence(version)
      if (absent !== undefined) return { absent }
      const child = spawn(PYTHON, [fileURLToPath(program), ...work], { stdio: ['pipe', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const line = async () => {
        const { value, done } = await lines.next()
        if (done) throw new Error(`${fileURLToPath(program)} ${work.join(' ')} has ended before its time.`)
        return value
      }
      await line()
      return {
        note: `${version}, CPython ${python}`,
        async round() {
          child.stdin.write(`${input}\n`)
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
