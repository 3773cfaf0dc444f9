// The loop's half of a pool: tells a thread that blocks for several tasks when one of them has ended.

import type { Event } from '../event.js'
import type { BackgroundTask } from '../task.js'

/** Resolves when the task has ended, whatever its end was, and the bell was rung. */
export async function ringAtEnd(task: BackgroundTask<unknown>, bell: Event): Promise<void> {
  try {
    await task.result()
  } catch {
    // The map that waits for the task throws it.
  } finally {
    bell.set()
  }
}
