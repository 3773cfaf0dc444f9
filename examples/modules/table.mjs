// What `compress.mjs` shows: a progress bar while it works, in terminals only, and a table at the end.
//
// Promises that no control character of a name reaches the terminal, and that the table is the same for the same files,
// in whatever order they were done. Honours NO_COLOR.

import { stripVTControlCharacters } from 'node:util'

const isTerminal = process.stdout.isTTY === true
const isColoured = isTerminal && !process.env.NO_COLOR
const rowsShown = 12
const [leastWidth, mostWidth] = [16, 44]

const bold = text => (isColoured ? `\x1b[1m${text}\x1b[22m` : text)
const dim = text => (isColoured ? `\x1b[2m${text}\x1b[22m` : text)

/** Draws how many are done, over what was drawn before. */
export function drawBar(count, all, name) {
  if (!isTerminal) return
  const filled = Math.round((count / all) * 24)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${String(count).padStart(String(all).length)}/${all}  `
  const room = (process.stdout.columns || 80) - bar.length - 1
  process.stdout.write(`\r\x1b[2K${bar}${dim(shortened(printable(name), room))}`)
}

export function clearBar() {
  if (isTerminal) process.stdout.write('\r\x1b[2K')
}

/** Prints the largest files, the sum of all, and what could not be read. */
export function printTable(results) {
  const named = results.map(each => ({ ...each, name: printable(each.name) }))
  const byName = (a, b) => (a.name < b.name ? -1 : 1)
  const measured = named.filter(({ problem }) => problem === undefined).sort((a, b) => b.size - a.size || byName(a, b))
  const shown = measured.slice(0, rowsShown)
  const hidden = measured.slice(rowsShown)
  const longest = Math.max(leastWidth, ...shown.map(({ name }) => name.length))
  const line = lineOf(Math.min(mostWidth, longest))

  if (measured.length > 0) console.log(bold(`${line('file', 'size', 'gzip', 'saved')}  sha256`))
  for (const each of shown) console.log(`${line(each.name, ...cellsOf(each))}  ${dim(each.sha256.slice(0, 12))}`)
  if (hidden.length > 0) console.log(line(`and ${hidden.length} more`, ...cellsOf(sumOf(hidden))))
  if (measured.length > 0) console.log(bold(line(counted(measured.length), ...cellsOf(sumOf(measured)))))
  else console.log('There are no files to compress.')
  const unread = named.filter(({ problem }) => problem !== undefined).sort(byName)
  for (const { name, problem } of unread) console.log(`${name} could not be read: ${problem}`)
}

function lineOf(width) {
  return (name, ...cells) => shortened(name, width).padEnd(width) + cells.map(cell => cell.padStart(10)).join('')
}

function cellsOf({ size, compressed }) {
  return [sizeText(size), sizeText(compressed), size === 0 ? '' : `${Math.round((1 - compressed / size) * 100)} %`]
}

function sumOf(results) {
  const sum = key => results.reduce((total, each) => total + each[key], 0)
  return { size: sum('size'), compressed: sum('compressed') }
}

function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let scaled = bytes / 1000
  while (scaled >= 999.95 && units.length > 1) {
    scaled /= 1000
    units.shift()
  }
  return `${scaled.toFixed(1)} ${units[0]}`
}

function counted(files) {
  return `${files} ${files === 1 ? 'file' : 'files'}`
}

/** Keeps the end, which tells one path from another. */
function shortened(text, width) {
  return text.length <= width ? text : width < 2 ? '' : `…${text.slice(1 - width)}`
}

function printable(text) {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, '?')
}
