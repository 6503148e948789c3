// node main.mjs 36.6 C    shows a temperature on every scale
import { parseTemperature } from './parse.mjs'
import { SCALES } from './scales.mjs'
import { table } from './table.mjs'

const inputs = process.argv.slice(2)
if (inputs.length === 0) {
  console.error('Give temperatures such as 36.6C, 0K or -40F')
  process.exit(2)
}

const rows = inputs.map((input) => {
  const celsius = parseTemperature(input)
  return [input, ...SCALES.map((scale) => scale.fromCelsius(celsius).toFixed(2))]
})
console.log(table(['given', ...SCALES.map((scale) => scale.name)], rows))
