/** Variables of a process. */
export type Variables = Readonly<Record<string, string>>

/**
 * Variables that matter before a program's first line: to the loader and the C library, to Python's own start, and to
 * libraries in C that read them when they are loaded. What modules in Python ask for while they are imported is observed.
 */
const READ_AT_START = [
  /^(?:LD|LC|GLIBC|MALLOC|MIMALLOC|JEMALLOC|PYTHON)_?/,
  /^(?:LANG|LANGUAGE|LOCPATH|GCONV_PATH|NLSPATH|PATH|HOME|__PYVENV_LAUNCHER__)$/,
  /^(?:OMP|GOMP|KMP|OPENBLAS|GOTO|BLIS|MKL|ATLAS|VECLIB|NPY|NUMPY|NUMEXPR|NUMBA|ARROW|TBB|OPENSSL|SSL)_/,
  /^(?:CUDA|NVIDIA|HIP|ROCR|TORCH|PYTORCH|TF|XLA|JAX|ONNX|OPENCV|GDAL|PROJ|R|QT|SDL)_/,
]

/**
 * Whether a process that was started with some variables can become one that is given others. It can when the others have
 * all of its own, and differ in none that was read at its start.
 */
export function canBecome(own: Variables, given: Variables, asked: ReadonlySet<string>): boolean {
  const isRead = (name: string): boolean => asked.has(name) || READ_AT_START.some((pattern) => pattern.test(name))
  return Object.keys(own).every((name) => name in given) && Object.keys(given).every((name) => given[name] === own[name] || !isRead(name))
}
