// The function of work.mjs on synckit's worker.

import { runAsWorker } from 'synckit'
import { work } from './work.mjs'

runAsWorker(async times => work(times))
