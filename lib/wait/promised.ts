// Calls of scripts whose handlers have returned promises: what this thread owes, and can give only while its loop runs.
//
// Promises that a wait of this thread which times out names the calls that may be the reason, and that a call is
// forgotten when its promise is settled, or when the call is refused because its thread blocks until that very call
// is answered.

/** A call whose answer is a promise of this thread. */
export interface PromisedCall {
  /** The number of the runner on whose loop the server's scripts run. */
  readonly runner: number
  /** The method that was called. */
  readonly fun: string
  /** The number of the task that has called; 0 for none. */
  readonly task: number
  /** Rejects the call; what its promise comes to later is dropped. */
  refuse(): void
}

const promised = new Set<PromisedCall>()

export function promise(call: PromisedCall): void {
  promised.add(call)
}

export function promiseSettled(call: PromisedCall): void {
  promised.delete(call)
}

/** A sentence for a wait that has timed out: which calls wait for promises of this thread. `runner`: 0 for any. */
export function promisedBy(runner: number): string {
  let first: string | undefined
  let others = 0
  promised.forEach(call => {
    if (runner !== 0 && call.runner !== runner) return
    if (first === undefined) first = call.fun
    else others++
  })
  if (first === undefined) return ''
  const more = others === 0 ? '' : ` (and ${others} more)`
  return ` The call '${first}'${more} waits for the promise its handler has returned, which needs this thread's loop.`
}

/** Rejects the calls of a task that would wait for ever, because this thread now blocks until the task has ended. */
export function refusePromisedTo(task: number): void {
  promised.forEach(call => {
    if (call.task === task) call.refuse()
  })
}
