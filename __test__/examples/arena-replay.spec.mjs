// The replay of the arena, opened in a real browser.
//
// Promises that at every place of the slider it draws what the plain frames of the game were, that keys are enough to
// use it, and that it can be read in light and in dark. Where there is no browser, these specs are skipped, unless CI
// is set, and NO_BROWSER is not.

import test from 'ava'
import { pathToFileURL } from 'node:url'
import { framesOf, record } from './arena-games.mjs'
import { Browser, findBrowser } from '../support/browser.mjs'

const isExpected = process.env.CI && !process.env.NO_BROWSER
const inBrowser = findBrowser() === undefined && !isExpected ? test.skip : test

inBrowser('the replay draws at every place of the slider what the game was', async t => {
  const { page, frames, stdout } = await replayed(t, ['--ticks', '60', '--size', '30x12', '--scripts', '16'])
  const thumb = await page.evaluate(thumbs)
  for (const tick of [60, 1, 31, 30, 17, 59]) {
    await page.evaluate(dragTo, tick)
    t.is(await page.evaluate(drawn), frames[tick - 1], `tick ${tick}`)
  }
  // The mouse, as a user's: from where the thumb is to the end.
  await page.press('Home')
  await page.drag(thumb.first, thumb.last)
  t.is(await page.evaluate(drawn), frames[59])
  const best = await page.evaluate(() => [...document.querySelectorAll('#best tr')].map(row => row.innerText))
  t.deepEqual(best.map(namesAndPoints).slice(0, 5), stdout.trimEnd().split('\n').slice(-6, -1).map(namesAndPoints))
  t.deepEqual(page.problems, [])
})

inBrowser('the replay can be used by keys alone', async t => {
  const { page, frames } = await replayed(t, ['--ticks', '12', '--size', '20x8', '--scripts', '8'])
  const now = () => page.evaluate(() => document.getElementById('now').textContent)
  t.is(await now(), '0 / 12')
  t.is(await page.evaluate(() => document.activeElement.id), 'tick')
  for (const [key, tick] of [
    ['ArrowRight', 1],
    ['ArrowRight', 2],
    ['ArrowLeft', 1],
    ['End', 12],
  ]) {
    await page.press(key)
    t.deepEqual([await now(), await page.evaluate(drawn)], [`${tick} / 12`, frames[tick - 1]], key)
  }
  const label = () => page.evaluate(() => document.getElementById('tick').getAttribute('aria-valuetext'))
  t.is(await label(), 'tick 12 of 12')
  // At the end, playing begins anew, and goes to the end by itself.
  await page.press(' ')
  t.is(await page.evaluate(() => document.getElementById('play').textContent), 'Pause')
  await page.evaluate(untilPaused)
  t.deepEqual([await now(), await page.evaluate(drawn)], ['12 / 12', frames[11]])
  await page.press('Home')
  await page.press(' ')
  await page.press(' ')
  t.is(await page.evaluate(() => document.getElementById('play').textContent), 'Play')
  t.deepEqual(page.problems, [])
})

inBrowser('the replay loads nothing, and can be read in light and in dark', async t => {
  const { page, path } = await replayed(t, ['--ticks', '5'])
  t.deepEqual(
    page.loaded.filter(url => !url.startsWith('data:')),
    [pathToFileURL(path).href],
  )
  const lightness = []
  for (const scheme of ['light', 'dark']) {
    await page.prefer({ 'prefers-color-scheme': scheme })
    const { background, contrasts } = await page.evaluate(readability)
    lightness.push(background)
    for (const [what, contrast] of contrasts) t.true(contrast >= 4.5, `${scheme}, ${what}: ${contrast}`)
  }
  t.true(lightness[0] > 0.8 && lightness[1] < 0.1, String(lightness))
})

inBrowser('the replay of 1,000 scripts is drawn as well', async t => {
  const { page, frames } = await replayed(t, ['--scripts', '1000', '--ticks', '10'])
  await page.press('End')
  t.is(await page.evaluate(drawn), frames[9])
})

/** Plays a game and opens its replay. */
async function replayed(t, args) {
  const { stdout, path } = await record(t, args)
  const browser = new Browser()
  t.teardown(() => browser.close())
  return { stdout, path, frames: framesOf(stdout), page: await browser.open(pathToFileURL(path).href) }
}

function namesAndPoints(text) {
  const name = /[a-z]+-\d+/.exec(text)[0]
  return `${name} ${(/(\d+) points/.exec(text) ?? /(\d+)$/.exec(text))[1]}`
}

// --- what runs in the page

/** The grid as text: what is found in the middle of each cell. */
function drawn() {
  const svg = document.getElementById('grid')
  const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Math.floor)
  const toScreen = svg.getScreenCTM()
  const at = (x, y) => {
    const point = new DOMPoint(x + 0.5, y + 0.5).matrixTransform(toScreen)
    const element = document.elementFromPoint(point.x, point.y)
    const robot = element.closest('.robot')
    return robot ? robot.querySelector('text').textContent : element.matches('.food') ? '·' : ' '
  }
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(x, y)).join('')).join('\n')
}

/** Moves the slider as dragging it does. */
function dragTo(tick) {
  const slider = document.getElementById('tick')
  slider.value = tick
  slider.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

/** Where the slider's thumb is at its beginning and at its end. */
function thumbs() {
  const { left, right, top, height } = document.getElementById('tick').getBoundingClientRect()
  const y = top + height / 2
  return { first: { x: left + 8, y }, last: { x: right - 2, y } }
}

/** Resolves when nothing plays any more. */
function untilPaused() {
  const button = document.getElementById('play')
  return new Promise(resolve => {
    const look = () => {
      if (button.textContent !== 'Play') return
      observer.disconnect()
      resolve()
    }
    const observer = new MutationObserver(look)
    observer.observe(button, { childList: true })
    look()
  })
}

/** How light the page is, and how its texts stand out from what is behind them, as WCAG measures it. */
function readability() {
  const luminance = colour => {
    const [r, g, b] = colour
      .match(/[\d.]+/g)
      .map(each => Number(each) / 255)
      .map(each => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  const style = selector => getComputedStyle(document.querySelector(selector))
  const page = luminance(style('body').backgroundColor)
  const texts = ['h1', '#about', '#now', 'thead th', '#best td'].map(selector => [
    selector,
    contrast(luminance(style(selector).color), page),
  ])
  const filled = ['button', '.mark.grazer', '.mark.hunter', '.mark.wanderer', '.mark.ambusher'].map(selector => [
    selector,
    contrast(luminance(style(selector).color), luminance(style(selector).backgroundColor)),
  ])
  return { background: page, contrasts: [...texts, ...filled] }
}
