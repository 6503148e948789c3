/** What people tag a fence with that holds no program. Only the reason in {@link SkippedBlock} depends on it. */
const DATA_TAGS: ReadonlySet<string> = new Set([
  ...['text', 'txt', 'plain', 'plaintext', 'none', 'output', 'out', 'stdout', 'stderr', 'result', 'results', 'console', 'log', 'logs'],
  ...['traceback', 'pytb', 'pycon', 'terminal', 'shell-session', 'shellsession', 'sh-session', 'ansi', 'ascii', 'tree', 'prompt', 'error'],
  ...[
    'json',
    'json5',
    'jsonc',
    'jsonl',
    'ndjson',
    'yaml',
    'yml',
    'toml',
    'ini',
    'conf',
    'cfg',
    'env',
    'dotenv',
    'properties',
    'xml',
    'csv',
  ],
  ...['tsv', 'md', 'markdown', 'mdx', 'rst', 'asciidoc', 'html', 'htm', 'css', 'scss', 'sass', 'less', 'svg', 'latex', 'tex', 'bibtex'],
  ...['math', 'mermaid', 'dot', 'graphviz', 'plantuml', 'diff', 'patch', 'http', 'url', 'uri', 'regex', 'graphql', 'proto', 'protobuf'],
  ...['dockerfile', 'docker', 'makefile', 'make', 'cmake', 'nginx', 'gitignore', 'requirements', 'pip-requirements', 'lock', 'hcl'],
  ...['terraform', 'ebnf', 'bnf', 'abnf', 'pseudocode', 'pseudo', 'algorithm'],
])

/** Whether a tag names a format rather than a language. */
export function isDataTag(tag: string): boolean {
  return DATA_TAGS.has(tag.toLowerCase())
}
