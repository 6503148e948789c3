import type { Language, Unit } from '../language.ts'
import { interpreted } from '../toolchains.ts'
import { UTF8_LOCALE } from './environment.ts'

export const csharp: Language = {
  name: 'csharp',
  title: 'C#',
  aliases: ['c#', 'cs', 'c-sharp', 'dotnet'],
  extensions: ['.cs'],
  toolchains: [
    {
      programs: ['dotnet'],
      buildFiles: (unit) => ({ 'program.csproj': projectOf(unit) }),
      compile: (unit) => [
        [
          unit.program('dotnet'),
          'build',
          '--nologo',
          '--verbosity',
          'quiet',
          '--configuration',
          'Release',
          '--output',
          `${unit.buildDir}/out`,
          `${unit.buildDir}/program.csproj`,
        ],
      ],
      run: (unit, args) => [unit.program('dotnet'), `${unit.buildDir}/out/program.dll`, ...args],
      env: () => ({
        DOTNET_NOLOGO: '1',
        DOTNET_CLI_TELEMETRY_OPTOUT: '1',
        DOTNET_SKIP_FIRST_TIME_EXPERIENCE: '1',
        MSBUILDDISABLENODEREUSE: '1',
      }),
    },
    {
      programs: ['mcs', 'mono'],
      compile: (unit) => [[unit.program('mcs'), '-nologo', `-out:${unit.buildDir}/program.exe`, ...unit.sources]],
      run: (unit, args) => [unit.program('mono'), `${unit.buildDir}/program.exe`, ...args],
      ...UTF8_LOCALE,
    },
  ],
  packages: { debian: ['mono-mcs', 'mono-runtime'], other: 'https://dotnet.microsoft.com/download', images: ['polyglot'] },
  kernel: '.net-csharp',
}

/** A project of the given files only, for whatever .NET the installed SDK brings. */
function projectOf(unit: Unit): string {
  const files = unit.sources.map(
    (file) => `    <Compile Include="../${file.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')}" />`,
  )
  return `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <EnableDefaultItems>false</EnableDefaultItems>
    <UseSharedCompilation>false</UseSharedCompilation>
    <UseAppHost>false</UseAppHost>
  </PropertyGroup>
  <ItemGroup>
${files.join('\n')}
  </ItemGroup>
</Project>
`
}

export const dart: Language = {
  name: 'dart',
  title: 'Dart',
  aliases: ['dartlang'],
  extensions: ['.dart'],
  toolchains: interpreted(['dart']),
  packages: { other: 'https://dart.dev/get-dart' },
}
