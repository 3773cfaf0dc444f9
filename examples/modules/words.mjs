// The tasks of `task-module.mjs`: an ordinary module, with imports and state of its own, which each loop loads once.

import { readFile } from 'node:fs/promises'

const seen = new Map()

/** Counts the words of a file, and remembers how many there were. */
export async function countWords(path) {
  const text = await readFile(path, 'utf8')
  const count = text.match(/\w+/g)?.length ?? 0
  seen.set(path, count)
  return count
}

/** The number of files counted on this loop. */
export function filesCounted() {
  return seen.size
}
