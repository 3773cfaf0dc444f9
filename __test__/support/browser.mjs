// A headless Chromium for specs that open a page: found on this machine, driven through the pipe of its debugging
// protocol.
//
// Promises that every page knows what it has loaded and what went wrong in it, and says so in the error where no answer
// comes; that keys arrive as a user's do; and that nothing of the browser is left behind. No browser is fetched, and no
// dependency used: puppeteer-core asks for Node 22.12 or is an old one with forty packages, and a pipe of JSON is all that
// is needed here.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe', 'msedge.exe']
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** How long, in milliseconds, is waited for a page, and for the browser's end. */
const PATIENCE = 60_000

/** Where the browser is: CHROME_PATH, or the first that is found; undefined where there is none. */
export function findBrowser() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH
  const directories = (process.env.PATH ?? '').split(delimiter)
  const onPath = names.flatMap(name => directories.map(directory => join(directory, name)))
  return [...onPath, ...places].find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export class Browser {
  #process
  #home
  #failure
  #pending = new Map()
  #pages = new Map()
  #lastId = 0
  #unread = ''
  #complaints = ''

  constructor(path = findBrowser()) {
    if (path === undefined)
      throw new Error('There is no browser: install Chromium, or say where one is in CHROME_PATH.')
    this.#home = mkdtempSync(join(tmpdir(), 'threaded-async-browser-'))
    const options = [
      '--headless',
      '--remote-debugging-pipe',
      `--user-data-dir=${this.#home}`,
      '--no-first-run',
      '--window-size=1200,800',
    ]
    // What is opened is our own; the sandbox refuses root, which is who runs things in a container.
    const limits = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking']
    this.#process = spawn(path, [...options, ...limits], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
    const [, , complaints, input, output] = this.#process.stdio
    complaints.setEncoding('utf8').on('data', text => (this.#complaints += text))
    input.on('error', () => {}) // It has ended, and `close` tells why.
    output.setEncoding('utf8').on('data', text => this.#read(text))
    this.#process.on('error', error => this.#fail(error))
    this.#process.on('close', () => this.#fail(new Error(`The browser has ended: ${this.#complaints}`)))
  }

  /** Opens a page and resolves when it is loaded and painted. */
  async open(url, within = PATIENCE) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page((method, params) => this.send(method, params, sessionId))
    this.#pages.set(sessionId, page)
    await page.load(url, within)
    return page
  }

  /** One command of the debugging protocol. */
  send(method, params = {}, sessionId = undefined) {
    if (this.#failure) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return answer
  }

  async close() {
    const isOver = this.#failure === undefined && once(this.#process, 'close')
    this.send('Browser.close').catch(() => {})
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE)
    await isOver
    clearTimeout(timer)
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 })
  }

  #read(text) {
    const messages = (this.#unread + text).split('\0')
    this.#unread = messages.pop()
    for (const message of messages) this.#receive(JSON.parse(message))
  }

  #receive({ id, method, params, sessionId, result, error }) {
    if (id === undefined) return this.#pages.get(sessionId)?.hear(method, params)
    const { resolve, reject } = this.#pending.get(id)
    this.#pending.delete(id)
    if (error) reject(new Error(error.message))
    else resolve(result)
  }

  #fail(error) {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
    for (const page of this.#pages.values()) page.fail(error)
  }
}

class Page {
  /** The addresses of all that was loaded. */
  loaded = []
  /** What went wrong: exceptions, and what the browser or the page wrote to the console. */
  problems = []
  #send
  #onLifecycle
  /** Makes what is waited for reject, as no answer will come any more. */
  fail
  #failed = new Promise((_, reject) => (this.fail = reject))

  constructor(send) {
    this.#send = send
    this.#failed.catch(() => {}) // It may fail while nobody waits.
  }

  /** Resolves when it is loaded and was painted: until then a browser drops what a user does. */
  load(url, within) {
    return this.#answer(url, this.#load(url), within)
  }

  /** What a promise resolves with; where it does not, an error that tells what went wrong in the page as well. */
  async #answer(what, promise, within = PATIENCE) {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No answer within ${within} ms.`)), within)
    })
    try {
      return await Promise.race([promise, this.#failed, late])
    } catch (error) {
      throw new Error([`${what}: ${error.message}`, ...this.problems].join('\n'), { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  async #load(url) {
    for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'Inspector']) await this.#send(`${domain}.enable`)
    await this.#send('Page.setLifecycleEventsEnabled', { enabled: true })
    const events = []
    this.#onLifecycle = event => events.push(event)
    const { errorText, loaderId } = await this.#send('Page.navigate', { url })
    if (errorText) throw new Error(errorText)
    await new Promise(resolve => {
      const missing = new Set(['load', 'firstContentfulPaint'])
      this.#onLifecycle = event => {
        if (event.loaderId === loaderId) missing.delete(event.name)
        if (missing.size === 0) resolve()
      }
      events.forEach(this.#onLifecycle)
    })
  }

  hear(method, params) {
    if (method === 'Page.lifecycleEvent') this.#onLifecycle?.(params)
    if (method === 'Network.requestWillBeSent') this.loaded.push(params.request.url)
    if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description)
    if (method === 'Runtime.consoleAPICalled') this.problems.push(params.args.map(each => each.value).join(' '))
    if (method === 'Inspector.targetCrashed') this.fail(new Error('The page has crashed.'))
    if (method === 'Log.entryAdded') this.problems.push(params.entry.text)
  }

  /** Calls a function in the page, with values it can be given as JSON, and resolves with what it returns or resolves with. */
  async evaluate(fn, ...args) {
    const expression = `(${fn})(...${JSON.stringify(args)})`
    const options = { expression, returnByValue: true, awaitPromise: true, userGesture: true }
    const { result, exceptionDetails } = await this.#answer(String(fn), this.#send('Runtime.evaluate', options))
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** Presses and releases a key, named as in `KeyboardEvent.key`. */
  async press(key) {
    const [code, windowsVirtualKeyCode, text] = keys[key]
    const event = { key, code, windowsVirtualKeyCode }
    await this.#send('Input.dispatchKeyEvent', { ...event, type: text ? 'keyDown' : 'rawKeyDown', text })
    await this.#send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' })
  }

  /** Presses the mouse at one place, moves it to another, and lets it go; in CSS pixels. */
  async drag(from, to) {
    const at = (type, { x, y }) =>
      this.#send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1 })
    await at('mousePressed', from)
    await at('mouseMoved', to)
    await at('mouseReleased', to)
  }

  /** What the user prefers: `{ 'prefers-color-scheme': 'dark' }`. */
  async prefer(features) {
    const list = Object.entries(features).map(([name, value]) => ({ name, value }))
    await this.#send('Emulation.setEmulatedMedia', { features: list })
  }
}

const keys = {
  ' ': ['Space', 32, ' '],
  ArrowLeft: ['ArrowLeft', 37],
  ArrowRight: ['ArrowRight', 39],
  Home: ['Home', 36],
  End: ['End', 35],
  Tab: ['Tab', 9],
}
