// SimPy: the same simulation on one thread of Python, where every process is a generator.
//
// Where it is not installed, the contestant says so and the row goes on without it.

import { pythonProgram } from './python.mjs'

const VERSION = '4.1'

const ASK = `import sys, simpy
print(simpy.__version__, '%d.%d.%d' % sys.version_info[:3])`

export const SIMPY = 'SimPy (Python)'

/** The contestant of one row: `work` is how many processes, how many timeouts each, and how far their times are apart. */
export function simpy(work) {
  return pythonProgram({
    name: SIMPY,
    program: new URL('./simulation.py', import.meta.url),
    work: work.map(String),
    input: 1,
    ask: ASK,
    absence: version =>
      version.startsWith(`${VERSION}.`) ? undefined : `not installed (pip install simpy~=${VERSION}.0)`,
  })
}
