import type { LittlePrograms } from '../little-programs.ts'

export const ocaml: LittlePrograms = {
  hello: { source: 'let () = print_endline "hello"\n' },
  echo: {
    source: `let () =
  set_binary_mode_in stdin true;
  try
    while true do
      print_char (input_char stdin)
    done
  with End_of_file -> ()
`,
  },
  args: { source: 'let () = Array.iteri (fun index argument -> if index > 0 then print_endline argument) Sys.argv\n' },
  exit3: {
    source: `let () =
  print_endline "leaving";
  exit 3
`,
  },
  twoFiles: {
    source: {
      'main.ml': `let () = Printf.printf "%d\\n" (Helper.answer ())
`,
      'helper.ml': `let six = 6
let answer () = six * 7
`,
      'helper.mli': 'val answer : unit -> int\n',
    },
  },
  broken: { source: 'let () = print_endline 42\n', phase: 'compile' },
  unicode: { source: 'let () = print_endline "héllo wörld ✓ 世界 😀"\n' },
}
