// The threads of a process on Linux, of which any may end between being listed and being looked at.

import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What a file says of each thread that is still there: `comm`, `stat`. */
export function threadsSay(file, process = 'self') {
  return readdirSync(`/proc/${process}/task`).flatMap(id => {
    try {
      return [readFileSync(`/proc/${process}/task/${id}/${file}`, 'utf8').trimEnd()]
    } catch {
      return []
    }
  })
}

/** Whether all threads of a process are stopped by a signal; where the system does not tell, they are taken to be. */
export function isStopped(pid) {
  return !existsSync(`/proc/${pid}/task`) || threadsSay('stat', pid).every(stat => /\) [Tt] /.test(stat))
}
