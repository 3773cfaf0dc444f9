// What a sandboxed script is made with, and how that is checked.
//
// Promises that a limit which makes no sense is refused by its name, before there is a script.

import type { PlainOptions } from '../brands.js'
import { types } from 'node:util'
import {
  checkCount,
  checkNamed,
  checkOptions,
  checkSignal,
  checkType,
  invalidArgType,
  invalidArgValue,
  outOfRange,
} from '../arguments.js'
import { indexIn, matches, sliced, startsWith } from '../methods.js'
import { Handle, HandleKind } from '../native/handle.js'
import { checkTimeout } from '../timeout.js'
import { runnerOf } from '../wait/outcome.js'

/** What a script may use up. */
export interface ScriptLimits extends PlainOptions {
  /**
   * Bytes of heap, 8 MiB by default, 256 KiB at least. A script that asks for more ends with ScriptMemoryError.
   */
  memoryLimit?: number | undefined
  /**
   * Steps between two awaits, 50,000,000 by default, 100,000 at least. A script that takes more ends with ScriptBudgetError. A
   * step is an instruction of the engine, so a script ends at the same place on every machine.
   */
  turnBudget?: number | undefined
  /**
   * Steps from one tick of the server's clock to the next, 250,000,000 by default, 100,000 at least. A script that takes more
   * ends with ScriptBudgetError, whatever `onOverrun` is.
   */
  tickBudget?: number | undefined
  /** Bytes of stack, 256 KiB by default, 320 KiB at most. A deeper recursion is a RangeError in the script. */
  stackLimit?: number | undefined
  /**
   * Milliseconds that a turn may take, whatever its steps, 250 by default. It is what holds where all else fails, and not the
   * same on every machine.
   */
  turnTime?: number | undefined
  /**
   * What becomes of a script that has used up its `turnBudget`. `'end'`, the default, ends it. With `'pause'` its turn goes on
   * in the next tick, with the next budget; on a server that is never ticked it would wait for ever.
   */
  onOverrun?: 'end' | 'pause' | undefined
}

/** What a script is made with, checked. */
export interface CheckedScript {
  readonly name: string | undefined
  readonly client: Handle | undefined
  readonly globals: object | undefined
  readonly sources: Uint8Array
  /** The names of the modules. */
  readonly modules: readonly string[]
  readonly settings: Float64Array
  readonly signal: AbortSignal | undefined
  readonly restore: Uint8Array | undefined
}

const KIB = 1024
const DEFAULT_MEMORY = 8 * KIB * KIB
const LEAST_MEMORY = 256 * KIB
const MOST_MEMORY = KIB * KIB * KIB
const DEFAULT_STACK = 256 * KIB
const LEAST_STACK = 16 * KIB
/** With more, the native stack of some processors would be used up before: an end of the script, not a RangeError. */
const MOST_STACK = 320 * KIB
/** Below that a budget may be used up before a script has begun: the engine takes some 50,000 steps for that. */
const GRAIN = 100_000
const MOST_STEPS = Number.MAX_SAFE_INTEGER
const DEFAULT_TURN = 50_000_000
const DEFAULT_TICK = 250_000_000
const DEFAULT_TIME = 250

/** The names of the options. */
const scriptOptions = [
  'name',
  'globals',
  'modules',
  'memoryLimit',
  'turnBudget',
  'tickBudget',
  'stackLimit',
  'turnTime',
  'onOverrun',
  'seed',
  'client',
  'allowEval',
  'signal',
  'lifetime',
  'restore',
]

/** The places of what is changed later, in `settings`. */
export const CANCELLED = 10
export const OBSERVED = 11

/** Checks what a script is made of and with; each option is read once. `runner` is that of its server. */
export function checkScript(source: unknown, options: Record<string, unknown>, runner: Handle): CheckedScript {
  const text = checkType(source, 'source', 'string', checkScript)
  const {
    name,
    globals,
    modules,
    seed = 0,
    client,
    allowEval,
    signal,
    lifetime,
    restore,
  } = checkOptions(options, scriptOptions)
  if (name !== undefined) checkType(name, 'options.name', 'string', checkScript)
  if (allowEval !== undefined) checkType(allowEval, 'options.allowEval', 'boolean', checkScript)
  const limits = checkLimits(options)
  const seeded = checkCount(seed, 'options.seed', 0, Number.MAX_SAFE_INTEGER)
  const life = checkTimeout(lifetime, 'options.lifetime') ?? Infinity
  const names: string[] = []
  const texts = checkModules(modules, names)
  const settings = [...limits, seeded % 2 ** 32, Math.floor(seeded / 2 ** 32), life, allowEval === true ? 1 : 0, 0, 0]
  return {
    name: name as string | undefined,
    client: checkClient(client, runner),
    globals: checkGlobals(globals),
    sources: packed([text, ...texts]),
    modules: names,
    settings: new Float64Array(settings),
    signal: checkSignal(signal, 'options.signal'),
    restore: checkRestore(restore),
  }
}

/** The limits, in the order in which the core reads them. */
function checkLimits(options: Record<string, unknown>): number[] {
  const { memoryLimit = DEFAULT_MEMORY, stackLimit = DEFAULT_STACK, onOverrun = 'end' } = options
  const { turnBudget = DEFAULT_TURN, tickBudget = DEFAULT_TICK, turnTime = DEFAULT_TIME } = options
  if (onOverrun !== 'end' && onOverrun !== 'pause') {
    throw invalidArgValue('options.onOverrun', "must be 'end' or 'pause'", onOverrun, checkScript)
  }
  return [
    checkCount(memoryLimit, 'options.memoryLimit', LEAST_MEMORY, MOST_MEMORY),
    checkCount(stackLimit, 'options.stackLimit', LEAST_STACK, MOST_STACK),
    checkCount(turnBudget, 'options.turnBudget', GRAIN, MOST_STEPS),
    checkCount(tickBudget, 'options.tickBudget', GRAIN, MOST_STEPS),
    checkTime(turnTime),
    onOverrun === 'pause' ? 1 : 0,
  ]
}

function checkTime(time: unknown): number {
  const checked = checkTimeout(time, 'options.turnTime')!
  if (checked >= 1) return checked
  throw outOfRange('options.turnTime', '>= 1', time, checkScript)
}

function checkClient(client: unknown, runner: Handle): Handle | undefined {
  if (client === undefined) return undefined
  const isHandle = typeof client === 'object' && client !== null && Handle.is(client)
  if (isHandle && Handle.kindOf(client) === HandleKind.Client) {
    if (runnerOf(client) === runner) return client
    throw invalidArgValue('options.client', 'must be a client of this server', client, checkScript)
  }
  throw invalidArgType('options.client', 'a client that createClient of this server has made', client, checkScript)
}

/** Names that mean something in a script, or in the language. */
const reserved = (
  'arguments await break case catch class console const continue debugger default delete do else enum eval export ' +
  'extends false finally for function globalThis host if implements import in instanceof interface let new null ' +
  'package performance private protected public queueMicrotask return static structuredClone super switch this throw ' +
  'true try typeof undefined var void while with yield'
).split(' ')
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u

function checkGlobals(globals: unknown): object | undefined {
  if (globals === undefined) return undefined
  const checked = checkNamed(globals, 'options.globals') as object
  const names = Object.keys(checked)
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    if (matches(identifier, name) === null) throw badGlobal(name, 'is no name that a variable can have')
    if (indexIn(reserved, name) >= 0) throw badGlobal(name, 'means something else in a script')
  }
  return { ...checked } // A plain object, whatever it was.
}

function badGlobal(name: string, why: string): TypeError {
  return invalidArgValue('options.globals', `has the name '${name}', which ${why}`, name, checkScript)
}

/** What would be another name in the engine: it ends a text at a NUL, and has no half of a pair. */
const noText = /[\0\p{Surrogate}]/u

/** The main module's own name. */
const MAIN = 'script.js'

/** Returns the names of the modules, as imports find them, each with its source behind it; and adds the `names` to the list. */
function checkModules(modules: unknown, names: string[]): string[] {
  if (modules === undefined) return []
  const checked = checkNamed(modules, 'options.modules') as Record<string, unknown>
  const keys = Object.keys(checked)
  const all: string[] = []
  for (let i = 0; i < keys.length; i++) {
    const given = keys[i]!
    const name = withoutDot(given)
    if (name === '' || name === MAIN || matches(noText, name) !== null) {
      throw invalidArgValue('options.modules', `must not have the name '${given}'`, given, checkScript)
    }
    if (name !== given && Object.hasOwn(checked, name)) {
      throw invalidArgValue('options.modules', `has '${name}' and '${given}', which are one name`, given, checkScript)
    }
    names[names.length] = name
    all[all.length] = name
    all[all.length] = checkType(checked[given], `options.modules['${given}']`, 'string', checkScript)
  }
  return all
}

/** A name as the main module's imports have it: `./lib/path.js` is `lib/path.js`. */
function withoutDot(name: string): string {
  return startsWith(name, './') ? withoutDot(sliced(name, 2)) : name
}

function checkRestore(restore: unknown): Uint8Array | undefined {
  if (restore === undefined) return undefined
  if (!types.isUint8Array(restore))
    throw invalidArgType('options.restore', 'an instance of Uint8Array', restore, checkScript)
  try {
    return new Uint8Array(restore) // What another thread may change is read once.
  } catch {
    throw invalidArgValue('options.restore', 'must not be detached', restore, checkScript)
  }
}

/** Texts, each behind its length of four bytes. */
function packed(texts: readonly string[]): Uint8Array {
  let size = 0
  for (let i = 0; i < texts.length; i++) size += 4 + Buffer.byteLength(texts[i]!)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = 0; i < texts.length; i++) {
    const length = bytes.write(texts[i]!, at + 4)
    bytes.writeUInt32LE(length, at)
    at += 4 + length
  }
  return bytes
}
