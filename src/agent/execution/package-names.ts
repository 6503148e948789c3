/** Python modules whose package has another name. What is not here has the same name, most of the time. */
const PYTHON_PACKAGES: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  Crypto: 'pycryptodome',
  cv2: 'opencv-python',
  dateutil: 'python-dateutil',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  fitz: 'pymupdf',
  git: 'gitpython',
  jose: 'python-jose',
  jwt: 'pyjwt',
  Levenshtein: 'python-Levenshtein',
  magic: 'python-magic',
  MySQLdb: 'mysqlclient',
  OpenSSL: 'pyopenssl',
  PIL: 'pillow',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  usb: 'pyusb',
  win32com: 'pywin32',
  yaml: 'pyyaml',
  zmq: 'pyzmq',
}

/** How interpreters say that a module is missing, and how to get it. The first group is the module. */
const COMPLAINTS: readonly { readonly says: RegExp; readonly install: (module: string) => string }[] = [
  { says: /ModuleNotFoundError: No module named '([\w.]{1,100})'/, install: (module) => `pip install ${pythonPackage(module)}` },
  { says: /Cannot find (?:module|package) '((?:@[\w.-]{1,100}\/)?[\w-][\w.-]{0,100})/, install: (module) => `npm install ${module}` },
  { says: /there is no package called [‘'"]([\w.]{1,100})[’'"]/, install: (module) => `install.packages("${module}")` },
  { says: /cannot load such file -- ([\w/-]{1,100})/, install: (module) => `gem install ${module.split('/')[0] ?? module}` },
  { says: /Can't locate ([\w/]{1,100})\.pm in @INC/, install: (module) => `cpan ${module.replaceAll('/', '::')}` },
  { says: /no required module provides package ([\w./-]{1,200})/, install: (module) => `go get ${module}` },
]

/** The command that gets the module whose absence a program complains about. */
export function installCommand(error: string): { readonly module: string; readonly command: string } | undefined {
  for (const { says, install } of COMPLAINTS) {
    const module = says.exec(error)?.[1]
    if (module !== undefined) return { module, command: install(module) }
  }
  return undefined
}

function pythonPackage(module: string): string {
  const [top = module] = module.split('.')
  return Object.hasOwn(PYTHON_PACKAGES, top) ? (PYTHON_PACKAGES[top] ?? top) : top
}
