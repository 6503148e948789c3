export { describeSkipped, isMistake, type CodeBlock, type SkippedBlock, type SkipReason } from './code-block.ts'
export { createCodeExtractor, extractCodeBlocks, type ExtractedCode, type ExtractOptions } from './extract-code-blocks.ts'
export { programText, toPrograms, type Program, type ProgramOptions } from './programs.ts'
