// The figures as an SVG, by hand: one group of bars per row, on a logarithmic scale, in colours for light and dark pages.
// Once with all rows, for the page on performance, and once small, with the rows of the README's table, for the README.
//
// A factor of ten is equally long everywhere, so that bars of different groups show the same ratio by the same length;
// where a group begins, the figure of its shortest bar divided by ROOM, is its own. Bars are medians, and the thin lines
// at their ends reach to the 99th percentile, as far as there is room; both are written beside them.
// Leaves out what could not be measured, and figures that are not above zero.

import { digits } from '../goals.mjs'

const WIDTH = 900
const LEFT = 345
const RIGHT = 750
const DECADE = 100
const TOP = 64
/** Heights: of a bar, from one bar to the next, of what stands above a group's bars, and between groups. */
const FULL = { bar: 14, step: 19, head: 42, gap: 18, hasScale: true }
/** Without the figures of the scale, so that eight groups fit on a screen. */
const SMALL = { bar: 11, step: 15, head: 21, gap: 7, hasScale: false }
/** How much longer than nothing the shortest bar is drawn, as a factor. */
const ROOM = 3

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .page { fill: #ffffff }
  .title { font-size: 16px; font-weight: 600 }
  .row { font-weight: 600 }
  .small { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .late { stroke: #59636e; stroke-width: 2 }
  .ours { fill: #0969da }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .page { fill: #0d1117 }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .late { stroke: #9198a1 }
    .ours { fill: #4493f8 }
    .other { fill: #656c76 }
  }
`

/** The text of the SVG of such results. */
export const chart = results => draw(results, FULL)

/** The same of few rows. */
export const smallChart = results => draw(results, SMALL)

function draw({ machine, rows }, layout) {
  let y = TOP
  const groups = []
  for (const row of rows) {
    const { svg, height } = group(row, y, layout)
    groups.push(svg)
    y += height + layout.gap
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>threaded-async beside its rivals</title>
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${y}" rx="6"/>
${text(16, 28, 'threaded-async beside its rivals: medians and 99th percentiles, shorter is better', 'title')}
${text(16, 48, `Logarithmic: each line is ten times the one before it. ${sentenceOf(machine)}`, 'small')}
${groups.join('\n')}
</svg>
`
}

function group({ id, title, unit, figures }, top, layout) {
  const bars = figures.filter(({ median }) => median > 0)
  const least = Math.min(...bars.map(({ median }) => median)) / ROOM
  const x = figure => Math.min(RIGHT, LEFT + Math.log10(figure / least) * DECADE)
  const height = layout.head + bars.length * layout.step
  const lines = bars.map((figure, index) =>
    bar(figure, { unit, x, y: top + layout.head + index * layout.step, height: layout.bar }),
  )
  const most = Math.min(Math.max(...bars.map(({ p99 }) => p99)), least * 10 ** ((RIGHT - LEFT) / DECADE))
  const grid = bars.length === 0 ? [] : decades(least, most).map(power => rule(power, { x, top, height, layout }))
  const words = `${id === undefined ? '' : `${id}  `}${title.replaceAll('`', '')} (${unit})`
  return { svg: [text(16, top + 16, words, 'row'), ...grid, ...lines].join('\n'), height }
}

function decades(least, most) {
  const first = Math.ceil(Math.log10(least))
  const last = Math.floor(Math.log10(most))
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

function rule(power, { x, top, height, layout: { head, hasScale } }) {
  const at = round(x(10 ** power))
  const line = `<line class="grid" x1="${at}" x2="${at}" y1="${top + head - (hasScale ? 6 : 2)}" y2="${top + height}"/>`
  if (!hasScale) return line
  const label = 10 ** Math.abs(power)
  return `${line}
${text(at, top + head - 10, power < 0 ? `${1 / label}` : label.toLocaleString('en'), 'small', 'middle')}`
}

function bar({ name, median, p99 }, { unit, x, y, height }) {
  const end = round(x(median))
  const late = round(x(Math.max(median, p99)))
  const kind = name.startsWith('threaded-async') ? 'ours' : 'other'
  const base = y + Math.round(height / 2) + 4
  return `${text(LEFT - 8, base, name, undefined, 'end')}
<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${height}" rx="2"/>
<line class="late" x1="${end}" x2="${late}" y1="${y + height / 2}" y2="${y + height / 2}"/>
${text(late + 6, base, `${digits(median)} ${unit}, p99 ${digits(p99)}`, 'small')}`
}

const sentenceOf = ({ node, cpu, commit }) => `Node ${node}, ${cpu}, commit ${commit}.`

const round = number => Math.round(number * 10) / 10

function text(x, y, words, kind, anchor) {
  const attributes = [kind && `class="${kind}"`, anchor && `text-anchor="${anchor}"`].filter(Boolean)
  return `<text x="${round(x)}" y="${y}"${attributes.map(each => ` ${each}`).join('')}>${escaped(words)}</text>`
}

const escaped = words => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
