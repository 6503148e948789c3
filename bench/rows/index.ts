import type { BenchRow } from '../lib/row.ts'
import { backToBack } from './back-to-back.ts'
import { bigOutputMemory } from './big-output-memory.ts'
import { bigOutputSpeed } from './big-output-speed.ts'
import { dockerAutogen } from './docker-autogen.ts'
import { dockerCommand } from './docker-command.ts'
import { dockerFiles } from './docker-files.ts'
import { dockerFirstResult } from './docker-first-result.ts'
import { dockerFreshContainer } from './docker-fresh-container.ts'
import { dockerHellos } from './docker-hello.ts'
import { dockerJupyterCell } from './docker-jupyter-cell.ts'
import { dockerJupyterSpare } from './docker-jupyter-spare.ts'
import { dockerJupyterStart } from './docker-jupyter-start.ts'
import { dockerManyRuns } from './docker-many-runs.ts'
import { dockerOutputMemory } from './docker-output-memory.ts'
import { dockerPreloads } from './docker-preload.ts'
import { dockerSmallFile } from './docker-small-file.ts'
import { dockerStop } from './docker-stop.ts'
import { dockerUpload } from './docker-upload.ts'
import { filesGrep } from './files-grep.ts'
import { filesList } from './files-list.ts'
import { firstResult } from './first-result.ts'
import { helloBubblewrap } from './hello-bubblewrap.ts'
import { helloNone } from './hello-none.ts'
import { helloPortable } from './hello-portable.ts'
import { importRoot } from './import-root.ts'
import { jupyterCell } from './jupyter-cell.ts'
import { jupyterManyCells } from './jupyter-many-cells.ts'
import { jupyterOutputMemory } from './jupyter-output-memory.ts'
import { jupyterSpare } from './jupyter-spare.ts'
import { manyCalls } from './many-calls.ts'
import { manyRuns } from './many-runs.ts'
import { phases } from './phases.ts'
import { settleTime } from './settle-time.ts'

/** The table, those with a target first. */
export const ROWS: readonly BenchRow[] = [
  helloNone,
  helloBubblewrap,
  bigOutputMemory,
  bigOutputSpeed,
  manyRuns,
  manyCalls,
  importRoot,
  settleTime,
  filesGrep,
  filesList,
  ...dockerHellos,
  ...dockerPreloads,
  dockerCommand,
  dockerFirstResult,
  dockerFreshContainer,
  dockerStop,
  dockerOutputMemory,
  dockerFiles,
  dockerSmallFile,
  dockerUpload,
  dockerManyRuns,
  dockerAutogen,
  jupyterCell,
  jupyterSpare,
  jupyterOutputMemory,
  jupyterManyCells,
  dockerJupyterCell,
  dockerJupyterSpare,
  dockerJupyterStart,
  helloPortable,
  backToBack,
  firstResult,
  phases,
]
