import assert from 'node:assert/strict'
import type { Bodies } from './index.ts'

/** The smallest picture: one transparent pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const displayBodies = {
  'display:bundles': async (t) => {
    const source = [
      'from IPython.display import display, HTML, SVG, Markdown, Latex, JSON, Image',
      'import base64',
      `display(Image(data=base64.b64decode("${PIXEL}"), format="png"))`,
      'display(HTML("<b>bold ✓</b>")); display(SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"))',
      'display(Markdown("# title")); display(Latex("$x^2$")); display(JSON({"a": [1, None]}))',
      'display({"application/vnd.vega.v5+json": {"marks": []}, "text/plain": "vega", "x-own/type": "own"}, raw=True, metadata={"width": 3})',
    ].join('\n')
    const { display, error } = await t.create().executeCode(source, 'python')
    assert.equal(error, '')
    const [image, html, svg, markdown, latex, json, vega, ...others] = display.map(({ data }) => data)
    assert.deepEqual(Buffer.from(image?.['image/png'] as Uint8Array).toString('base64'), PIXEL)
    assert.ok(image?.['image/png'] instanceof Uint8Array)
    assert.equal(html?.['text/html'], '<b>bold ✓</b>')
    assert.match(String(svg?.['image/svg+xml']), /<svg/)
    assert.equal(markdown?.['text/markdown'], '# title')
    assert.equal(latex?.['text/latex'], '$x^2$')
    assert.deepEqual(json?.['application/json'], { a: [1, null] })
    assert.deepEqual(vega, { 'application/vnd.vega.v5+json': { marks: [] }, 'text/plain': 'vega', 'x-own/type': 'own' })
    assert.deepEqual(display[6]?.metadata, { width: 3 })
    assert.equal(others.length, 0)
  },

  'display:result': async (t) => {
    const { display, output } = await t.create().executeCode('print("printed")\n[1, 2, 3]', 'python')
    assert.equal(output, 'printed\n')
    assert.deepEqual(
      display.map(({ data }) => data),
      [{ 'text/plain': '[1, 2, 3]' }],
    )
  },

  'display:update': async (t) => {
    const executor = t.create()
    const source = 'from IPython.display import display\nh = display("one", display_id="a")\ndisplay("other")\nh.update("two")'
    const { display } = await executor.executeCode(source, 'python')
    assert.deepEqual(
      display.map(({ data }) => data['text/plain']),
      ["'two'", "'other'"],
    )
    const told: unknown[] = []
    for await (const event of executor.streamCode('h.update("three")', 'python')) {
      if (event.type === 'display') told.push({ replaces: event.replaces, text: event.data.data['text/plain'] })
      if (event.type === 'end') assert.deepEqual(event.result.display, [])
    }
    assert.deepEqual(told, [{ replaces: 'a', text: "'three'" }])
  },

  'display:clear': async (t) => {
    const executor = t.create()
    const start = 'from IPython.display import display, clear_output\nprint("gone")\ndisplay("gone")\n'
    const at = await executor.executeCode(`${start}clear_output()\nprint("stays")`, 'python')
    assert.equal(at.output, 'stays\n')
    assert.deepEqual(at.display, [])
    const waiting = await executor.executeCode(`${start}clear_output(wait=True)`, 'python')
    assert.equal(waiting.output, 'gone\n')
    assert.equal(waiting.display.length, 1)
    const replaced = await executor.executeCode(`${start}clear_output(wait=True)\ndisplay("new")`, 'python')
    assert.equal(replaced.output, '')
    assert.deepEqual(
      replaced.display.map(({ data }) => data['text/plain']),
      ["'new'"],
    )
  },
} as const satisfies Bodies
