// What becomes of items when consumers, producers and the server are killed or do not answer: whole programs.

import test from 'ava'
import { ends } from '../support/program.mjs'
import { withServer } from '../support/nats-server.mjs'

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
