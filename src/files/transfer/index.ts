export { copyFiles } from './copy.ts'
export { downloadFiles } from './download.ts'
export { uploadFiles } from './upload.ts'
