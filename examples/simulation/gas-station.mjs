// The gas station: cars that come at random and fill up, and a control that calls the tank truck. Liters and seconds.

import { Random } from './random.mjs'
import { Resource, Tank } from './resources.mjs'

export async function station(client, { seed }) {
  const place = { client, pumps: new Resource(2), tank: new Tank(200, 200), random: new Random(seed) }
  await Promise.all([control(place), traffic(place)])
}

/** Looks at the tank every 10 seconds, and calls the truck when less than a quarter is left. */
async function control({ client, tank }) {
  for (;;) {
    if ((tank.level / tank.capacity) * 100 < 25) {
      say(client, 'Calling tank truck')
      await client.delay(300)
      const amount = tank.capacity - tank.level
      tank.put(amount)
      say(client, `Tank truck arrived and refuelled station with ${amount.toFixed(1)}L`)
    }
    await client.delay(10)
  }
}

async function traffic(place) {
  for (let i = 0; ; i++) {
    await place.client.delay(place.random.randint(30, 300))
    // As a process of SimPy, a car begins when this function waits.
    void Promise.resolve(`Car ${i}`).then(name => fill(place, name))
  }
}

async function fill({ client, pumps, tank, random }, name) {
  const level = random.randint(5, 25)
  say(client, `${name} arrived at gas station`)
  const pump = pumps.request()
  await pump.granted
  const required = 50 - level
  await tank.get(required)
  await client.delay(required / 2)
  say(client, `${name} refueled with ${required.toFixed(1)}L`)
  pump.release()
}

function say(client, what) {
  console.log(`${client.now.toFixed(1).padStart(6)} s: ${what}`)
}
