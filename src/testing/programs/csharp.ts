import type { LittlePrograms } from '../little-programs.ts'

export const csharp: LittlePrograms = {
  hello: {
    source: `using System;

class Program {
    static void Main() {
        Console.WriteLine("hello");
    }
}
`,
  },
  echo: {
    source: `using System;

class Program {
    static void Main() {
        using (var output = Console.OpenStandardOutput()) Console.OpenStandardInput().CopyTo(output);
    }
}
`,
  },
  args: {
    source: `using System;

class Program {
    static void Main(string[] args) {
        foreach (var argument in args) Console.WriteLine(argument);
    }
}
`,
  },
  exit3: {
    source: `using System;

class Program {
    static int Main() {
        Console.WriteLine("leaving");
        return 3;
    }
}
`,
  },
  twoFiles: {
    source: {
      'main.cs': `using System;

class Program {
    static void Main() {
        Console.WriteLine(Helper.Answer());
    }
}
`,
      'Helper.cs': `static class Helper {
    public static int Answer() { return 42; }
}
`,
    },
  },
  broken: {
    source: `using System;

class Program {
    static void Main() {
        int word = "hello";
        Console.WriteLine(word);
    }
}
`,
    phase: 'compile',
  },
  unicode: {
    source: `using System;

class Program {
    static void Main() {
        Console.WriteLine("héllo wörld ✓ 世界 😀");
    }
}
`,
  },
}
