// Where a thread that does not come back is: its stack, taken through the inspector.
//
// Promises to end once its limits have passed, which count what this thread itself has run, and to return undefined where a
// stack cannot be taken: native code holds the thread, or Node was built without an inspector. Other workers are only
// looked at long enough to be told apart.

import { isMainThread } from 'node:worker_threads'

/**
 * How long, in milliseconds, a stuck thread is given to show its stack, and again to go on. It takes 20 to 100. By the clock it
 * may be more: see `TURN`.
 */
const LIMIT = 500

/**
 * A turn of looking counts as so many milliseconds at most, towards every limit here: where it took longer, this thread, and
 * maybe all, stood still.
 */
const TURN = 10

/** How long, in milliseconds, a microtask is given to run. */
const MICROTASK_LIMIT = 20

interface Frame {
  functionName: string
  location: { scriptId: string; lineNumber: number; columnNumber: number }
}

/** What a thread that does not come back shows. */
export interface Sight {
  /** Where its JavaScript is, as text. */
  stack?: string
  /** Whether it runs microtasks: then it does come back, but not to its loop. */
  runsMicrotasks?: boolean
}

/** Returns the stack of another thread of this process as text, without stopping this thread's own JavaScript. */
export function stuckStack(threadId: number): string | undefined {
  return look(threadId, false).stack
}

/** Returns what another thread of this process is at. */
export function lookAtStuck(threadId: number): Sight {
  return look(threadId, true)
}

function look(threadId: number, wantsMicrotasks: boolean): Sight {
  // Only the main thread's inspector knows the workers.
  if (!isMainThread) return {}
  try {
    const { Session } = require('node:inspector') as typeof import('node:inspector')
    const session = new Session()
    session.connect()
    try {
      return sightOf(session as unknown as InspectorSession, `[worker ${threadId}]`, wantsMicrotasks)
    } finally {
      session.post('NodeWorker.disable')
      session.disconnect()
    }
  } catch {
    return {}
  }
}

interface InspectorSession {
  post(method: string, params?: object): void
  on(event: string, listener: (message: { params: Record<string, never> }) => void): void
}

function sightOf(session: InspectorSession, title: string, wantsMicrotasks: boolean): Sight {
  let worker: string | undefined
  let frames: Frame[] | undefined
  const answered = new Set<number>()
  const urls = new Map<string, string>()
  const send = (id: number, method: string, params = {}) =>
    session.post('NodeWorker.sendMessageToWorker', {
      sessionId: worker,
      message: JSON.stringify({ id, method, params }),
    })
  session.on('NodeWorker.attachedToWorker', ({ params }) => {
    const { sessionId, workerInfo } = params as unknown as { sessionId: string; workerInfo: { title: string } }
    if (!workerInfo.title.startsWith(title)) return
    worker = sessionId
    send(1, 'Debugger.enable')
    send(2, 'Debugger.pause')
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    const message = JSON.parse((params as unknown as { message: string }).message)
    if (message.method === 'Debugger.scriptParsed') urls.set(message.params.scriptId, message.params.url)
    if (message.method === 'Debugger.paused') frames = message.params.callFrames
    if (message.id !== undefined) answered.add(message.id)
  })
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  spinUntil(() => frames !== undefined, LIMIT)
  if (worker === undefined) return {}
  // A thread left at its pause could not be ended any more. Messages are taken in order: a thread that has not come to
  // its pause yet will not stay there either.
  send(RELEASE, 'Debugger.disable')
  spinUntil(() => answered.has(RELEASE), LIMIT)
  const stack = frames?.map(frame => textOf(frame, urls)).join('\n')
  if (stack === undefined || !wantsMicrotasks) return { stack }
  send(MICROTASK, 'Runtime.evaluate', { expression: '(async () => { await null })()', awaitPromise: true })
  spinUntil(() => answered.has(MICROTASK), MICROTASK_LIMIT)
  return { stack, runsMicrotasks: answered.has(MICROTASK) }
}

const RELEASE = 3
const MICROTASK = 4

/** The answers arrive as interrupts of running JavaScript; a thread that slept would not see them. */
function spinUntil(isOver: () => boolean, limit: number): void {
  let last = performance.now()
  for (let spent = 0; !isOver() && spent < limit;) {
    const now = performance.now()
    spent += Math.min(now - last, TURN)
    last = now
  }
}

function textOf({ functionName, location }: Frame, urls: Map<string, string>): string {
  const place = `${urls.get(location.scriptId) || '<anonymous>'}:${location.lineNumber + 1}:${location.columnNumber + 1}`
  return functionName ? `    at ${functionName} (${place})` : `    at ${place}`
}
