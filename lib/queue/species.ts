// Classes of queues: in which order the items of each leave, as what its objects travel, and how they are shown.
//
// Promises that a class of a program's own is as the nearest one of this package that it extends.

import { Handle, HandleKind, type Looks } from '../native/handle.js'
import { queueState } from '../native/native.js'
import type { Order } from '../native/protocol.js'
import { named } from '../wait/outcome.js'

/** What the core and other threads know of a class of queues. */
interface Species {
  readonly kind: HandleKind
  readonly order: Order
}

/** A class of queues, with its prototype. */
type QueueClass = Function & { prototype: Handle }

const species = new WeakMap<Function, Species>()

/** Says in which order the items of a class of queues leave, and as what its objects travel. */
export function registerQueue(queueClass: QueueClass, kind: HandleKind, order: Order): void {
  species.set(queueClass, { kind, order })
  Handle.register(kind, queueClass, looksOfQueue)
}

/** That of a class, or of the nearest it extends. */
export function nearest(queueClass: Function): Species {
  for (let at = queueClass; ; at = Object.getPrototypeOf(at) as Function) {
    const known = species.get(at)
    if (known !== undefined) return known
  }
}

/** How a queue is shown. */
function looksOfQueue(queue: Handle): Looks {
  const { size, maxsize, getters, putters, isShutdown } = queueState(Handle.idOf(queue))
  const fields: Record<string, unknown> = { ...named(queue), size, maxsize, getters }
  if (putters > 0) fields.putters = putters
  if (isShutdown) fields.isShutdown = true
  return { fields }
}
