// A module with a store, shared by both sides: each thread that imports it has its own, tied by the name.

import { boundContext } from 'threaded-async'

export const requests = boundContext('module requests')

export function readsStore() {
  return requests.getStore()
}

export async function readsStoreLater() {
  await new Promise(resolve => setImmediate(resolve))
  return requests.getStore()
}
