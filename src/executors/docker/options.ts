import type { CommandExecutorOptions } from '../../engine/index.ts'
import type { DockerConnection } from './connect.ts'
import type { BuildSource } from './images/build-image.ts'
import type { ImageProgress } from './images/image-progress.ts'

/** A directory of the engine's machine that programs see. */
export interface DockerVolume {
  /** Where programs see it. */
  readonly bind: string
  /** Whether they may write. @defaultValue 'ro' */
  readonly mode?: 'ro' | 'rw'
}

/** What is to be in a container before the program that needs it. Runs are what they would be without, and begin sooner. */
export interface DockerPreload {
  /** Modules that Python has imported when a program begins: each run is a copy of the process that did it. @defaultValue none */
  readonly python?: readonly string[]
  /** Whether a Node that has started waits for the next program in JavaScript. @defaultValue false */
  readonly javascript?: boolean
}

/** A request for graphics processors: all, a number of them, or those with these ids. */
export type DockerGpus = 'all' | number | readonly string[]

/**
 * Options of {@link DockerCodeExecutor}. Everything that makes a container less of a prison is refused unless
 * {@link allowUnsafe} is set.
 */
export interface DockerCodeExecutorOptions extends CommandExecutorOptions {
  /** The image. @defaultValue the project's own `images/python`, built when it is first needed */
  readonly image?: string
  /** Builds an image instead of taking one by name. */
  readonly build?: BuildSource
  /** When an image is fetched from its registry, with the login that `docker login` keeps for it. @defaultValue 'missing' */
  readonly pull?: 'missing' | 'always' | 'never'
  /** How long `start` may take, in milliseconds; it may fetch or build an image. @defaultValue 600_000 */
  readonly startupTimeoutMs?: number
  /** The working directory in the container: in memory, shared by the runs, gone with the executor; or the place of a volume. @defaultValue '/workspace' */
  readonly workDir?: string
  /** Directories of the engine's machine, by path there. */
  readonly volumes?: Readonly<Record<string, DockerVolume>>
  /** Environment variables of every program, on top of the image's. */
  readonly environment?: Readonly<Record<string, string>>
  /** Names of variables of this process that programs get. @defaultValue none */
  readonly forwardEnv?: readonly string[]
  /** The network. @defaultValue 'none' */
  readonly network?: 'none' | 'bridge' | (string & {})
  /** Name servers. Needs a network. */
  readonly dns?: readonly string[]
  /** More entries of `/etc/hosts`: name to address. */
  readonly extraHosts?: Readonly<Record<string, string>>
  /** Whether everything but the working directory and `/tmp` is read-only. @defaultValue true */
  readonly readOnly?: boolean
  /** User and group of programs, by number: `'1000:1000'`. @defaultValue `'10001:10001'`, or the owner of a volume that is the working directory */
  readonly user?: string
  /** Capabilities that programs keep, `NET_BIND_SERVICE` for one. @defaultValue none; most need {@link allowUnsafe} */
  readonly capabilities?: readonly string[]
  /** More security options of the engine, such as `apparmor=name`. */
  readonly securityOpt?: readonly string[]
  /** A seccomp profile as JSON text. @defaultValue the engine's own */
  readonly seccomp?: string
  /** The engine's runtime: `'runsc'` for gVisor. @defaultValue the engine's default */
  readonly runtime?: string
  /** Graphics processors. @defaultValue none */
  readonly gpus?: DockerGpus
  /** The platform of the image: `'linux/amd64'`. @defaultValue the engine's */
  readonly platform?: string
  /** The container's name; a second one, made for programs at the same time, gets `-2` and so on. @defaultValue the engine chooses */
  readonly containerName?: string
  /**
   * Leaves the container running after `stop`, and joins one of that {@link containerName} that is there. It is removed
   * when nobody used it for {@link idleTimeoutMs}. @defaultValue false
   */
  readonly reuseContainer?: boolean
  /** How long a container that is left running may be unused, in milliseconds. @defaultValue 300_000 */
  readonly idleTimeoutMs?: number
  /** Whether the engine removes the container when it ends. `false` keeps it for a look at it. @defaultValue true */
  readonly autoRemove?: boolean
  /** A shell command that is run, as the programs' user, in each container before its first program. */
  readonly initCommand?: string
  /** More labels of the containers. */
  readonly labels?: Readonly<Record<string, string>>
  /** What is there ahead of a program, by language. @defaultValue none */
  readonly preload?: DockerPreload
  /** A dockerode client, or where the engine is. @defaultValue what the `docker` command would use */
  readonly docker?: DockerConnection
  /** Hears of layers and steps while an image is fetched or built. */
  readonly onImageProgress?: (progress: ImageProgress) => void
  /** Accepts options that give programs power over the engine's machine. @defaultValue false */
  readonly allowUnsafe?: boolean
  /** With {@link allowUnsafe}: all rights of root on the engine's machine. @defaultValue false */
  readonly privileged?: boolean
}
