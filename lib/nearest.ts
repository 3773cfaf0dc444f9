// Which name was meant: the one of a list that is nearest to what was written.
//
// Upper and lower case, `_` and `-` make no difference; a letter too many, too few, another one, or two that have changed
// places make a little. A name that contains the other is near as well: `abortSignal`, `size`.

import { charCodeAt, contains, matches } from './methods.js'

/** The nearest of these names; undefined where none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const plainWritten = plain(written)
  let found: string | undefined
  let least = Infinity
  for (let i = 0; i < names.length; i++) {
    const distance = distanceOf(plainWritten, plain(names[i]!))
    if (distance < least) {
      least = distance
      found = names[i]
    }
  }
  return found
}

const LONGEST = 40

function plain(name: string): string {
  let result = ''
  for (let i = 0; i < name.length && i < LONGEST; i++) {
    if (matches(/[_-]/, name[i]!) === null) result += name[i]!.toLowerCase()
  }
  return result
}

/** `Infinity` for names that have too little in common. */
function distanceOf(a: string, b: string): number {
  const most = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3))
  const edits = editsBetween(a, b)
  if (edits <= most) return edits
  const isPart = Math.min(a.length, b.length) >= 4 && (contains(a, b) || contains(b, a))
  return isPart ? most + Math.abs(a.length - b.length) : Infinity
}

/** How many letters must be added, dropped, changed or exchanged with their neighbours. */
function editsBetween(a: string, b: string): number {
  const rows: number[][] = []
  for (let i = 0; i <= a.length; i++) {
    rows[i] = []
    for (let j = 0; j <= b.length; j++) rows[i]![j] = i === 0 || j === 0 ? i + j : step(rows, a, b, i, j)
  }
  return rows[a.length]![b.length]!
}

function step(rows: number[][], a: string, b: string, i: number, j: number): number {
  const isSame = charCodeAt(a, i - 1) === charCodeAt(b, j - 1)
  const least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + (isSame ? 0 : 1))
  const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return isSwapped ? Math.min(least, rows[i - 2]![j - 2]! + 1) : least
}
