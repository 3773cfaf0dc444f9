// The tasks of `task-module.mjs`: an ordinary module with an import and a state of its own. Each loop that runs one of
// its functions loads it once; so the state is the loop's, and no other thread sees it.

import { createHash } from 'node:crypto'

const known = new Map()

/** The SHA-256 of a text, shortened; remembers it. */
export async function fingerprint(text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  known.set(hash, text)
  return hash
}

/** How many different texts this loop has seen. */
export function textsSeen() {
  return known.size
}
