// Type tests of control inversion: what must compile, and, behind `@ts-expect-error`, what must not. Nothing is run.
//
// Promises that calls, requests and handlers are checked against the interface, and that `switch (request.fun)` narrows.

import { Client, Script, Server } from 'threaded-async'
import type { BackgroundTask, ExecutionRequest, Future, ScriptOptions, ScriptUsage, SyncClient } from 'threaded-async'

interface GameApi {
  increment(n: number): number
  look(): { x: number; y: number }[]
  move(direction: 'north' | 'south', steps?: number): Promise<boolean>
  say(...words: string[]): void
  score: number
}

// --- sandboxed scripts

{
  using sandbox = new Server<GameApi>({
    scriptThreads: 2,
    onOutput: ({ script, text, stream }) => console.log(`${script} ${text.length} ${stream === 'stderr'}`),
  })
  const options: ScriptOptions<GameApi> = {
    name: 'robot-7',
    globals: { id: 7 },
    modules: { 'lib/path.js': 'export const route = x => x' },
    client: sandbox.createClient(),
    turnBudget: 200_000,
    onOverrun: 'pause',
    seed: 42,
  }
  const script: Script<number> = sandbox.createScript<number>('export default () => 42', options)
  const result: number = script.wait() + sandbox.processUntil(script)
  const usage: ScriptUsage = script.usage()
  const saved: Uint8Array = script.save({ timeout: 100 })
  const restored: Script<unknown> = sandbox.createScript('export default () => 42', { restore: saved })
  const plain: BackgroundTask<unknown> = restored
  console.log(result, usage.steps + usage.stepsThisTick + usage.memory + usage.requests + usage.turns, plain.name)
  // @ts-expect-error a source is text
  sandbox.createScript(() => 42)
  // @ts-expect-error no such way
  sandbox.createScript('', { onOverrun: 'throw' })
  // @ts-expect-error made by a server only
  new Script()
}

// --- the example

class MyServer extends Server<GameApi> {
  override handleRequest(request: ExecutionRequest<GameApi>, future: Future<unknown>) {
    const who: string | number = request.client
    const what: string | undefined = request.task
    console.log(who, what)
    switch (request.fun) {
      case 'increment': {
        const [n] = request.args
        future.setResult(n + 1)
        break
      }
      case 'move': {
        const [direction, steps] = request.args
        const exact: 'north' | 'south' = direction
        const maybe: number | undefined = steps
        // @ts-expect-error a direction is no number
        const wrong: number = direction
        future.setResult(Boolean(exact && maybe && wrong && request.cancelled))
        break
      }
      // @ts-expect-error no such method
      case 'decrement':
        break
      // @ts-expect-error not a method
      case 'score':
        break
      default:
        super.handleRequest(request, future)
    }
  }
}

async function clientCode(client: Client<GameApi>) {
  for (let i = 0; i < 10; i++) console.log(`Client got: ${await client.increment(i)}`)
}
using server = new MyServer({ queueSize: 10 })
const task: BackgroundTask<void> = server.createBackgroundTask(clientCode, [server.createClient()])
const processed: boolean = server.process({ timeout: 1 })
// @ts-expect-error a script of another interface
server.createBackgroundTask(async (client: Client<{ fly(): void }>) => client.fly(), [server.createClient()])
// @ts-expect-error an argument is missing
server.createBackgroundTask(clientCode)
server.createBackgroundTask(() => 1, [], { name: 'one', timeout: 10 })
server.createBackgroundTask(() => 1, [], { signal: AbortSignal.timeout(1), lifetime: 10 })
// @ts-expect-error a lifetime is a number
server.createBackgroundTask(() => 1, [], { lifetime: '1' })
const quick: BackgroundTask<number> = server.createTask(async () => 1, [], {
  signal: AbortSignal.timeout(1),
  timeout: 1,
})
// @ts-expect-error a script of another interface
server.createTask(async (client: Client<{ fly(): void }>) => client.fly(), [server.createClient()])
// @ts-expect-error no such option
server.createTask(() => 1, [], { lifetime: 1 })

// --- clients

async function calls(client: Client<GameApi>) {
  const n: number = await client.increment(1)
  const moved: boolean = await client.move('north', 2)
  await client.move('south')
  const said: void = await client.say('a', 'b')
  const x: number | undefined = (await client.look())[0]?.x
  const same: number = await client.execute('increment', 1)
  await client.nextTick()
  await client.delay(2)
  // @ts-expect-error a wrong argument
  await client.increment('1')
  // @ts-expect-error too many arguments
  await client.increment(1, 2)
  // @ts-expect-error a wrong direction
  await client.move('up')
  // @ts-expect-error no such method
  await client.decrement(1)
  // @ts-expect-error no method
  await client.score()
  // @ts-expect-error a wrong result
  const wrong: string = await client.increment(1)
  // @ts-expect-error no such method
  await client.execute('decrement', 1)
  // @ts-expect-error a wrong argument
  await client.execute('increment', '1')
  // @ts-expect-error a client is no promise
  client.then(() => {})
  // @ts-expect-error clients have no timeout
  await client.nextTick({ timeout: 1 })
  const view: Client<GameApi> = client.with({ timeout: 1, signal: AbortSignal.timeout(1) })
  const again: boolean = await view.with({}).move('north')
  const ids: number[] = [client.id, view.id, client.now, view.now]
  // @ts-expect-error no such option
  client.with({ time: 1 })
  // @ts-expect-error read only
  client.id = 1
  return [n, moved, said, x, same, wrong, again, ids]
}

function straight(client: Client<GameApi>) {
  const sync: SyncClient<GameApi> = client.sync
  const n: number = sync.increment(1)
  const moved: boolean = sync.move('north')
  const same: number = sync.execute('increment', 1)
  const nothing: void = sync.nextTick()
  sync.delay(1)
  // @ts-expect-error a wrong argument
  sync.increment('1')
  // @ts-expect-error no such method
  sync.decrement(1)
  return [n, moved, same, nothing]
}

// --- names that no method can have

interface Reserved {
  then(): void
  toJSON(): string
  execute(): void
  sync(): void
  nextTick(): void
  with(): void
  id(): void
  now(): void
  toString(): string
  fine(): number
}

async function reserved(client: Client<Reserved>) {
  const n: number = await client.fine()
  // @ts-expect-error reserved
  await client.execute('then')
  // @ts-expect-error reserved
  await client.execute('sync')
  // @ts-expect-error reserved
  await client.execute('with')
  // @ts-expect-error reserved
  await client.execute('id')
  // @ts-expect-error reserved
  await client.execute('now')
  return n
}

// --- stubs

class Stub extends Client<GameApi> {
  increment(n: number): Promise<number> {
    return this.execute('increment', n)
  }
  wrong() {
    // @ts-expect-error no such method
    return this.execute('decrement')
  }
}

export async function stubbed(given: Server<GameApi>): Promise<number> {
  const stub: { increment(n: number): Promise<number> } = new Stub(given)
  // @ts-expect-error not a server
  new Stub({})
  return stub.increment(1)
}

// --- handlers

const handled = new Server<GameApi>({
  handlers: {
    increment: n => n + 1,
    look: () => [{ x: 1, y: 2 }],
    move: async (direction, steps = 1) => direction === 'north' && steps > 0,
    say: (...words) => console.log(words.map(word => word.toUpperCase())),
  },
  name: 'handled',
  allowBlocking: true,
})
new Server<GameApi>({
  handlers: {
    // @ts-expect-error a wrong result
    increment: n => `${n}`,
  },
})
// @ts-expect-error a wrong argument
new Server<GameApi>({ handlers: { say: (word: number) => console.log(word) } })
// @ts-expect-error no such method
new Server<GameApi>({ handlers: { decrement: () => 1 } })
// @ts-expect-error no such option
new Server({ size: 1 })

// --- the rest of the server

const until: number = handled.processUntil(
  handled.createBackgroundTask(() => 1),
  { timeout: 1 },
)
const count: number = handled.processAll({ maxTime: 1, maxRequests: 2 })
const tick: number = handled.tick({ timeout: 1 })
const pending: number = handled.pending
const future: Future<string> = handled.createFuture<string>()
handled.settle({ timeout: 1 })
handled.eventLoopTimeout = 1
handled.eventLoopExitTimeout = handled.eventLoopTimeout
// @ts-expect-error read only
handled.pending = 1

async function live() {
  for await (const [request, answer] of handled.requests()) {
    if (request.fun === 'increment') answer.setResult(request.args[0] + 1)
    // @ts-expect-error the arguments of which method?
    const n: number = request.args[0]
    console.log(n)
  }
  await using other = new Server()
  // A server without an interface takes every name.
  const anything: string = await other.createClient().whatever(1, 'two')
  const request: ExecutionRequest<any> = {
    fun: 'whatever',
    args: [1],
    client: 'one',
    task: undefined,
    cancelled: false,
  }
  return [anything, request]
}

const named: Client<GameApi> = handled.createClient({ name: 'north' })
// @ts-expect-error a name is a text
handled.createClient({ name: 1 })
new Server({ handlerErrors: 'reject' })
// @ts-expect-error one of two
new Server({ handlerErrors: 'ignore' })
const serving: Promise<void> = handled.serve({ signal: AbortSignal.timeout(1) })
const moved: number | undefined = handled.advance({ until: 1.5, timeout: 10 })
const ticked: number[] = Server.tickAll([handled, server], { timeout: 1 })
const time: number = handled.now
const { requestsTaken, requestsAnswered, requestsPending, waitedForRest, tasksRunning } = handled.statistics()
const counts: number[] = [requestsTaken, requestsAnswered, requestsPending, waitedForRest, tasksRunning]
const isOpen: boolean = handled.isRunning
const called: string = handled.name
console.log(named, serving, moved, ticked, time, counts, isOpen, called, handled.shutdownType, quick)

console.log(task, processed, calls, straight, reserved, until, count, tick, pending, future, live)

// --- interfaces with optional members

interface OptionalApi {
  look(): number
  shout?(text: string): string
  name?: string
}
function optional(request: ExecutionRequest<OptionalApi>) {
  if (request.fun === 'shout') {
    const [text]: [string] = request.args
    return text
  }
  const none: [] = request.args
  // @ts-expect-error what is no method is never called
  return request.fun === 'name' ? none : undefined
}
optional satisfies Function
new Server<OptionalApi>({ handlers: { look: () => 1, shout: text => text.toUpperCase() } })
// @ts-expect-error a text is no number
new Server<OptionalApi>({ handlers: { look: () => 'far' } })
async function shouting(client: Client<OptionalApi>) {
  const loud: string = await client.shout('hello')
  // @ts-expect-error a number is no text
  await client.shout(1)
  return loud
}
shouting satisfies Function

// --- nothing said of the interface

// --- an interface that the handlers tell

const inferred = new Server({ handlers: { inc: (n: number) => n + 1, read: async (name: string) => name.length } })
inferred.createBackgroundTask(
  async client => {
    const n: number = await client.inc(1)
    const length: number = await client.read('a')
    const straight: number = client.sync.read('a')
    // @ts-expect-error a text is no number
    await client.inc('x')
    // @ts-expect-error no such method
    await client.nope()
    return n + length + straight
  },
  [inferred.createClient()],
)
class Shop {
  price(what: string) {
    return what.length
  }
}
const shop = new Server({ handlers: new Shop() })
shop.createTask(
  async client => (await client.price('bread')) + 1,
  [shop.createClient()],
) satisfies BackgroundTask<number>
// @ts-expect-error no such method
shop.createTask(async client => client.cost('bread'), [shop.createClient()])

const untyped = new Server({ handlers: { increment: n => n + 1, add: (a: number, b: number) => a + b } })
untyped.createBackgroundTask(async (client: Client) => client.increment(1), [untyped.createClient()])
untyped.createBackgroundTask((client: Client) => client.sync.add(1, 2), [untyped.createClient()])
class Plain extends Server {
  override handleRequest(request: ExecutionRequest, future: Future<unknown>) {
    future.setResult(request.args.length)
  }
}
new Plain()
