// A saved game as a file: the world, what was recorded of it, and every script in the middle of what it does.
//
// Promises that a game which is restored goes on as if it had never stopped, in this process or another. What is read is
// trusted: the file is one that this program has written.

import { readFileSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'

export function save(file, { seed, rogues }, game, replay, arena) {
  writeFileSync(file, serialize({ seed, rogues, game: game.save(), frames: replay.frames, ...arena.save() }))
}

export function restore(file) {
  return deserialize(readFileSync(file))
}
