import type { LittlePrograms } from '../little-programs.ts'
import { awk } from './awk.ts'
import { bash } from './bash.ts'
import { c } from './c.ts'
import { clojure } from './clojure.ts'
import { commonlisp } from './commonlisp.ts'
import { cpp } from './cpp.ts'
import { csharp } from './csharp.ts'
import { d } from './d.ts'
import { dart } from './dart.ts'
import { elixir } from './elixir.ts'
import { erlang } from './erlang.ts'
import { fortran } from './fortran.ts'
import { go } from './go.ts'
import { groovy } from './groovy.ts'
import { haskell } from './haskell.ts'
import { java } from './java.ts'
import { javascript } from './javascript.ts'
import { julia } from './julia.ts'
import { kotlin } from './kotlin.ts'
import { lua } from './lua.ts'
import { nim } from './nim.ts'
import { ocaml } from './ocaml.ts'
import { octave } from './octave.ts'
import { pascal } from './pascal.ts'
import { perl } from './perl.ts'
import { php } from './php.ts'
import { powershell } from './powershell.ts'
import { prolog } from './prolog.ts'
import { python } from './python.ts'
import { r } from './r.ts'
import { racket } from './racket.ts'
import { ruby } from './ruby.ts'
import { rust } from './rust.ts'
import { scala } from './scala.ts'
import { scheme } from './scheme.ts'
import { sh } from './sh.ts'
import { sql } from './sql.ts'
import { swift } from './swift.ts'
import { tcl } from './tcl.ts'
import { typescript } from './typescript.ts'
import { zig } from './zig.ts'
import { zsh } from './zsh.ts'

/** The little programs of every built-in language, by its name. */
export const LITTLE_PROGRAMS: Readonly<Record<string, LittlePrograms>> = {
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
}
