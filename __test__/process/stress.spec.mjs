// Much of everything, for long: streams, random deaths, give-ups, and what is left behind.
//
// Promises S10 and Z1 to Z7 in their short forms; `STRESS=10 npx ava __test__/process/stress.spec.mjs` makes each so
// many times longer. Programs that act at random print their seed, which is their last argument. Speed is not judged:
// what is printed of it is for the reader.

import test from 'ava'
import { passes, PATIENCE, run, stress } from '../support/program.mjs'

const linux = process.platform === 'linux' ? test : test.skip
const often = count => String(Math.round(count * stress))

/** Asserts that a program has passed, and logs what else it said. */
async function logged(t, args) {
  for (const line of await passes(t, args, { deadline: 300_000 * stress })) t.log(line)
}

test('Z1: a stream of 1,000,000 items each way loses none and keeps its order', async t => {
  await logged(t, ['stream.mjs', often(1_000_000)])
})

test('Z3: random abort and restart of both sides loses no item and doubles none', async t => {
  await logged(t, ['chaos.mjs', often(10)])
})

test('Z4: shutdown amid 4 producers, 6 consumers and 2 joiners ends them all', async t => {
  await logged(t, ['shutdown.mjs', often(40)])
})

test('Z6: killing workers at random while main is blocked neither hangs nor crashes', async t => {
  await logged(t, ['killing.mjs', often(200)])
})

test('S9: the process ends with its own code whatever its loops do at that moment', async t => {
  const first = Date.now() % 1_000_000
  const seeds = Array.from({ length: 30 * stress }, (_, round) => first + round)
  await Promise.all(seeds.map(seed => endsOfItself(t, seed)))
})

async function endsOfItself(t, seed) {
  t.timeout(PATIENCE)
  const { ms, code, signal, ...result } = await run(['exit-random.mjs', String(seed)])
  t.true(code === 7 || signal === 'SIGTERM', `seed ${seed} ended with ${code ?? signal}: ${result.stderr}`)
  t.deepEqual(result, { isLate: false, stdout: '', stderr: '' }, `seed ${seed}`)
}

test('Z7: blocked threads and waiting loops use next to no processor time', async t => {
  await logged(t, ['idle.mjs', '2000'])
})

linux('Z7, K4: waits that are given up leave neither waiters nor listeners nor memory behind', async t => {
  await logged(t, ['--expose-gc', 'timeouts.mjs', often(200_000)])
})

linux('S10: a main thread that only blocks lets go of 1,000,000 queues, events and futures', async t => {
  await logged(t, ['handles.mjs', often(334_000)])
})

// 1,000 cycles with STRESS=10.
for (const door of ['blocking', 'awaiting']) {
  linux(`S10: starting and stopping runners leaves no thread, handle or memory behind, ${door}`, async t => {
    await logged(t, ['--expose-gc', 'cycles.mjs', door, often(100)])
  })
}

// 1,000 times with STRESS=25.
for (const [load, count] of Object.entries({ quiet: 100, busy: 40 })) {
  test(`C11: the six lines of the example come in their order every time: ${load}`, async t => {
    const rounds = count * stress
    const lines = await passes(t, ['six-lines.mjs', String(rounds), load], { deadline: 300_000 * stress })
    const six = [1, 2, 3].flatMap(n => ['Processing new client requests', `Client got: ${n}`])
    t.deepEqual(lines, Array.from({ length: rounds }, () => six).flat())
  })
}

test('generated values cross as they are, and packets that nobody has written do no harm', async t => {
  await logged(t, ['wire.mjs', often(3000)])
})

test('of 100,000 requests of 1,000 clients each is answered, rejected or cancelled once', async t => {
  await logged(t, ['--expose-gc', 'inversion.mjs', '1000', often(100_000)])
})
