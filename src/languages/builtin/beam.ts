import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const erlang: Language = {
  name: 'erlang',
  title: 'Erlang',
  aliases: ['erl', 'escript'],
  extensions: ['.erl'],
  // A text with -module is a module, whose file must have its name; one without is a script.
  fileName: (source) => `${moduleOf(source) ?? 'main'}.erl`,
  toolchains: [
    {
      programs: ['erl', 'erlc', 'escript'],
      buildFiles: (unit): Readonly<Record<string, string>> =>
        lacksHeader(unit) ? { [HEADED]: `#!/usr/bin/env escript\n${unit.source}` } : {},
      compile: (unit) => {
        const modules = unit.sources.filter((file) => moduleOf(unit.textOf(file)) !== undefined)
        return modules.length === 0 ? [] : [[unit.program('erlc'), '-o', unit.buildDir, ...modules]]
      },
      run: (unit, args) => {
        const module = moduleOf(unit.source)
        if (module !== undefined) return [unit.program('erl'), '-noshell', '-eval', startOf(module), '-extra', ...args]
        return [unit.program('escript'), lacksHeader(unit) ? `${unit.buildDir}/${HEADED}` : unit.entryPoint, ...args]
      },
      env: (unit) => ({
        ...UTF8_LOCALE.env(),
        // Before Erlang 26 output that is no terminal is Latin-1, whatever the locale. The variable is split at spaces.
        ERL_AFLAGS: `-pa ${unit.buildDir} -eval io:setopts([{encoding,unicode}]).`,
        // A crash dump is of no use to anyone here, and takes time and space in the working directory.
        ERL_CRASH_DUMP_SECONDS: '0',
      }),
    },
  ],
  packages: { debian: ['erlang-base'], images: ['polyglot'] },
  kernel: 'erlang',
}

const HEADED = 'script.escript'

/** The interpreter skips the first line of a script, whatever it says. */
function lacksHeader(unit: Unit): boolean {
  return moduleOf(unit.source) === undefined && !unit.source.startsWith('#!')
}

function moduleOf(source: string): string | undefined {
  if (source.startsWith('#!')) return undefined
  return /^\s*-module\(\s*'?([\w@]+)'?\s*\)/m.exec(source)?.[1]
}

/** Calls main/1, main/0 or start/0, whichever there is first. A program that said init:stop(3) is left to stop with 3. */
function startOf(module: string): string {
  return `
    try
      {module, _} = code:ensure_loaded('${module}'),
      case erlang:function_exported('${module}', main, 1) of
        true -> '${module}':main(init:get_plain_arguments());
        false -> case erlang:function_exported('${module}', main, 0) of true -> '${module}':main(); false -> '${module}':start() end
      end,
      case init:get_status() of {stopping, _} -> receive after infinity -> ok end; _ -> halt(0) end
    catch Class:Reason:Stack ->
      io:format(standard_error, "** ~tp: ~tp~n~tp~n", [Class, Reason, Stack]),
      halt(1)
    end.`
}

export const elixir: Language = {
  name: 'elixir',
  title: 'Elixir',
  aliases: ['ex', 'exs'],
  extensions: ['.exs', '.ex'],
  toolchains: interpreted(['elixir'], [], UTF8_LOCALE),
  packages: { debian: ['elixir'], images: ['polyglot'] },
}
