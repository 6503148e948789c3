/** Every scale, by the way to and from degrees Celsius. */
export const SCALES = [
  { name: 'Celsius', symbol: 'C', toCelsius: (degrees) => degrees, fromCelsius: (celsius) => celsius },
  { name: 'Fahrenheit', symbol: 'F', toCelsius: (degrees) => ((degrees - 32) * 5) / 9, fromCelsius: (celsius) => (celsius * 9) / 5 + 32 },
  { name: 'Kelvin', symbol: 'K', toCelsius: (kelvin) => kelvin - 273.15, fromCelsius: (celsius) => celsius + 273.15 },
]
