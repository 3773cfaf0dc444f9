// scripts.mjs <rounds> [seed]: servers with sandboxed scripts of all kinds, cancelled, closed and let go of at random.
//
// Shows that each script ends as its kind must or by the cancel or the close that hit it, that the innocent are answered
// to the end whatever their neighbours do, and that neither a thread that is terminated amid its scripts nor a process that
// has seen many of them keeps anything of them.

import { once } from 'node:events'
import { Worker, isMainThread, workerData } from 'node:worker_threads'
import { Server } from 'threaded-async'
import { random } from './chaos-tasks.mjs'
import { check } from './support.mjs'

const [rounds, seed] = isMainThread
  ? [Number(process.argv[2]), Number(process.argv[3] ?? Date.now() % 1_000_000)]
  : workerData
const next = random(seed)
const below = bound => Math.floor(next() * bound)
const pick = choices => choices[below(choices.length)]

/** What a script of each kind does, and the code with which it ends; undefined where it ends well. */
const kinds = {
  walker: ['for (let n = 0; n < 5; n++) { await host.nextTick(); await host.walk(n) }; export default () => 5'],
  sleeper: ['for (let n = 0; n < 3; n++) await host.delay(1.5); export default () => 5'],
  asker: ['export default async () => (await Promise.all([1, 2, 3].map(n => host.walk(n)))).length + 2'],
  refused: ['export default () => host.fail().catch(error => error.message.length)'],
  spinner: ['await host.walk(1); for (;;);', 'ERR_SCRIPT_BUDGET'],
  flood: ['const flood = () => queueMicrotask(flood); flood(); await host.nextTick()', 'ERR_SCRIPT_BUDGET'],
  leaker: ['const all = []; for (;;) { await host.walk(1); for (let n = 0; n < 20; n++) all.push(new ArrayBuffer(9999)) }', 'ERR_SCRIPT_MEMORY'], // prettier-ignore
  stuck: ['await host.walk(1); await new Promise(() => {})', 'ERR_SCRIPT_STUCK'],
  thrower: ["await host.nextTick(); throw Object.assign(new Error('mine'), { code: 'MINE' })", 'MINE'],
  careless: ["Promise.reject(Object.assign(new Error('mine'), { code: 'MINE' })); await host.nextTick()", 'MINE'],
  hasty: ["for (let n = 0; n < 20; n++) host.walk('x'.repeat(2000)).catch(() => {}); export default () => 5"],
  writer: [
    "for (let n = 0; n < 3; n++) { console.log('line', n, { n }); await host.nextTick() }; export default () => 5",
  ],
  endless: ['for (;;) await host.walk(await host.nextTick())', 'never'],
}

const counts = {}
const handlers = {
  walk: value => value,
  fail: () => {
    throw new RangeError('no no')
  },
}

function servedOnce(server) {
  try {
    return server.processAll({ maxRequests: 1 + below(200) })
  } catch (error) {
    check(error instanceof RangeError && error.message === 'no no', error.stack)
    return 1
  }
}

function makeOne(server, number) {
  const kind = pick(Object.keys(kinds))
  const onOverrun = next() < 0.2 ? 'pause' : 'end'
  const options = { name: `${kind} ${number}`, seed: below(1000), turnBudget: 20_000_000, tickBudget: 50_000_000 }
  const isPaused = onOverrun === 'pause' && (kind === 'spinner' || kind === 'flood')
  const script = server.createScript(kinds[kind][0], { ...options, memoryLimit: 2 ** 20, onOverrun })
  return { kind: isPaused ? 'endless' : kind, script, isCancelled: false }
}

/** How a script has ended; by its own end, or by what was done to it. */
function judge({ kind, script, isCancelled }, wasClosed) {
  check(script.done(), `${script.name ?? kind} has ended`)
  let code
  try {
    check(script.wait() === 5, `${kind} returns 5`)
  } catch (error) {
    ;({ code } = error)
    check(typeof code === 'string', `${kind}: ${error.stack}`)
  }
  const fits = code === kinds[kind][1] || ((isCancelled || wasClosed) && /^ERR_(CANCELLED|RUNNER_CLOSED)/.test(code))
  check(fits, `${kind} ends with ${code}, cancelled ${isCancelled}, closed ${wasClosed}`)
  counts[kind] = (counts[kind] ?? 0) + 1
}

function restored(server, each) {
  if (!['walker', 'sleeper', 'endless'].includes(each.kind) || each.script.done()) return each
  let bytes
  try {
    bytes = each.script.save()
  } catch (error) {
    check(error.code === 'ERR_INVALID_STATE', error.stack) // It is paused within a turn.
    return each
  }
  each.script.cancel()
  each.isCancelled = true
  const [source] = kinds[each.kind]
  return { kind: each.kind, script: server.createScript(source, { restore: bytes }), isCancelled: false }
}

function round() {
  const server = new Server({ handlers, scriptThreads: pick([1, 1, 2]), onOutput: () => {} })
  const all = Array.from({ length: 1 + below(20) }, (_, number) => makeOne(server, number))
  for (let ticks = below(12); ticks > 0; ticks--) {
    for (let tries = below(4); tries > 0; tries--) servedOnce(server)
    if (next() < 0.2) {
      const each = pick(all)
      each.isCancelled = true
      each.script.cancel()
    }
    if (next() < 0.1) all.push(restored(server, pick(all)))
    server.tick()
  }
  const isEarly = next() < 0.3
  if (!isEarly) finish(server, all)
  try {
    server.close()
  } catch (error) {
    check(Array.isArray(error.exceptions) || Array.isArray(error.errors), error.stack) // What nobody has seen.
  }
  for (const each of all) judge(each, isEarly)
}

/** Serves until only those are left that never end, and cancels them. */
function finish(server, all) {
  const isLeft = ({ kind, script }) => kind !== 'endless' && !script.done()
  for (let ticks = 0; all.some(isLeft); ticks++) {
    check(ticks < 3000, `these do not end: ${all.filter(isLeft).map(({ kind }) => kind)}`)
    while (servedOnce(server) > 0);
    server.tick()
  }
  for (const each of all.filter(({ kind }) => kind === 'endless')) {
    each.isCancelled = true
    each.script.cancel()
  }
  server.settle()
}

/** A thread that plays rounds, and is terminated in the middle of them. */
async function cutShort(number) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [1_000_000, seed + number] })
  await Promise.race([once(worker, 'message'), once(worker, 'exit')])
  await new Promise(resolve => setTimeout(resolve, next() * 60)) // At any moment of its rounds.
  check((await worker.terminate()) === 1, 'it was running when it was terminated')
}

if (isMainThread) {
  console.log(`seed ${seed}`)
  for (let number = 0; number < rounds; number++) {
    if (next() < 0.1) await cutShort(number)
    else round()
  }
  console.log(JSON.stringify(counts))
  console.log('pass')
} else {
  const { parentPort } = await import('node:worker_threads')
  parentPort.postMessage('ready')
  for (let number = 0; number < rounds; number++) round()
}
