// The browser in which the examples are opened.
//
// Promises that a page that does not come to be tells what went wrong in it, instead of being waited for.

import test from 'ava'
import { Browser, findBrowser } from '../support/browser.mjs'
import { untilAsync } from '../support/runner-fixture.mjs'

const inBrowser = findBrowser() === undefined ? test.skip : test

/** An empty page, which a browser never paints. */
const blank = `data:text/html,<script>console.log('it is blank')</script>`

function browserFor(t) {
  const browser = new Browser()
  t.teardown(() => browser.close())
  return browser
}

inBrowser('a page that is never painted is given up', async t => {
  const { message } = await t.throwsAsync(browserFor(t).open(blank, 3000))
  t.regex(message, /^data:.*: No answer within 3000 ms\.\nit is blank$/)
})

inBrowser('a page that crashes is told of, and so is what it is asked then', async t => {
  const browser = browserFor(t)
  const page = await browser.open('data:text/html,<p>here</p>')
  t.is(await page.evaluate(() => document.body.innerText), 'here')
  await t.throwsAsync(page.load('chrome://crash')) // However far it comes.
  await t.throwsAsync(
    page.evaluate(() => 1),
    { message: /: The page has crashed\./ },
  )
})

inBrowser('a browser that dies while a page is loaded is told of', async t => {
  const browser = browserFor(t)
  const page = await browser.open('data:text/html,<p>here</p>')
  const loading = t.throwsAsync(page.load(blank), { message: /^data:.*: The browser has ended: [^]*\nit is blank$/ })
  await untilAsync(() => page.problems.length > 0)
  browser.send('Browser.crash').catch(() => {})
  await loading
})
