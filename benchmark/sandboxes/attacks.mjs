// What scripts do that should not hold up, end or reach anything but themselves. Each is the body of an async function with
// a `host`, in JavaScript that every engine here knows.

export const attacks = {
  'a loop': 'for (;;);',
  'a loop after an await': 'await host.nextTick(); for (;;);',
  'microtasks without end':
    'await host.nextTick(); const again = () => Promise.resolve().then(again); again(); await host.nextTick()',
  'loops in a try, one after the other':
    'await host.nextTick(); for (;;) { try { await new Promise(() => { for (;;); }) } catch {} }',
  'one call of a built-in': 'await host.nextTick(); Array.prototype.reverse.call({ length: 2 ** 53 - 1 })',
  'a regular expression': "await host.nextTick(); /^(a+)+$/.test('a'.repeat(40) + '!')",
  'a leak in one turn': 'await host.nextTick(); const all = []; for (;;) all.push({ a: [1, 2, 3] })',
  'a leak of 100 KB each tick':
    'const all = []; for (;;) { await host.nextTick(); all.push(new Uint8Array(1e5).fill(1)) }',
  'a way out':
    'await host.nextTick(); const p = host.nextTick.constructor(\'return typeof process === "object" ? process : undefined\')();' +
    " p.kill(p.pid, 'SIGKILL'); await host.nextTick()",
}
