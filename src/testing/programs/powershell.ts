import type { LittlePrograms } from '../little-programs.ts'

export const powershell: LittlePrograms = {
  hello: { source: "Write-Output 'hello'\n" },
  echo: { source: '[Console]::Out.Write([Console]::In.ReadToEnd())\n' },
  args: { source: 'foreach ($argument in $args) { [Console]::Out.WriteLine($argument) }\n' },
  exit3: {
    source: `Write-Output 'leaving'
exit 3
`,
  },
  twoFiles: {
    source: {
      'main.ps1': `. ./helper.ps1
Get-Answer
`,
      'helper.ps1': 'function Get-Answer { 6 * 7 }\n',
    },
  },
  broken: { source: "Write-Output ('hello'\n", phase: 'run' },
  unicode: {
    source: `[Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
Write-Output 'héllo wörld ✓ 世界 😀'
`,
  },
}
