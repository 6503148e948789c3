import type { Language } from '../language.ts'
import { elixir, erlang } from './beam.ts'
import { fortran, pascal } from './classic.ts'
import { julia, octave, r, sql } from './data.ts'
import { haskell, ocaml } from './functional.ts'
import { clojure, groovy, java, kotlin, scala } from './jvm.ts'
import { csharp, dart } from './managed.ts'
import { c, cpp, d, go, nim, rust, swift, zig } from './native.ts'
import { javascript, lua, perl, php, python, ruby, typescript } from './scripting.ts'
import { awk, bash, powershell, sh, tcl, zsh } from './shells.ts'
import { commonlisp, prolog, racket, scheme } from './symbolic.ts'

/** The built-in languages, in the order of `LANGUAGE_NAMES`. Where two share an extension the first one is meant. */
export const BUILTIN_LANGUAGES: readonly Language[] = [
  python,
  javascript,
  typescript,
  bash,
  sh,
  zsh,
  powershell,
  ruby,
  perl,
  php,
  lua,
  r,
  julia,
  go,
  rust,
  java,
  kotlin,
  scala,
  groovy,
  clojure,
  c,
  cpp,
  csharp,
  fortran,
  pascal,
  haskell,
  ocaml,
  erlang,
  elixir,
  racket,
  scheme,
  commonlisp,
  octave,
  awk,
  tcl,
  nim,
  zig,
  d,
  swift,
  dart,
  sql,
  prolog,
]
