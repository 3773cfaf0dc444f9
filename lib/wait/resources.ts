// What this thread's loop awaits, as Node tells it to those who ask what keeps a program alive.
//
// `process.getActiveResourcesInfo()` tells of Node's own handles only; here it is given the names of the waits. To the hooks
// of `async_hooks` (why-is-node-running, Jest's `--detectOpenHandles`) a wait that has lasted a second becomes an async
// resource, which is made with the stack of the `await`. Promises that a wait pays nothing for this, that nothing is made
// where there were no such hooks when this was loaded, and that each wait ends as it would without it.

import { AsyncResource } from 'node:async_hooks'
import { filtered, indexIn, part } from '../methods.js'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import { currentLoop } from './loop.js'
import { resourceType } from './observed.js'
import type { Awaitable } from './outcome.js'

/** A wait of this thread's loop. */
interface ParkedWait {
  readonly target: Awaitable
  readonly verb: string
  /**
   * Has V8 go on from an async function that never ends to the `await` for this wait, where it makes a stack: it follows
   * what a promise would settle.
   */
  traceThrough(place: Promise<never>): void
}

/** Made without its own constructor, which would be a frame of the stack. */
class LongWait extends AsyncResource {
  declare wait: WeakRef<ParkedWait>

  hasRef(): boolean {
    const wait = this.wait.deref()
    return wait !== undefined && indexIn(waits, wait) >= 0
  }
}

/** Made to see whether Node keeps account of such things. */
class Probe extends AsyncResource {
  hasRef(): boolean {
    return false
  }
}

interface Looks {
  /** Waits that were there at the last look. */
  known: WeakSet<ParkedWait>
  /** Waits that have resources. */
  readonly shown: WeakMap<ParkedWait, LongWait>
}

/** Milliseconds between two looks at the waits. */
const PAUSE = 1000

/** Waits that get resources in one look; the next ones get theirs in the next. */
const MOST = 100

/** Those of every copy of this package on this thread, by their tickets. */
let waits: readonly (ParkedWait | undefined)[] = []

const later = setTimeout

const looks = threadWide('looks', (): Looks => {
  if (isWatched()) later(lookAtWaits, PAUSE).unref()
  return { known: new WeakSet(), shown: new WeakMap() }
})

/** Says where the waits of this thread are found, and has Node tell of them. */
export function showWaits(all: readonly (ParkedWait | undefined)[]): void {
  waits = all
  native.wakeResource.hasRef ??= isKeptUnnamed
  addTo(process)
}

/** Whether this thread lives for something of ours that has no resource of its own. */
function isKeptUnnamed(): boolean {
  return currentLoop() !== undefined || filtered(waits, wait => wait !== undefined && !looks.shown.has(wait)).length > 0
}

// --- the list of Node

/** Functions that know our waits; a second realm of this thread may have the same `process`, or one of its own. */
const answers = threadWide('answers', () => new WeakSet<object>())

function addTo(asked: NodeJS.Process): void {
  const name = 'getActiveResourcesInfo'
  const own = Object.getOwnPropertyDescriptor(asked, name)
  const ofNode: unknown = own?.value
  if (typeof ofNode !== 'function' || answers.has(ofNode)) return
  const method = {
    [name](): string[] {
      const types = Reflect.apply(ofNode, asked, []) as string[]
      const more = ours()
      for (let i = 0; i < more.length; i++) types[types.length] = more[i]!
      return types
    },
  }
  answers.add(method[name]!)
  Reflect.defineProperty(asked, name, { __proto__: null, ...own, value: method[name] } as PropertyDescriptor)
}

/** What of ours this thread lives for. */
function ours(): string[] {
  const loop = currentLoop()
  const types = loop === undefined ? [] : [`threaded-async:AsyncRunner '${loop.name}'`]
  for (let i = 0; i < waits.length; i++) {
    const wait = waits[i]
    if (wait !== undefined) types[types.length] = resourceType(wait.target, wait.verb)
  }
  return types
}

// --- hooks

/**
 * Whether there are hooks that are told when a resource is gone: only then does Node mark those whose end it has to find
 * out by itself. Hooks that are not told, such as those by which Node 20 and 22 have `AsyncLocalStorage`, list nothing.
 */
function isWatched(): boolean {
  const marksOf = (requireManualDestroy: boolean) =>
    Object.getOwnPropertySymbols(new Probe('threaded-async:probe', { requireManualDestroy })).length
  return marksOf(false) > marksOf(true)
}

/** Waits that were there a second ago get their resources. */
function lookAtWaits(): void {
  const { known, shown } = looks
  const unshown = filtered(waits, wait => wait !== undefined && !shown.has(wait)) as ParkedWait[]
  const old = part(
    filtered(unshown, wait => known.has(wait)),
    0,
    MOST,
  )
  for (let i = 0; i < old.length; i++) old[i]!.traceThrough(resourceOf(old[i]!))
  looks.known = new WeakSet()
  for (let i = 0; i < unshown.length; i++) if (indexIn(old, unshown[i]!) < 0) looks.known.add(unshown[i]!)
  later(lookAtWaits, PAUSE).unref()
}

/** Makes the resource of a wait, in an async function whose stack ends with the `await` for that wait. */
async function resourceOf(wait: ParkedWait): Promise<never> {
  await undefined
  const type = resourceType(wait.target, wait.verb)
  const resource = Reflect.construct(AsyncResource, [type], LongWait) as LongWait
  resource.wait = new WeakRef(wait)
  looks.shown.set(wait, resource)
  return new Promise<never>(() => {})
}
