import { describe, expect, test } from 'vitest'
import type { KernelMessage } from '../../../src/executors/jupyter/client/messages.ts'
import { WidgetModels } from '../../../src/executors/jupyter/client/widgets.ts'

function message(type: string, content: Readonly<Record<string, unknown>>, buffers: readonly ArrayBufferView[] = []): KernelMessage {
  return { channel: 'iopub', type, parentId: '', content, metadata: {}, buffers, header: {} }
}

const opened = (id: string, state: Readonly<Record<string, unknown>>, target = 'jupyter.widget') =>
  message('comm_open', { comm_id: id, target_name: target, data: { state, buffer_paths: [] } })

describe('models of widgets', () => {
  test('are opened, changed and closed', () => {
    const models = new WidgetModels()
    models.onMessage(opened('a', { value: 1, _model_name: 'M' }))
    models.onMessage(message('comm_msg', { comm_id: 'a', data: { method: 'update', state: { value: 2 } } }))
    models.onMessage(message('comm_msg', { comm_id: 'a', data: { method: 'custom', content: { value: 3 } } }))
    expect(models.stateOf('a')).toMatchObject({ state: { a: { model_name: 'M', state: { value: 2 } } } })
    models.onMessage(message('comm_close', { comm_id: 'a', data: {} }))
    expect([models.stateOf('a'), models.size]).toEqual([undefined, 0])
  })

  test('are those of widgets only, and nothing else is kept', () => {
    const models = new WidgetModels()
    models.onMessage(opened('a', {}, 'something.else'))
    models.onMessage(message('comm_msg', { comm_id: 'b', data: { method: 'update', state: {} } }))
    models.onMessage(message('comm_open', { data: null }))
    expect(models.size).toBe(0)
  })

  test('come with what they refer to, in circles too', () => {
    const models = new WidgetModels()
    models.onMessage(opened('a', { children: ['IPY_MODEL_b'] }))
    models.onMessage(opened('b', { layout: 'IPY_MODEL_a', missing: 'IPY_MODEL_none' }))
    models.onMessage(opened('c', {}))
    expect(Object.keys((models.stateOf('a') as { readonly state: object }).state).toSorted()).toEqual(['a', 'b'])
  })

  test('have bytes in base64, and the new ones of a field take the place of the old ones', () => {
    const models = new WidgetModels()
    const data = { state: {}, buffer_paths: [['value']] }
    models.onMessage(message('comm_open', { comm_id: 'a', target_name: 'jupyter.widget', data }, [Buffer.from('one')]))
    models.onMessage(message('comm_msg', { comm_id: 'a', data: { method: 'update', ...data } }, [Buffer.from('two')]))
    const buffers = [{ path: ['value'], encoding: 'base64', data: Buffer.from('two').toString('base64') }]
    expect(models.stateOf('a')).toMatchObject({ state: { a: { buffers } } })
    models.onMessage(message('comm_msg', { comm_id: 'a', data: { method: 'update', state: { value: null } } }))
    expect(JSON.stringify(models.stateOf('a'))).not.toContain('buffers')
  })

  test('are bounded in number and in bytes', () => {
    const models = new WidgetModels()
    for (let index = 0; index < 10_050; index += 1) models.onMessage(opened(`m${index}`, {}))
    expect(models.size).toBe(10_000)
    const large = new WidgetModels()
    for (let index = 0; index < 20; index += 1) large.onMessage(opened(`m${index}`, { text: 'x'.repeat(8 * 1024 ** 2) }))
    expect(large.size).toBeLessThan(9)
  })
})
