// The corpus of hostile scripts: pages on which each heading names the program below it, and the word behind `js` says how
// it ends. The Rust tests read the same pages.

import { readFileSync } from 'node:fs'

/** The programs of a page, in their order. */
export function entries(page) {
  const text = readFileSync(new URL(page, import.meta.url), 'utf8')
  return text.split('\n## ').slice(1).flatMap(entry)
}

function entry(section) {
  const [, name, end, text] = /^(.*)\n[^]*?```\w+ ?(\w*)\n([^]*?)\n```/.exec(section) ?? []
  return name === undefined ? [] : [{ name, end, text }]
}

/** The text under a heading. */
export const textOf = (page, name) => entries(page).find(each => each.name === name).text

/** The known escapes, as whole scripts. */
export function escapes() {
  const [before, after] = ['Before', 'After'].map(name => textOf('escapes.md', name))
  return entries('escapes.md')
    .filter(({ name }) => name !== 'Before' && name !== 'After')
    .map(({ name, text }) => ({ name, source: `${before}\n${text}\n${after}` }))
}

/** The places at which such a bomb can stand, as whole scripts. */
export function placesOf(bomb) {
  const declared = `const bomb = () => { ${bomb} }`
  return entries('places.md').map(({ name, text }) => ({
    name,
    source: `${declared}\n${text}`,
    modules: { 'bomb.js': `${declared}\nbomb()` },
  }))
}
