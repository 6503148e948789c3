/** Variables of a process. */
export type Variables = Readonly<Record<string, string>>

/** What the loader and the C library read before a program's first line. */
const LOADER = /^(?:LD|LC|GLIBC|MALLOC|MIMALLOC|JEMALLOC)_?/
const PLACES = /^(?:LANG|LANGUAGE|LOCPATH|GCONV_PATH|NLSPATH|PATH|HOME|__PYVENV_LAUNCHER__)$/

/** Variables that matter before a program's first line, by the interpreter that reads them. */
export const READ_AT_START = {
  /** Python's own start, and libraries in C when they are loaded. What modules in Python ask for while they are imported is observed. */
  python: [
    LOADER,
    PLACES,
    /^PYTHON_?/,
    /^(?:OMP|GOMP|KMP|OPENBLAS|GOTO|BLIS|MKL|ATLAS|VECLIB|NPY|NUMPY|NUMEXPR|NUMBA|ARROW|TBB|OPENSSL|SSL)_/,
    /^(?:CUDA|NVIDIA|HIP|ROCR|TORCH|PYTORCH|TF|XLA|JAX|ONNX|OPENCV|GDAL|PROJ|R|QT|SDL)_/,
  ],
  /** Node's own start, and the libraries in it. */
  node: [LOADER, PLACES, /^NODE_?/, /^(?:UV|V8|ICU|OPENSSL|SSL)_/, /^TZ/],
} as const

/**
 * Whether a process that was started with some variables can become one that is given others. It can when the others have
 * all of its own, and differ in none that was read at its start.
 */
export function canBecome(own: Variables, given: Variables, isRead: (name: string) => boolean): boolean {
  return Object.keys(own).every((name) => name in given) && Object.keys(given).every((name) => given[name] === own[name] || !isRead(name))
}

/** Whether one of some patterns matches a name. */
export function matchesAny(name: string, patterns: readonly RegExp[]): boolean {
  return patterns.some((pattern) => pattern.test(name))
}
