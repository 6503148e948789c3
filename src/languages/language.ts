/**
 * What a language is: data and pure functions, nothing that runs. A place that has the programs of one of its
 * toolchains can run it.
 */
export interface Language {
  /** The canonical name, lower case: `cpp`. */
  readonly name: string
  /** The name people write: `C++`. */
  readonly title: string
  /** Other names that models and people use, lower case. */
  readonly aliases: readonly string[]
  /** File extensions with the dot, the usual one first. */
  readonly extensions: readonly string[]
  /** Ways to run it, best first. The first one whose programs all exist is used. */
  readonly toolchains: readonly Toolchain[]
  /**
   * The file name that a program given as text must have, where the language ties the name to the content (a public
   * class in Java). @defaultValue a temporary name with the first extension
   */
  readonly fileName?: (source: string) => string
  /** What provides it, for the error that says it is missing and for test machines. */
  readonly packages: {
    /** Debian or Ubuntu packages. */
    readonly debian?: readonly string[]
    /** Images of this project that have it, by their directory below `images`. */
    readonly images?: readonly string[]
    /** npm packages. */
    readonly npm?: readonly string[]
    /** Where else to get it, in a few words, when there is no package. */
    readonly other?: string
  }
  /** The name of the Jupyter kernel that usually speaks it. */
  readonly kernel?: string
  /** How a kernel that speaks it is asked for what a command line would say. */
  readonly inKernel?: KernelWords
}

/** Code that does in a kernel what a command line does elsewhere. What is not there cannot be asked of its kernel. */
export interface KernelWords {
  /** Is run once in each new kernel. It leaves no names and prints nothing. */
  readonly setup?: string
  /** Runs a file, so that the names it defines are there afterwards. @defaultValue the text of the file is run */
  readonly runFile?: (path: string) => string
  /** Gives what runs in between its arguments. */
  readonly withArguments?: (args: readonly string[]) => Surrounding
  /** Gives what runs in between variables of the environment. */
  readonly withEnvironment?: (env: Readonly<Record<string, string>>) => Surrounding
}

/** Code that is run before something, and code that puts things back afterwards. */
export interface Surrounding {
  readonly before: string
  readonly after: string
}

/** One way to run a language. All paths in and out are relative to the working directory, with `/` between parts. */
export interface Toolchain {
  /** Programs it needs, each a name looked up on the PATH or an absolute path. */
  readonly programs: readonly string[]
  /** Small files it wants in the build directory before it compiles: name to content. */
  readonly buildFiles?: (unit: Unit) => Readonly<Record<string, string>>
  /** The command lines that compile, run in order until one fails. Absent: the language needs no compiler. */
  readonly compile?: (unit: Unit) => readonly CommandLine[]
  /** The command line that runs the program with its arguments. */
  readonly run: (unit: Unit, args: readonly string[]) => CommandLine
  /** Environment variables that its programs need, weaker than what the user gives. */
  readonly env?: (unit: Unit) => Readonly<Record<string, string>>
}

/** A program and its arguments; no shell reads it. */
export type CommandLine = readonly [string, ...string[]]

/** One program to be run, as a toolchain sees it. */
export interface Unit {
  /** The file that runs. */
  readonly entryPoint: string
  /** The text of the entry point. */
  readonly source: string
  /** The text of a given file; empty when there is none of that name. */
  readonly textOf: (path: string) => string
  /** Every given file that has one of the language's extensions; the entry point is among them. */
  readonly sources: readonly string[]
  /** Every given file. */
  readonly files: readonly string[]
  /** A directory for what compiling makes, gone after the run. It exists. */
  readonly buildDir: string
  /** The program as found in the place, by one of the names in `Toolchain.programs`. */
  readonly program: (name: string) => string
}
