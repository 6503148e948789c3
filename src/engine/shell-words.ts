const PLAIN = /^[\w@%+=:,./-]+$/

/** A word that a POSIX shell reads back as exactly this text. */
export function quoteLiterally(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The same on one line of input: line breaks come through the variable that `LINE_BREAK_SETUP` sets. */
export function quote(word: string): string {
  return quoteLiterally(word).replaceAll('\n', `'"$polyrun_nl"'`)
}

/** Defines the variable for line breaks, so that a whole command fits on one line of input. */
export const LINE_BREAK_SETUP = "polyrun_nl='\n'"

/** Variables that shells keep for themselves: setting one fails, or changes how the shell reads on. */
const SHELLS_OWN = /^(?:_|IFS|PWD|OLDPWD|PPID|UID|EUID|GROUPS|LINENO|polyrun_\w+|OPT[A-Z]+|SHELLOPTS|BASH\w*|PS[0-9])$/

/** Whether a shell can set a variable of this name and hand it on as it is. */
export function isShellName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELLS_OWN.test(name)
}

/**
 * What a shell runs first that starts programs: its own variables are exported, and so theirs, where the environment has some
 * of these names already. {@link RESTORE_ENVIRONMENT} sets all of them again, in the process that becomes the program.
 */
export const KEEP_ENVIRONMENT = 'unset polyrun_environment; polyrun_environment=$(export -p)'

/** What the process that becomes a program runs last; its words are arguments by then. */
export const RESTORE_ENVIRONMENT = 'eval "$polyrun_environment"'

/**
 * Has a shell say which signal ended a program, as most do. One that knows a mode by this name is silent in it, and is in it
 * when it is called sh. Fails in every other shell.
 */
export const SAY_SIGNALS = 'case :$SHELLOPTS: in *:posix:*) (set +o posix) 2>/dev/null && set +o posix ;; *) false ;; esac'
