// A synchronized module whose loop ends, hangs and gets stuck at random: the next call has a loop that works.
//
// Promises that no call of another kind fails, that objects of an old loop end as such, and that a module which is called
// by a blocked thread never answers for another call. Arguments: how many rounds, and a seed.

import { synchronized } from 'threaded-async'

const rounds = Number(process.argv[2] ?? 10)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
console.log(`seed ${seed}`)

let state = seed
/** A number below `n`. */
function random(n) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
  return (state >>> 8) % n
}

const store = synchronized(new URL('../synchronized/modules/store.mjs', import.meta.url), {
  timeout: 3000,
  restart: true,
  exitTimeout: 50,
  logForcedShutdownStackTrace: false,
})

/** How a loop is ended, and the codes that the caller may see of it. */
const ends = [
  [() => store.exit(random(3)), ['ERR_RUNNER_DIED']],
  [() => store.exitSoon(), ['ERR_RUNNER_DIED', undefined]],
  [() => store.spin(), ['ERR_EVENT_LOOP_TIMEOUT']],
  [() => store.hang(), ['ERR_EVENT_LOOP_TIMEOUT']],
]

function codeOf(call) {
  try {
    call()
  } catch (error) {
    return error.code ?? String(error)
  }
  return undefined
}

function expect(actual, expected, what) {
  if (!expected.includes(actual)) throw new Error(`${what}: ${actual}, not ${expected.join(' or ')}`)
}

for (let round = 0; round < rounds; round++) {
  const label = `store ${round}`
  const one = new store.Store(label)
  for (let i = random(50); i >= 0; i--) {
    const x = random(1000)
    expect(store.adder(i)(x), [i + x], 'adder')
  }
  expect(store.labelOf({ store: one }), [label], 'label')
  const [end, codes] = ends[random(ends.length)]
  expect(codeOf(end), codes, 'end')
  // A loop that exits a moment later may still have begun with the next call; a new one may be slow to start.
  let code = 'none'
  for (let i = 0; i < 5 && code !== undefined; i++) {
    code = codeOf(() => expect(store.double(round), [2 * round], 'double'))
    if (!['ERR_RUNNER_DIED', 'ERR_EVENT_LOOP_TIMEOUT'].includes(code)) break
  }
  expect(code, [undefined], 'the next call')
  expect(
    codeOf(() => expect(one.label, [label], 'label')),
    [undefined, 'ERR_RUNNER_DIED'],
    'the old object',
  )
}
store[Symbol.dispose]()
console.log('pass')
