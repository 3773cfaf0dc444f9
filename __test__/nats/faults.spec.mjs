// What becomes of items when consumers, producers and the server are killed or do not answer: whole programs.

import test from 'ava'
import { reasonAgainst } from '../support/namespace.mjs'
import { ends } from '../support/program.mjs'
import { missing, withServer } from '../support/nats-server.mjs'

const served = withServer(test)

served(
  'of what producers and consumers that are killed, and a killed server, have in hand, nothing is lost',
  async t => {
    await ends(t, ['nats-faults.mjs', '1500'])
  },
)

served('a blocked thread lives through an outage, and a put whose answer was lost says so', async t => {
  await ends(t, ['nats-outage.mjs', '1'])
})

const interruptible = process.platform === 'win32' ? test.skip : served

interruptible(
  'Ctrl-C ends a wait for a link that connects, or for the end of a host, and nothing else of the link',
  async t => {
    await ends(t, ['nats-ctrl-c.mjs'])
  },
)

const against = missing ?? reasonAgainst()
const parted = against === undefined ? test : (title, ...rest) => test.skip(`${title} (skipped: ${against})`, ...rest)

parted('a machine that cannot be reached for a while loses and doubles nothing, and is told of', async t => {
  await ends(t, ['nats-partition.mjs'])
})
