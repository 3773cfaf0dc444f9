// The script of a rogue: for some turns it looks for food like others, and then does harm.
//
// In a loop that all scripts share, each of these would end the game.

import { feed } from './minds.mjs'

const harms = [
  /** Never comes back. */
  function spin() {
    for (;;);
  },
  /** Always has one thing more to do, before anything else may run. */
  function flood() {
    Promise.resolve().then(flood)
  },
  /** Keeps all that it makes. */
  function leak() {
    for (const all = []; ;) all.push(new Uint8Array(20_000))
  },
]

export async function misbehave(robot, random, number) {
  for (let turn = 0; turn <= number; turn++) await feed(robot, random, (await robot.look()).food)
  harms[number % harms.length]()
  await robot.nextTick()
}
