export { javascriptFunctions, pythonFunctions, readPackages, type FunctionModule, type FunctionModuleOptions } from './function-module.ts'
export { packageEnvironment, prepare, type Preparations } from './prepare.ts'
