// Much of everything, for long: streams, random deaths, give-ups, and what is left behind.
//
// Promises S10 and Z1 to Z7 in their short forms; `STRESS=10 npx ava __test__/stress.spec.mjs` makes each so many times
// longer. Programs that act at random print their seed, which is their last argument.
// Refuses to judge speed: what is printed of it is for the reader.

import test from 'ava'
import { passes, stress } from './program.mjs'

const deadline = 60_000 * stress
const linux = process.platform === 'linux' ? test : test.skip
const often = count => String(Math.round(count * stress))

test('Z1: a stream of 1,000,000 items each way loses none and keeps its order', async t => {
  await passes(t, ['stream.mjs', often(1_000_000)], { deadline })
})

test('Z3: random abort and restart of both sides loses no item and doubles none', async t => {
  await passes(t, ['chaos.mjs', often(10)], { deadline })
})

test('Z4: shutdown amid 4 producers, 6 consumers and 2 joiners ends them all', async t => {
  await passes(t, ['shutdown.mjs', often(40)], { deadline })
})

test('Z6: killing workers at random while main is blocked neither hangs nor crashes', async t => {
  await passes(t, ['killing.mjs', often(200)], { deadline })
})

test('Z7: blocked threads and waiting loops use next to no processor time', async t => {
  await passes(t, ['idle.mjs', '2000'], { deadline })
})

linux('Z7, K4: waits that are given up leave neither waiters nor listeners nor memory behind', async t => {
  await passes(t, ['--expose-gc', 'timeouts.mjs', often(200_000)], { deadline })
})

linux('S10: a main thread that only blocks lets go of 1,000,000 queues, events and futures', async t => {
  await passes(t, ['handles.mjs', often(334_000)], { deadline })
})

// 1,000 cycles with STRESS=10.
for (const door of ['blocking', 'awaiting']) {
  linux(`S10: starting and stopping runners leaves no thread, handle or memory behind, ${door}`, async t => {
    await passes(t, ['--expose-gc', 'cycles.mjs', door, often(100)], { deadline })
  })
}
