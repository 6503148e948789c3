import assert from 'node:assert/strict'
import { LocalCodeExecutor } from 'polyrun'
import { CodeExecutorAgent, pythonFunctions } from 'polyrun/agent'

await using codeExecutor = new LocalCodeExecutor({ isolation: 'auto' })
// #region functions
const shapes = pythonFunctions({
  module: 'shapes',
  source: `
def area(width: float, height: float) -> float:
    """The area of a rectangle."""
    return width * height
`,
})
console.log(shapes.prompt) // what a model is told: how to import it, and the signatures
const agent = new CodeExecutorAgent({ name: 'runner', codeExecutor, functions: [shapes], approve: () => true })
const { results } = await agent.run({ task: '```python\nfrom shapes import area\nprint(area(6, 7))\n```' })
// #endregion
assert.match(
  shapes.prompt,
  /from shapes import area[\s\S]*def area\(width: float, height: float\) -> float:\n {4}"""The area of a rectangle\."""/,
)
assert.equal(results[0]?.status === 'ran' && results[0].result.output, '42\n')
