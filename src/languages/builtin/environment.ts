/**
 * For programs whose runtime takes the encoding of its input, output and arguments from the locale: without one it is
 * ASCII. LANG is the weakest of the locale variables, so that LC_ALL and LC_CTYPE of the user still decide.
 */
export const UTF8_LOCALE = { env: () => ({ LANG: 'C.UTF-8' }) } as const
