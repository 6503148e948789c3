import { SCALES } from './scales.mjs'

/** The degrees Celsius of a text such as `36.6C`. */
export function parseTemperature(text) {
  const [, number, symbol] = /^(-?\d+(?:\.\d+)?)\s*([a-z])$/i.exec(text) ?? []
  const scale = SCALES.find((each) => each.symbol === symbol?.toUpperCase())
  if (scale === undefined)
    throw new Error(`${text} is no temperature; write a number and one of ${SCALES.map((each) => each.symbol).join(', ')}`)
  return scale.toCelsius(Number(number))
}
