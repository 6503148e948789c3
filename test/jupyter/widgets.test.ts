import { expect, test } from 'vitest'
import { formatNotebook, recordNotebook } from '../../src/notebook/index.ts'
import { makeJupyter, noJupyter } from '../support/jupyter-executor.ts'
import { skipBecause } from '../support/local.ts'

const VIEW = 'application/vnd.jupyter.widget-view+json'
const STATE = 'application/vnd.jupyter.widget-state+json'

/** What the bundles of these tests hold. */
interface State {
  readonly version_major: number
  readonly state: Readonly<
    Record<
      string,
      {
        readonly model_name: string
        readonly state: Readonly<Record<string, unknown>>
        readonly buffers?: readonly { readonly path: readonly unknown[]; readonly data: string }[]
      }
    >
  >
}

const stateOf = (data: Readonly<Record<string, unknown>>): State => data[STATE] as State

skipBecause(noJupyter)

test('a widget comes with its model as it is when the cell is over, and all that this refers to', { timeout: 60_000 }, async () => {
  const executor = makeJupyter()
  const { display, error } = await executor.executeCode(
    'import ipywidgets as w\nother = w.IntSlider(value=99)\nbox = w.VBox([w.IntSlider(value=3), w.Label("hi")])\ndisplay(box)\nbox.children[0].value = 7',
    'python',
  )
  expect(error).toBe('')
  const [shown] = display
  expect(display).toHaveLength(1)
  const { model_id: id } = (shown?.data[VIEW] ?? {}) as { readonly model_id: string }
  const { version_major: version, state } = stateOf(shown?.data ?? {})
  expect(version).toBe(2)
  expect(state[id]?.model_name).toBe('VBoxModel')
  const sliders = Object.values(state).filter(({ model_name: name }) => name === 'IntSliderModel')
  expect(
    sliders.map(({ state: { value } }) => value),
    'the one that is shown, and no other',
  ).toEqual([7])
  // A later cell that changes it and shows it again has the new value.
  const later = await executor.executeCode('box.children[0].value = 8\nbox', 'python')
  const values = Object.values(stateOf(later.display[0]?.data ?? {}).state).map(({ state: { value } }) => value)
  expect(values).toContain(8)
})

test('bytes of a model are base64, and a stream tells the widget first and then its model', { timeout: 60_000 }, async () => {
  const executor = makeJupyter()
  const code = 'import ipywidgets as w\nw.Image(value=b"\\x89PNG-bytes", format="png")'
  const events = []
  for await (const event of executor.streamCode(code, 'python')) if (event.type === 'display') events.push(event)
  expect(events.map(({ data: { data } }) => STATE in data)).toEqual([false, true])
  expect(events[1]?.replaces).toBe(events[0]?.id)
  const image = Object.values(stateOf(events[1]?.data.data ?? {}).state).find(({ model_name: name }) => name === 'ImageModel')
  expect(image?.buffers).toEqual([
    { path: ['value'], encoding: 'base64', data: Buffer.from('\u0089PNG-bytes', 'latin1').toString('base64') },
  ])
})

test('a notebook has the models once, in its metadata', { timeout: 60_000 }, async () => {
  const executor = makeJupyter()
  using recording = recordNotebook(executor)
  await executor.executeCode('import ipywidgets as w\ns = w.IntSlider(value=3)\ns', 'python')
  await executor.executeCode('s.value = 5\ns', 'python')
  const notebook = recording.toNotebook()
  expect(JSON.parse(formatNotebook(notebook))).toMatchObject({
    metadata: { widgets: { [STATE]: { version_major: 2, version_minor: 0 } } },
  })
  const { widgets } = notebook.metadata as { readonly widgets: Readonly<Record<string, State>> }
  const sliders = Object.values(widgets[STATE]?.state ?? {}).filter(({ model_name: name }) => name === 'IntSliderModel')
  expect(sliders.map(({ state: { value } }) => value)).toEqual([5])
  const outputs = notebook.cells.flatMap((cell) => (cell.cell_type === 'code' ? cell.outputs : []))
  expect(outputs.map((output) => 'data' in output && [VIEW in output.data, STATE in output.data])).toEqual([
    [true, false],
    [true, false],
  ])
})

test('a flood of models is bounded, and the kernel goes on', { timeout: 120_000 }, async () => {
  const executor = makeJupyter()
  const code = 'import ipywidgets as w\nfor n in range(4000):\n    w.IntSlider().close()\nlast = w.IntSlider(value=1)\nlast'
  const { display } = await executor.executeCode(code, 'python')
  expect(Object.keys(stateOf(display[0]?.data ?? {}).state).length).toBeLessThan(6)
  expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
})
