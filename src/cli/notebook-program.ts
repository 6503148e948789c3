import { Option, type Command } from 'commander'
import { runNotebookFile, type NotebookFlags } from './commands/notebook.ts'
import { parseDuration, parseSize } from './flags.ts'
import type { CliIo } from './io.ts'
import { collectVolume, pullOption } from './place-options.ts'

const NOTES = `
Cells:
  Each code cell is run as it is, magics and shell escapes included. Of the tags that nbclient knows, raises-exception says
  that a cell may fail, and skip-execution leaves it out with the outputs it has. The run ends after the first other cell
  that fails, unless --keep-going or --allow-errors is given. It ends in any case when the kernel is lost.

Output:
  --output gets the notebook with what its cells showed, also when a cell failed. It is there as a whole or not at all; it may be
  the notebook itself. - is standard output.

Exit codes:
  0    every cell that was to succeed did         1    a cell raised an exception, or polyrun itself failed
  124  a cell was longer than --timeout           137  a cell used more than --memory
  2    a wrong flag, or a file that is no notebook
`

/** Adds `polyrun notebook run`. */
export function addNotebook(program: Command, io: CliIo, setExitCode: (code: number) => void): void {
  const notebook = program.command('notebook').description('Jupyter notebooks').helpCommand(false)
  notebook
    .command('run')
    .description('run the code cells of a notebook, one after the other')
    .argument('<FILE.ipynb>', 'the notebook')
    .addOption(new Option('--executor <name>', 'where its kernel is').choices(['jupyter', 'docker-jupyter']).default('jupyter'))
    .option('-o, --output <file>', 'write the notebook with its outputs there')
    .option('-t, --timeout <time>', 'end a cell after 30 (seconds), 500ms, 2m, 1h (default: no limit)', (text) =>
      parseDuration(text, '--timeout'),
    )
    .option('-m, --memory <size>', 'most memory: 512m, 2g', (text) => parseSize(text, '--memory'))
    .addOption(new Option('--keep-going', 'go on after a cell that failed; the exit code says that one did').conflicts('allowErrors'))
    .option('--allow-errors', 'exceptions are no failures')
    .option('-l, --language <name>', 'the language of its cells (default: what the notebook says)')
    .option('--kernel <name>', 'the kernel that runs them (default: one that speaks their language)')
    .option(
      '--server <url>',
      'jupyter: a server that runs already; its token in the address, or in JUPYTER_TOKEN (default: one is started)',
    )
    .option('--workdir <dir>', 'the working directory of its kernel (default: a private one)')
    .option('--network <name>', 'docker-jupyter: which network it reaches (default: none)')
    .option('--image <name>', 'docker-jupyter: the image (default: the one of polyrun for kernels)')
    .addOption(pullOption())
    .option('--volume </host:/container[:rw]>', 'docker-jupyter: a directory that it sees (repeatable)', collectVolume)
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', NOTES)
    .action(async (file: string, flags: NotebookFlags) => setExitCode(await runNotebookFile(file, flags, io)))
}
