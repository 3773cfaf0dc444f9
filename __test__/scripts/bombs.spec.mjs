// All bombs of the corpus at once, on one server with an innocent script among them: each ends by its own limit, and the
// innocent one has its answer in every tick.

import test from 'ava'
import { Server } from 'threaded-async'
import { entries, placesOf } from './hostile/corpus.mjs'

const limits = { memoryLimit: 2 ** 19, stackLimit: 2 ** 16, turnBudget: 2_000_000, tickBudget: 4_000_000 }
const BUDGET = 'ERR_SCRIPT_BUDGET'
const MEMORY = 'ERR_SCRIPT_MEMORY'

/** The codes with which a program may end, by the word at its fence; `any` leaves it open. */
const ends = { budget: [BUDGET], memory: [MEMORY], either: [BUDGET, MEMORY] }

/** Serves until all have ended; the innocent one asks once a tick. */
function playAll(t, scripts, scriptThreads) {
  const seen = []
  const handlers = { walk: value => value, look: () => 1, stay: count => void seen.push(count) }
  const server = new Server({ handlers, scriptThreads, onOutput: () => {} })
  const innocent = server.createScript('for (let n = 1; ; n++) { await host.nextTick(); await host.stay(n) }')
  const running = scripts.map(({ name, source, modules, end }) => {
    const allowEval = name.includes('eval')
    return { end, script: server.createScript(source, { ...limits, name, modules, allowEval }) }
  })
  let ticks = 0
  for (; ticks < 30 && running.some(({ script }) => !script.done()); ticks++) {
    server.tick()
    while (server.processAll() > 0);
    t.is(seen.length, ticks + 1)
  }
  for (const { script, end } of running) judge(t, script, end)
  t.false(innocent.done())
  innocent.cancel()
  server.close()
  return ticks
}

function judge(t, script, end) {
  if (!script.done()) return t.is(end, 'any', `${script.name} goes on`)
  const error = reasonOf(script)
  if (ends[end] !== undefined) t.true(ends[end].includes(error?.code), `${script.name}: ${error?.stack}`)
  if (end === 'failed') t.true(error instanceof Error, script.name)
  if (error?.code === BUDGET || error?.code === MEMORY) t.is(error.script, script.name)
}

function reasonOf(script) {
  try {
    script.wait()
  } catch (error) {
    return error
  }
}

for (const threads of [1, 2]) {
  test(`B1: every bomb ends its own script, with ${threads} threads`, t => {
    const bombs = entries('bombs.md').map(({ name, text, end }) => ({ name, source: text, end }))
    t.true(bombs.length > 100)
    playAll(t, bombs, threads)
  })
}

for (const bomb of ['for (;;);', 'for (const all = []; ; ) try { for (;;) all.push([all.length]) } catch {}']) {
  test(`B1: wherever it stands, it ends its script: ${bomb}`, t => {
    playAll(
      t,
      placesOf(bomb).map(place => ({ ...place, end: 'either' })),
      1,
    )
  })
}
