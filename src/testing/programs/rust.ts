import type { LittlePrograms } from '../little-programs.ts'

export const rust: LittlePrograms = {
  hello: {
    source: `fn main() {
    println!("hello");
}
`,
  },
  echo: {
    source: `use std::io::{copy, stdin, stdout};

fn main() {
    copy(&mut stdin(), &mut stdout()).unwrap();
}
`,
  },
  args: {
    source: `fn main() {
    for argument in std::env::args().skip(1) {
        println!("{}", argument);
    }
}
`,
  },
  exit3: {
    source: `fn main() {
    println!("leaving");
    std::process::exit(3);
}
`,
  },
  twoFiles: {
    source: {
      'main.rs': `mod helper;

fn main() {
    println!("{}", helper::answer());
}
`,
      'helper.rs': `pub fn answer() -> i32 {
    42
}
`,
    },
  },
  broken: {
    source: `fn main() {
    let word: i32 = "hello";
    println!("{}", word);
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `fn main() {
    println!("héllo wörld ✓ 世界 😀");
}
`,
  },
}
