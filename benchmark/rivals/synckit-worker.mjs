// The function synckit calls on its worker.

import { runAsWorker } from 'synckit'

runAsWorker(async value => value)
