import { styleText } from 'node:util'
import type { AgentEvent, BlockResult } from '../../src/agent/index.ts'
import { describeTermination } from '../../src/core/index.ts'
import { highlight } from './highlight.ts'

type Format = Parameters<typeof styleText>[0]

/** Writes what agents do as it happens, for a person at a terminal: who speaks, code in colours, output, and how long each step took. */
export class Transcript {
  readonly #write: (text: string) => void
  #speaker = ''
  #stepBegan = performance.now()
  #line = ''
  #isCode = false
  #isGenerating = false
  #isAtStart = true

  constructor(write: (text: string) => void = (text) => process.stdout.write(text)) {
    this.#write = write
  }

  /** Somebody speaks whose words are there at once. */
  say(source: string, content: string): void {
    this.#introduce(source)
    for (const line of content.split('\n')) this.#prose(line)
    this.#stepBegan = performance.now()
  }

  tell(event: AgentEvent): void {
    this.#introduce(event.source)
    switch (event.type) {
      case 'generation-delta':
        return this.#generate(event.text)
      case 'execution-start':
        this.#endGeneration()
        return this.#note(`┌ running ${event.program.language}`)
      case 'output-delta':
        return this.#output(event.text, event.stream === 'error' ? 'red' : 'reset')
      case 'execution-end':
        return this.#endExecution(event.result)
      case 'retry':
        this.#endGeneration()
        return this.#note(`↻ attempt ${event.attempt}: ${event.reason}`, 'yellow')
      case 'setup':
        return this.#note(`· ${event.command}: ${describeTermination(event.result.termination)}`)
      case 'message':
        return this.#endGeneration()
      case 'code-proposed':
      case 'approval-requested':
      case 'approval-answered':
        return this.#endGeneration()
    }
  }

  #introduce(source: string): void {
    if (source === this.#speaker) return
    this.#speaker = source
    this.#write(`\n${paint('bold', `── ${source}`)} ${paint('dim', '─'.repeat(Math.max(2, 70 - source.length)))}\n`)
  }

  #generate(text: string): void {
    this.#isGenerating = true
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) this.#prose(line)
  }

  #prose(line: string): void {
    const isFence = /^\s*`{3,}/.test(line)
    this.#write(`   ${isFence ? paint('dim', line) : this.#isCode ? highlight(line) : line}\n`)
    if (isFence) this.#isCode = !this.#isCode
  }

  #endGeneration(): void {
    if (!this.#isGenerating) return
    if (this.#line !== '') this.#prose(this.#line)
    this.#line = ''
    this.#isCode = false
    this.#isGenerating = false
    this.#note(`model: ${this.#elapsed()}`)
  }

  #output(text: string, format: Format): void {
    const indented = text.replaceAll(/^(?!$(?![\s\S]))/gm, (_, offset: number) => (offset > 0 || this.#isAtStart ? '   │ ' : ''))
    this.#write(format === 'reset' ? indented : paint(format, indented))
    this.#isAtStart = text.endsWith('\n')
  }

  #endExecution(result: BlockResult): void {
    if (!this.#isAtStart) this.#write('\n')
    this.#isAtStart = true
    const end = result.status === 'ran' ? describeTermination(result.result.termination) : result.status
    const isGood = result.status === 'ran' && result.result.success
    this.#write(`   ${paint('dim', '└')} ${paint(isGood ? 'green' : 'red', end)} ${paint('dim', `run: ${this.#elapsed()}`)}\n`)
  }

  #note(text: string, format: Format = 'dim'): void {
    this.#write(`   ${paint(format, text)}\n`)
  }

  #elapsed(): string {
    const now = performance.now()
    const elapsed = now - this.#stepBegan
    this.#stepBegan = now
    return `${elapsed.toFixed(0)} ms`
  }
}

function paint(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout })
}
