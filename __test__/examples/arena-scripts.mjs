// Scripts that no robot of the arena should have: they ask too much, rest, or go on when they are out.
//
// Promises that each takes what the arena hands its scripts; in place of the seed, a queue for what it has to tell.

import { Robot } from '../../examples/arena/scripts.mjs'

export async function asksTooOften(server, number, _kind, told) {
  const robot = new Robot(server, number)
  await Promise.all(Array.from({ length: 9 }, () => robot.look().then(() => told.put('looked'))))
  await robot.walk('east')
}

export async function givesManyOrders(server, number, _kind, told) {
  const robot = new Robot(server, number)
  await Promise.all(Array.from({ length: 3 }, () => robot.walk('east').then(hasWalked => told.put(hasWalked))))
}

export async function goesOn(server, number, _kind, told) {
  const robot = new Robot(server, number)
  try {
    for (;;) await robot.walk('east')
  } catch (error) {
    await told.put(error.code)
  }
  await robot.look().catch(error => told.put(error.message))
}

/** Thinks for 400 ms, and for 400 more when it has been heard. */
export async function computes(server, number) {
  const robot = new Robot(server, number)
  for (;;) {
    for (const end = performance.now() + 400; performance.now() < end;);
    await robot.walk('east')
  }
}

export async function rests(server, number, _kind, told) {
  const robot = new Robot(server, number)
  for (let tick = 1; tick <= 3; tick++) {
    await robot.nextTick()
    await told.put(tick)
  }
}

export async function wantsToFly(server, number, _kind, told) {
  const robot = new Robot(server, number)
  await robot.execute('fly', number).catch(error => told.put(error.message))
  await told.put(await robot.walk('constructor'))
}
