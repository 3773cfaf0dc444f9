// A module whose default export is a function that has functions.

export default async function shout(text) {
  return text.toUpperCase()
}

shout.twice = async text => text + text
shout.level = 11
export { double as again, Store as Box } from './store.mjs'
