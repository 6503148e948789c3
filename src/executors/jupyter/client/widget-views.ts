import type { CellDisplay } from '../../../engine/index.ts'
import { isRecord } from './messages.ts'
import { WIDGET_STATE, WIDGET_VIEW, type WidgetModels } from './widgets.ts'

/** The widgets that one cell shows. Their models change as long as it runs, and are told when it is over. */
export class WidgetViews {
  readonly #models: WidgetModels
  readonly #shown = new Map<string, { readonly display: CellDisplay; readonly model: string }>()

  constructor(models: WidgetModels) {
    this.#models = models
  }

  /** A display as it goes on: one of a widget has an id, so that it can be told again. */
  see(display: CellDisplay): CellDisplay {
    const view = display.data[WIDGET_VIEW]
    const model = isRecord(view) ? view['model_id'] : undefined
    if (typeof model !== 'string') return display
    const seen = { ...display, id: display.id ?? `widget-${model}` }
    this.#shown.set(seen.id, { display: seen, model })
    return seen
  }

  /** Nothing is shown any more. */
  clear(): void {
    this.#shown.clear()
  }

  /** What is shown again at the end: the widgets with their models. */
  *finish(): Iterable<CellDisplay> {
    for (const { display, model } of this.#shown.values()) {
      const state = this.#models.stateOf(model)
      if (state !== undefined) yield { ...display, kind: 'update', data: { ...display.data, [WIDGET_STATE]: state } }
    }
  }
}
