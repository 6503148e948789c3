import type { LittlePrograms } from '../little-programs.ts'

export const java: LittlePrograms = {
  hello: {
    source: `public class Hello {
    public static void main(String[] args) {
        System.out.println("hello");
    }
}
`,
  },
  echo: {
    source: `public class Echo {
    public static void main(String[] args) throws Exception {
        System.in.transferTo(System.out);
        System.out.flush();
    }
}
`,
  },
  args: {
    source: `public class Arguments {
    public static void main(String[] args) {
        for (String argument : args) {
            System.out.println(argument);
        }
    }
}
`,
  },
  exit3: {
    source: `public class Leaving {
    public static void main(String[] args) {
        System.out.println("leaving");
        System.exit(3);
    }
}
`,
  },
  twoFiles: {
    source: {
      'src/app/Main.java': `package app;

import app.helper.Helper;

public class Main {
    public static void main(String[] args) {
        System.out.println(Helper.answer());
    }
}
`,
      'src/app/helper/Helper.java': `package app.helper;

public class Helper {
    public static int answer() {
        return 42;
    }
}
`,
    },
    entryPoint: 'src/app/Main.java',
  },
  broken: {
    source: `public class Broken {
    public static void main(String[] args) {
        int word = "hello";
        System.out.println(word);
    }
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `public class Unicode {
    public static void main(String[] args) {
        System.out.println("héllo wörld ✓ 世界 😀");
    }
}
`,
  },
}
