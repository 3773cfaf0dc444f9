// The rows that the README shows, in its table and in its chart: what users feel most, in few words.
//
// Each is a part of a row of the benchmark: our contestant, and one or two others. A row is left out where it was not
// measured, and so is a contestant; one that beats us is not.

const OURS = 'threaded-async'
const PORT = 'MessagePort'
const ATOMICS = `${PORT} + Atomics.wait`
const HAND = 'by hand, calls and answers in batches'
const SYNCS = ['synckit', 'make-synchronized']

/** The words, the row (its id and the beginning of its title), our contestant, and the others. */
const LINES = [
  ['round trip of a number, main thread blocked', 'P1', '', OURS, [ATOMICS, 'multithreading, channels']],
  ['`createTask(fn).wait()`', 'P2', '', OURS, ['synckit', 'piscina, awaited']],
  ['the same, of work that takes 200 µs', 'P2b', 'a call whose work takes 200 µs, cores free', OURS, SYNCS],
  ['call of a synchronized module with an AST', 'P4b', 'a call that takes an AST', `${OURS}, synchronized`, SYNCS],
  ['stream of numbers, `putWait` to `for await`, each', 'P3', '', `${OURS}, for await`, [PORT]],
  ['the same in batches of 256', 'P3b', 'numbers', `${OURS}, putMany and batches()`, [`${PORT}, arrays of 256`]],
  ['`processAll()`, 1,000 scripts, per call', 'P5b', '', `${OURS}, processAll`, [HAND]],
  [
    'a new runner until its first result',
    'P6',
    'start and end',
    `${OURS}, new runner to first result`,
    ['bare Worker, until it answers'],
  ],
]

/** The README's rows out of all rows, with the same fields. */
export const chosen = rows => LINES.map(line => part(line, rows)).filter(Boolean)

function part([title, id, beginning, ours, others], rows) {
  const row = rows.find(row => row.id === id && row.title.startsWith(beginning))
  const figures = [ours, ...others].map(name => row?.figures.find(figure => figure.name === name))
  if (figures[0]?.median === undefined) return undefined
  return { title, unit: row.unit, figures: figures.filter(figure => figure?.median !== undefined) }
}
