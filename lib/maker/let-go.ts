// Runners that a program has let go of without closing them.
//
// Promises that such a runner ends once nobody holds it or anything that belongs to it, and its loop has nothing left
// that would keep a loop alive; never before. This thread looks when it makes a runner, and when the object of one was
// collected, and tells the runner's loop; whether that is so, the core finds (`src/binding/waits/let_go.rs`). While some
// have been told and go on, it looks again, less and less often: what held them may have been let go of since.

import { forgetLast } from '../functions/errand.js'
import { native } from '../native/native.js'

/** Milliseconds until the first look after the object of a runner was collected, and the most there are between two. */
const FIRST = 100
const MOST = 60_000

const later = setTimeout
let timer: NodeJS.Timeout | undefined
let pause = FIRST

const objects = new FinalizationRegistry(() => {
  pause = FIRST
  look()
  lookAgain()
})

/** Ends the runners that nobody holds any more; returns how many have no object on this thread. */
export function look(): number {
  forgetLast() // A queue of such a runner may stand in its scope.
  return native.runnersLetGo()
}

/** From now on it is noticed when the object of a runner this thread has made is collected. */
export function noticeEnd(runner: object): void {
  objects.register(runner, undefined)
}

function lookAgain(): void {
  clearTimeout(timer)
  timer = later(() => {
    pause = Math.min(2 * pause, MOST)
    if (look() > 0) lookAgain()
  }, pause).unref()
}
