// A task module that takes its time to load: files are read, and a timer passes, before it has been evaluated.

import { readFile } from 'node:fs/promises'

await readFile(new URL(import.meta.url))
await new Promise(resolve => setTimeout(resolve, 100))

export const ask = client => client.increment(1)
