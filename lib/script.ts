// A sandboxed script from outside: a task whose code runs in an engine of its own, on a thread of its server's.
//
// Promises that everything which can be refused is refused before there is a script, a syntax error with its place among it;
// that a script is a task like any other to those who wait for it; and that one which is cancelled runs no further.

import { checkMaker, maker, nearest } from './arguments.js'
import { AbortableTask, createWithSignal, isDebug } from './create-task.js'
import { InvalidStateError, ScriptRestoreError, UncloneableError } from './errors.js'
import type { Client } from './client.js'
import { listenToScripts } from './maker/script-output.js'
import { Handle, HandleKind } from './native/handle.js'
import { native, type CompileFacts, type Refusal } from './native/native.js'
import { CANCELLED, checkScript, OBSERVED, type CheckedScript, type ScriptLimits } from './scripts/options.js'
import { madeIfHere } from './serving/handling.js'
import { budgetOf, untilAtRest } from './serving/rest.js'
import { isTraced, traced } from './wait/traced.js'
import { notRunning, type RunnerHandle } from './wait/runner-handle.js'
import { BackgroundTask, createdAt, looksOf } from './task.js'
import { atCaller, framesOf, stackAbove } from './stack.js'
import type { WaitOptions } from './timeout.js'
import { pack, unpack } from './wire/payload.js'
import { scratch } from './wire/scratch.js'
import { encodingFor } from './wire/wire.js'

/**
 * What a sandboxed script is made with.
 *
 * @example
 * const options: ScriptOptions = { name: 'robot-7', globals: { id: 7 }, turnBudget: 200_000, seed: 42 }
 * server.createScript('for (;;) await host.walk(id)', options)
 */
export interface ScriptOptions<A = any> extends ScriptLimits {
  /** In errors, statistics and output, and what `request.task` says; left out, one is made up. */
  name?: string | undefined
  /** Values that the script finds under these names, each a copy. */
  globals?: Readonly<Record<string, unknown>> | undefined
  /** The sources of the modules that it can import, by name; a relative name is resolved from that of the module. */
  modules?: Readonly<Record<string, string>> | undefined
  /** Where the numbers of `Math.random` begin; 0 by default. */
  seed?: number | undefined
  /** The client that the script finds as `host`; left out, a new one. */
  client?: Client<A> | undefined
  /** Whether the script may make functions of strings, by `eval` and `new Function`; false by default. */
  allowEval?: boolean | undefined
  /** Cancels the script when aborted. With a signal that is aborted already, the script never starts. */
  signal?: AbortSignal | undefined
  /** The script is cancelled after so many milliseconds, and ends with EventLoopTimeoutError. */
  lifetime?: number | undefined
  /** The bytes of a script that was saved: it goes on from there, with the `globals` and the `seed` that it had. */
  restore?: Uint8Array | undefined
}

/** What a script has used so far. */
export interface ScriptUsage {
  /** Steps of the engine, and those of them since the server's clock last came to a whole number. */
  readonly steps: number
  readonly stepsThisTick: number
  /** Bytes of heap that are in use. */
  readonly memory: number
  /** Calls that it has made. */
  readonly requests: number
  /** How often it has run, from an answer until it waited again. */
  readonly turns: number
}

/**
 * A sandboxed script, made by `server.createScript`: a task, with what it has used, and its save.
 *
 * @example
 * const script = server.createScript('export default host => host.add(1, 2)')
 * console.log(server.processUntil(script), script.usage().requests)
 */
export class Script<R = unknown> extends BackgroundTask<R> {
  /** @internal */
  constructor(by: unknown, id: number) {
    checkMaker(by, 'Script', 'server.createScript(source, options)')
    super(by, id, HandleKind.Script)
  }

  /** Returns what it has used, up to its last turn; also when it has ended. */
  usage(): ScriptUsage {
    const { 0: steps, 1: stepsThisTick, 2: memory, 3: requests, 4: turns } = native.scriptUsage(Handle.idOf(this))
    return { steps, stepsThisTick, memory, requests, turns }
  }

  /**
   * Blocks until the server is at rest, and returns the script as it is then: `createScript(source, { restore })` goes on from
   * there, in another process or on another machine with the same build, and makes its open calls anew. `timeout` as in
   * `server.settle`.
   *
   * @throws InvalidStateError where it has ended, or is paused within a turn; else as `server.settle`. The script goes on.
   *
   * @example
   * const script = server.createScript('for (;;) await host.walk(await host.nextTick())')
   * server.tick()
   * fs.writeFileSync('robot.bin', script.save())
   */
  save(options?: WaitOptions): Buffer {
    untilAtRest(this, budgetOf(this, 'save', options), true)
    const saved = native.scriptSave(Handle.idOf(this))
    if (saved instanceof Uint8Array) return Buffer.from(saved.buffer, saved.byteOffset, saved.byteLength)
    throw atCaller(new InvalidStateError(`Script '${this.name}' cannot be saved. ${saved[1]}`), this.save)
  }
}

/** Makes a script of a server; `runner` is the server's. */
export function createScript<R>(server: Handle, runner: RunnerHandle, source: string, options: object): Script<R> {
  const checked = checkScript(source, options as Record<string, unknown>, runner)
  const { signal, settings } = checked
  const abortable = signal === undefined ? undefined : new AbortableTask()
  const create = () => {
    if (abortable?.isCut === true) settings[CANCELLED] = 1
    return request<R>(server, runner, checked)
  }
  const script = abortable === undefined ? create() : createWithSignal(signal!, abortable, create)
  if (madeIfHere(server) !== undefined) listenToScripts(Handle.idOf(runner))
  if (isDebug(runner)) createdAt(script, framesOf(stackAbove(createScript)))
  return script
}

function request<R>(server: Handle, runner: RunnerHandle, checked: CheckedScript): Script<R> {
  if (!isTraced()) return handOver(server, runner, checked)
  checked.settings[OBSERVED] = 1
  return traced(checked.name ?? 'script', runner.name, () => handOver<R>(server, runner, checked))
}

function handOver<R>(server: Handle, runner: RunnerHandle, checked: CheckedScript): Script<R> {
  const { client, name, globals, sources, modules, settings, restore } = checked
  const numbers = new Uint8Array(settings.buffer)
  const clientId = client === undefined ? 0 : Handle.idOf(client)
  const start = scratch.at
  const packed = pack(globals, 'options.globals', encodingFor(true, false))
  let made: ReturnType<typeof native.scriptCreate>
  try {
    made = native.scriptCreate(Handle.idOf(server), clientId, name, packed, sources, numbers, restore)
  } finally {
    unpack(start)
  }
  if (made === 0) throw atCaller(notRunning(runner))
  if (typeof made !== 'number') throw atCaller(made.length === 2 ? refusal(made) : compileError(made, modules))
  return scriptOf<R>(made)
}

/** The object of a script that was made; if there can be none, nobody would see the script. */
function scriptOf<R>(id: number): Script<R> {
  try {
    return new Script<R>(maker, id)
  } catch (error) {
    native.taskCancel(id)
    throw error
  }
}

function refusal({ 0: code, 1: message }: Refusal): Error {
  return code === 'ERR_UNCLONEABLE'
    ? new UncloneableError('options.globals', message)
    : new ScriptRestoreError(`options.restore cannot be used. ${message}`)
}

function compileError(facts: CompileFacts, modules: readonly string[]): Error {
  const { 0: what, 1: message, 2: module, 3: line, 4: column } = facts
  switch (what) {
    case 'syntax': {
      const place = line === 0 ? module : `${module}:${line}:${column}`
      return Object.assign(new SyntaxError(place === '' ? message : `${message} (${place})`), {
        code: 'ERR_SCRIPT_SYNTAX',
        fileName: module === '' ? undefined : module,
        line,
        column,
      })
    }
    case 'missing': {
      const text = `Module '${message}', which '${module}' imports, is not among options.modules${instead(message, modules)}`
      return Object.assign(new Error(text), { code: 'ERR_MODULE_NOT_FOUND', module: message, importer: module })
    }
    case 'large':
      return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
    default:
      return Object.assign(new Error(`The source could not be compiled: ${message}`), { code: 'ERR_SCRIPT_ENGINE' })
  }
}

function instead(missing: string, modules: readonly string[]): string {
  const near = nearest(missing, modules)
  return near === undefined ? ', and a script can import nothing else.' : `: did you mean '${near}'?`
}

Handle.register(HandleKind.Script, Script, looksOf)
