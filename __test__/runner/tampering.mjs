// Tampers with a loop, or with this thread, and then uses all of the package: `tampering.mjs loop|main FROM STEP [NAME]`.
//
// Each tampering of the table, from number FROM on in steps of STEP, gets a fresh runner. What is expected is what comes
// without it. Nothing here depends on what may be tampered with: functions are captured, arrays are read by index.

import { inspect, isDeepStrictEqual } from 'node:util'
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInThisContext } from 'node:vm'
import { AsyncRunner, Event, Future, Queue, Server, ShutdownType } from 'threaded-async'
import { all, restorable } from './tamperings.mjs'

const { exit } = process
const { VERBOSE } = process.env
const say = text => writeSync(1, `${text}\n`)
globalThis.require = createRequire(import.meta.url)

// --- what main has, to be given back

/** Globals that are a getter and a setter. */
const behind = Object.create(null)
const snapshot = []
const seen = new Set()
const { defineProperty, getPrototypeOf, setPrototypeOf, getOwnPropertyDescriptor } = Object
const { deleteProperty, ownKeys } = Reflect

function keep(object, depth) {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) return
  seen.add(object)
  const descriptors = Object.create(null)
  const keys = ownKeys(object)
  for (const key of keys) descriptors[key] = Object.assign(Object.create(null), getOwnPropertyDescriptor(object, key))
  snapshot.push({ object, keys, descriptors, prototype: getPrototypeOf(object) })
  if (depth === 0) return
  for (const key of keys) keep(descriptors[key].value, depth - 1)
  keep(getPrototypeOf(object), depth - 1)
}

/** What the table tampers with. */
function keepAll() {
  for (const name of ['process', 'Buffer', 'performance', 'fetch', 'crypto', 'navigator'])
    behind[name] = globalThis[name]
  keep(globalThis, 3)
  const iterables = [[], new Map(), new Set(), '', async function* () {}.prototype]
  for (const each of iterables) if (each[Symbol.iterator]) keep(each[Symbol.iterator](), 2)
  const modules = ['events', 'fs', 'timers', 'timers/promises', 'util', 'vm', 'module', 'stream', 'worker_threads']
  for (const name of [...modules, 'async_hooks']) keep(require(`node:${name}`), 3)
}

function isChanged(object, key, { value, get, set, writable, enumerable }) {
  const now = getOwnPropertyDescriptor(object, key)
  if (now === undefined || now.enumerable !== enumerable) return true
  return now.value !== value || now.get !== get || now.set !== set || now.writable !== writable
}

function restore() {
  for (const name in behind) {
    try {
      globalThis[name] = behind[name]
    } catch {}
  }
  for (let i = 0; i < snapshot.length; i++) {
    const { object, keys, descriptors, prototype } = snapshot[i]
    const now = ownKeys(object)
    for (let k = 0; k < now.length; k++) if (descriptors[now[k]] === undefined) deleteProperty(object, now[k])
    for (let k = 0; k < keys.length; k++) {
      try {
        if (isChanged(object, keys[k], descriptors[keys[k]])) defineProperty(object, keys[k], descriptors[keys[k]])
      } catch {}
    }
    if (getPrototypeOf(object) !== prototype) setPrototypeOf(object, prototype)
  }
}

// --- what is expected

let failures = 0
let tampering

let checks = []

function expect(what, expected, call) {
  const check = { __proto__: null, what, expected, found: undefined, error: undefined }
  checks[checks.length] = check
  try {
    check.found = call()
  } catch (error) {
    check.error = error
    check.found = describe(error)
  }
}

/** Compares, on a main thread that is as it was. */
function assess() {
  for (const { what, expected, found, error } of checks) {
    if (isDeepStrictEqual(found, expected)) continue
    failures++
    const text = typeof found === 'string' ? found : inspect(found)
    say(`${tampering}\n    ${what}: ${text}${VERBOSE && error ? `\n${error.stack}` : ''}`)
  }
  checks = []
}

/** An error by what no tampering changes. */
function describe(error) {
  if (typeof error !== 'object' || error === null) return `${error}`
  const code = (getOwnPropertyDescriptor(error, 'code') ?? getOwnPropertyDescriptor(getPrototypeOf(error), 'code'))
    ?.value
  const message = getOwnPropertyDescriptor(error, 'message')?.value
  return code ?? message
}

const limit = { __proto__: null, timeout: 20_000 }
const server = new Server({ handlers: { increment: n => n + 1 }, name: 'server' })
const client = server.createClient()
const kinds = {
  map: new Map([[1, new Set(['two'])]]),
  date: new Date(1e12),
  expression: /a/g,
  boxed: Object(1n),
  memory: Buffer.from('abc'),
  view: new Float64Array([1.5, 2]),
  error: new RangeError('kept'),
  text: 'a longer text than what is written character by character: \u4e00',
  sparse: Object.assign([1], { 2: 3 }),
}
const unread = "Cannot read properties of null (reading 'x')"

// --- what is done

function exercise(runner) {
  const input = new Queue(runner)
  const output = new Queue(runner)
  const event = new Event(runner)
  const future = new Future(runner)
  const value = { a: [1, 'two', { three: 3n }], b: null }

  expect('run', value, () => runner.run(each => each, [value], limit))
  expect('run async', value, () => runner.run(async each => (await null, each), [value], limit))
  expect('callInLoop', 3, () => runner.callInLoop((a, b) => a + b, [1, 2], limit))
  expect('thrown', unread, () => runner.run(() => null.x, [], limit))
  expect('thrown async', unread, () => runner.run(async () => (await null, null.x), [], limit))
  expect('next iteration', undefined, () => runner.waitForNextEventloopIteration(limit))
  expect('rejection', undefined, () => {
    const leaves = () => void (async () => (await null, null.x))()
    runner.run(leaves, [], limit)
  })
  expect('echo', ['one', { two: 2 }, 'ERR_EVENT_LOOP_TIMEOUT', undefined], () => {
    const echo = async (input, output) => {
      await output.put(await input.get())
      await output.put(await input.get({ __proto__: null, timeout: 20_000, signal: currentTask().signal }))
      try {
        await input.get({ __proto__: null, timeout: 1 })
      } catch (error) {
        await output.put(error.code, { __proto__: null, timeout: 20_000 })
      }
    }
    const task = runner.createTask(echo, [input, output])
    input.putWait('one')
    input.putWait({ two: 2 })
    const found = [output.getWait(limit), output.getWait(limit), output.getWait(limit), task.wait(limit)]
    return found
  })
  expect('many', [[1, 2, 3], 3], () => {
    const task = runner.createTask(
      async (input, output) => {
        let count = 0
        const items = []
        while (count < 3) {
          const some = await input.getMany(3)
          for (let i = 0; i < some.length; i++) items[count++] = some[i]
        }
        await output.putMany(items)
        return count
      },
      [input, output],
    )
    input.putManyWait([1, 2, 3])
    const count = task.wait(limit)
    return [output.getManyWait(3, limit), count]
  })
  expect('for await', 2, () => {
    const last = new Queue(runner)
    const task = runner.createTask(
      async last => {
        let count = 0
        for await (const _ of last) count++
        return count
      },
      [last],
    )
    last.putWait(1)
    last.putWait(2)
    last.shutdown()
    return task.wait(limit)
  })
  expect('event and future', 'set', () => {
    const task = runner.createTask(
      async (event, future) => {
        await event.waitAsync()
        future.setResult('set')
        return await future.result()
      },
      [event, future],
    )
    event.set()
    future.resultWait(limit)
    return task.wait(limit)
  })
  expect('exception of a future', unread, () => {
    const failed = new Future(runner)
    const task = runner.createTask(
      failed => {
        try {
          null.x
        } catch (error) {
          failed.setException(error)
        }
      },
      [failed],
    )
    task.wait(limit)
    return failed.resultWait(limit)
  })
  expect('sleep', 'slept', () => runner.run(async () => (await sleep(1), 'slept'), [], limit))
  expect('cancel', ['started', 'cleaned', 'ERR_CANCELLED'], () => {
    const task = runner.createTask(
      async output => {
        await output.put('started')
        try {
          await sleep(Infinity)
        } finally {
          await sleep(0)
          await output.put('cleaned')
        }
      },
      [output],
    )
    const started = output.getWait(limit)
    task.cancel()
    try {
      task.wait(limit)
    } catch (error) {
      return [started, output.getWait(limit), error.code]
    }
  })
  expect('server', 42, () => {
    const task = runner.createTask(async client => await client.increment(41), [client])
    return server.processUntil(task, limit)
  })
  expect('output', undefined, () => {
    runner.run(
      () => {
        try {
          console.log('output')
        } catch {} // The tampering may be that of the console.
      },
      [],
      limit,
    )
  })
  expect('kinds', kinds, () => runner.run(each => each, [kinds], limit))
  expect('time', 'ERR_EVENT_LOOP_TIMEOUT', () => output.getWait({ __proto__: null, timeout: 1 }))
  const left = "Task 'leaves' left an error behind, which nothing caught, in a timer, a callback or a promise"
  const group = `1 error was left behind on the loop of runner '${runner.name}'.\n  1. ${left}: TypeError: ${unread}`
  expect('close', group, () => {
    try {
      runner.close()
    } catch (error) {
      return getOwnPropertyDescriptor(error, 'message').value
    }
  })
  expect('shutdown', ShutdownType.STOPPED, () => runner.shutdownType)
}

function tamperWithLoop(code) {
  const runner = new AsyncRunner()
  try {
    runner.run(
      code => {
        globalThis.require = require
        require('node:vm').runInThisContext(code)
      },
      [code],
      limit,
    )
  } catch (error) {
    say(`${code}\n    is not possible here: ${describe(error)}`)
  }
  exercise(runner)
  assess()
}

function tamperWithMain(code) {
  const runner = new AsyncRunner()
  try {
    runInThisContext(code)
  } catch (error) {
    if (VERBOSE) say(`${code}\n    is not possible here: ${describe(error)}`)
  }
  exercise(runner)
  expect('constructor', 'made', () => {
    let another
    try {
      another = new AsyncRunner()
    } catch {
      return 'made' // Node itself may not be able to start a thread; nothing of it stays.
    }
    another.close()
    return 'made'
  })
  restore()
  assess()
}

const [, , where, from, step, name = ''] = process.argv
const table = where === 'main' && name === '' ? restorable : all
if (where === 'main') keepAll()
let count = 0
for (let i = Number(from); i < table.length; i += Number(step)) {
  tampering = table[i]
  if (!tampering.includes(name)) continue
  count++
  if (VERBOSE) say(`# ${tampering}`)
  if (where === 'main') tamperWithMain(tampering)
  else tamperWithLoop(tampering)
}
say(`${count} tamperings`)
if (failures === 0) say('pass')
exit(failures === 0 ? 0 : 1)
