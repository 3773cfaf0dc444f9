// What the command line asks for: `npm run bench -- P1 timers --check --size=0.1 --out=/some/directory`.
//
// Ids choose rows. `--check` does fewer rounds, writes nothing, and lists what falls short of the goals. `--size` scales
// every count and duration: below 1 the figures mean nothing, and only show that the suite works. `--out` is where
// results.json and results.svg go. Refuses options it does not know.

import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    size: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})

/** The ids of the rows to measure; all where there are none. */
export const wanted = positionals
export const isCheck = values.check
export const out = values.out

const scale = Number(values.size)
if (!(scale > 0)) throw new RangeError(`--size takes a number above 0, and not ${values.size}.`)

/** So many calls, items, milliseconds, as asked for: never less than `least`. */
export const size = (count, least = 1) => Math.max(least, Math.round(count * scale))

/** How many rounds to do. */
export const roundsOf = count => size(isCheck ? Math.ceil(count / 3) : count)
