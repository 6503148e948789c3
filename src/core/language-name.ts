/** The names of the built-in languages. A test holds this list against the table in `languages/`. */
export const LANGUAGE_NAMES = [
  'python', 'javascript', 'typescript', 'bash', 'sh', 'zsh', 'powershell', 'ruby', 'perl', 'php', 'lua', 'r', 'julia', 'go', 'rust',
  'java', 'kotlin', 'scala', 'groovy', 'clojure', 'c', 'cpp', 'csharp', 'fortran', 'pascal', 'haskell', 'ocaml', 'erlang', 'elixir',
  'racket', 'scheme', 'commonlisp', 'octave', 'awk', 'tcl', 'nim', 'zig', 'd', 'swift', 'dart', 'sql', 'prolog',
] as const

/** A language: the known names complete, and any string is accepted, since users add rows of their own. */
export type LanguageName = (typeof LANGUAGE_NAMES)[number] | (string & {})
